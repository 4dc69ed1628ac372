/** The order in which a hub meets devices that are all there at once. */
import { HandshakeTurns } from "../../../src/hub/device/handshake-turns.ts";
import type { Peer } from "../../../src/transport/medium.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

const never = new AbortController().signal;
const at = (host: number, port = 1000, isMember = false): Peer => ({
  medium: "tcp",
  address: `192.0.2.${host}:${port}`,
  ...(isMember && { isMember }),
});

/** Peers that were begun with, in order; each goes on until it is ended. */
function stage() {
  const clock = new ManualClock();
  const turns = new HandshakeTurns(clock);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (peer: Peer, signal: AbortSignal = never): Promise<void> =>
    turns.take(peer, signal, async () => {
      begun.push(peer.address);
      await new Promise<void>((resolve) => ends.set(peer.address, resolve));
    });
  const end = async (address: string): Promise<void> => {
    ends.get(address)?.();
    await clock.pass(0);
  };
  return { clock, turns, begun, enter, end };
}

describe("turns of handshakes", (it) => {
  it("begins sixteen at once, and the others one by one in the order in which they came", async () => {
    const { clock, turns, begun, enter, end } = stage();
    for (let port = 0; port < 200; port++) void enter(at(1, port));
    await clock.pass(1);
    assert.is(begun.length, 16);
    assert.is(turns.running, 16);
    for (let ended = 0; ended < 200; ended++) await end(begun[ended] ?? "");
    assert.equal(
      begun,
      Array.from({ length: 200 }, (_, port) => `192.0.2.1:${port}`),
    );
    assert.is(turns.running, 0);
  });

  it("takes the turn of a peer that does not answer, and lets it go on", async () => {
    const { clock, turns, begun, enter } = stage();
    for (let port = 0; port < 64; port++) void enter(at(1, port));
    await clock.pass(499);
    assert.is(begun.length, 16);
    await clock.pass(1);
    assert.is(begun.length, 32);
    assert.is(turns.running, 16);
    await clock.pass(1000);
    assert.is(begun.length, 64);
    await clock.pass(500);
    assert.is(turns.running, 0);
  });

  it("serves devices of the house first, and a crowd at one address no more often than each other address", async () => {
    const { clock, begun, enter, end } = stage();
    for (let port = 0; port < 416; port++) void enter(at(66, port));
    for (const host of [1, 2, 3]) void enter(at(host));
    void enter(at(9, 1, true));
    await clock.pass(1);
    for (let ended = 0; ended < 8; ended++) await end(begun[ended] ?? "");
    const after = begun.slice(16);
    assert.is(after[0], "192.0.2.9:1");
    for (const host of [1, 2, 3]) assert.ok(after.includes(`192.0.2.${host}:1000`), `${after}`);
  });

  it("forgets who gives up while it waits, and passes on what a task throws", async () => {
    const { clock, turns, begun, enter, end } = stage();
    for (let port = 0; port < 16; port++) void enter(at(1, port));
    const giveUp = new AbortController();
    const waiting = enter(at(2), giveUp.signal).then(
      () => "ran",
      () => "gave up",
    );
    void enter(at(3));
    await clock.pass(1);
    giveUp.abort();
    assert.is(await waiting, "gave up");
    await end("192.0.2.1:0");
    assert.equal(begun.slice(16), ["192.0.2.3:1000"]);
    const failed = await turns.take(at(4), AbortSignal.abort(new Error("over")), async () => "ran").catch((error: Error) => error.message);
    assert.is(failed, "over");
    for (const address of [...begun]) await end(address);
    await turns.take(at(5), never, () => Promise.reject(new Error("mute"))).catch((error: Error) => assert.is(error.message, "mute"));
    assert.is(turns.running, 0);
  });
});
