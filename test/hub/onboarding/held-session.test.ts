/** The session in which a device was met, kept for the owner's answer: one, for two seconds, and given up for a device that has started again. */
import { unlessAborted } from "../../../src/base/abandon.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { KnownDevice } from "../../../src/hub/device/known-devices.ts";
import type { HailWatch } from "../../../src/hub/onboarding/hail-watch.ts";
import { overHeld } from "../../../src/hub/onboarding/hand-over.ts";
import type { Held } from "../../../src/hub/onboarding/held-session.ts";
import { HeldSession } from "../../../src/hub/onboarding/held-session.ts";
import { Refusal } from "../../../src/hub/onboarding/step.ts";
import type { LinkSession, LinkStream } from "../../../src/link/index.ts";
import type { Peer } from "../../../src/transport/medium.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

const peerAt = (address: string): Peer => ({ medium: "mqtt", address });
const deviceOf = (DealEpoch: number): KnownDevice =>
  ({ udf: "MDEV", entry: { SealedRespondDevice: new Uint8Array(3) }, activation: { DealEpoch } }) as unknown as KnownDevice;
const device = deviceOf(1);

/** A session that answers Deliver as it is told, and what became of it. */
function met(answer: () => Promise<unknown> = async () => ({ Result: "Accept" })) {
  const state = { isClosed: false, isStreamClosed: false };
  const ended = new AbortController();
  const session = {
    get isClosed() {
      return state.isClosed;
    },
    request: () => unlessAborted(answer(), ended.signal),
    close: async () => {
      state.isClosed = true;
      ended.abort(new MeshError("ERR_LINK", "the link was closed"));
    },
  } as unknown as LinkSession;
  const stream = {
    close: async () => {
      state.isStreamClosed = true;
    },
  } as unknown as LinkStream;
  return { state, held: { peer: peerAt("a"), session, stream } satisfies Held };
}

/** Keeps it as a meeting does. @returns whether it was kept, and whether the stream is left open for it */
function keep(kept: HeldSession, { session, ...place }: Held, signal = new AbortController().signal) {
  let isOpen = false;
  const keepStream = (): void => {
    isOpen = true;
  };
  const isKept = kept.keeper({ ...place, signal, keepStream })(session);
  return { isKept, isOpen };
}

/** Hails with the code of the device. */
function watched() {
  const peers = [peerAt("a")];
  const listeners = new Set<() => void>();
  const watch = {
    get peers() {
      return peers;
    },
    onPeer: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as HailWatch;
  const hail = (address: string): void => {
    peers.push(peerAt(address));
    for (const listener of listeners) listener();
  };
  return { watch, hail, listeners };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a session that is kept", (it) => {
  it("is handed over once, alive, within two seconds; a second one and one that is given up are not kept", async () => {
    const clock = new ManualClock();
    const kept = new HeldSession(clock);
    const [first, second, third] = [met(), met(), met()];
    assert.equal(keep(kept, first.held), { isKept: true, isOpen: true });
    assert.equal(keep(kept, second.held), { isKept: false, isOpen: false });
    assert.is(kept.take()?.session, first.held.session);
    assert.is(kept.take(), undefined);
    clock.advance(5000);
    await settled();
    assert.is(first.state.isClosed, false, "whoever has taken it closes it");
    keep(kept, second.held);
    clock.advance(1900);
    await settled();
    assert.is(second.state.isClosed, false);
    clock.advance(200);
    await settled();
    assert.ok(second.state.isClosed && second.state.isStreamClosed);
    assert.is(kept.take(), undefined);
    keep(kept, third.held);
    await third.held.session.close();
    assert.is(kept.take(), undefined, "the device has ended it");
    assert.equal(keep(kept, met().held, AbortSignal.abort()), { isKept: false, isOpen: false });
    const last = met();
    keep(kept, last.held);
    await kept.end();
    assert.ok(last.state.isClosed && last.state.isStreamClosed);
  });

  it("brings the delivery; when it breaks, the device is met again, and what the device refuses is the last word", async () => {
    const { watch, listeners } = watched();
    const { signal } = new AbortController();
    const good = met();
    assert.is(await overHeld(good.held, { device, watch, signal }), true);
    assert.ok(good.state.isClosed && good.state.isStreamClosed);
    const broken = met(() => Promise.reject(new MeshError("ERR_LINK", "the stream was closed")));
    assert.is(await overHeld(broken.held, { device, watch, signal }), false);
    assert.ok(broken.state.isStreamClosed);
    const refused = met(async () => ({ Result: "Reject", ErrorCode: "ERR_OWNED" }));
    const error = await overHeld(refused.held, { device, watch, signal }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Refusal && error.error.code === "ERR_OWNED");
    assert.is(listeners.size, 0);
  });

  it("is not the last word about a deal of another epoch than it names: the device is met again under that one", async () => {
    const { watch } = watched();
    const { signal } = new AbortController();
    const unread = async (): Promise<unknown> => ({ Result: "Reject", ErrorCode: "ERR_VERIFICATION", ErrorReport: "RespondDevice" });
    const later = met(unread);
    assert.is(await overHeld(later.held, { device: deviceOf(13), watch, signal }), false);
    assert.ok(later.state.isClosed && later.state.isStreamClosed);
    const first = await overHeld(met(unread).held, { device, watch, signal }).catch((thrown: unknown) => thrown);
    assert.ok(first instanceof Refusal && first.error.code === "ERR_DELIVERY");
    const owned = met(async () => ({ Result: "Reject", ErrorCode: "ERR_OWNED" }));
    const error = await overHeld(owned.held, { device: deviceOf(13), watch, signal }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Refusal && error.error.code === "ERR_OWNED");
  });

  it("ends when the device hails from elsewhere, or another way was faster; not when it shows its new hails over the same one", async () => {
    const silent = (): Promise<unknown> => new Promise(() => undefined);
    const { watch, hail } = watched();
    const waiting = met(silent);
    const done = overHeld(waiting.held, { device, watch, signal: new AbortController().signal });
    hail("a");
    await settled();
    assert.is(waiting.state.isClosed, false);
    hail("b");
    assert.is(await done, false);
    assert.ok(waiting.state.isClosed && waiting.state.isStreamClosed);
    const over = new AbortController();
    const slower = met(silent);
    const other = overHeld(slower.held, { device, watch: watched().watch, signal: over.signal });
    over.abort();
    assert.is(await other, false);
    assert.ok(slower.state.isStreamClosed);
  });
});
