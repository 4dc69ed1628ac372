import fc from "fast-check";
import { isMeshError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import { frameType } from "../../src/link/frame.ts";
import { describe as describeDevice, openLink } from "../../src/link/initiator.ts";
import { streamPair } from "../../src/link/stream.ts";
import { decodeMessage } from "../../src/link/verb.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { bench, hubUdf, settle } from "./bench-pair.ts";

/** Packets that look like frames more often than chance would have it. */
const packet = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.tuple(fc.constantFrom(...Object.values(frameType), 0x82, 0x90, 0x91), fc.uint8Array({ maxLength: 1200 })).map(([type, body]) => {
    const out = new Uint8Array(3 + body.length);
    out.set([type, body.length >> 8, body.length & 255]);
    out.set(body, 3);
    return out;
  }),
);

async function meshErrorOrValue(promise: Promise<unknown>): Promise<void> {
  await promise.catch((error: unknown) => assert.ok(isMeshError(error) && error.code !== "ERR_INTERNAL", String(error)));
}

describe("hostile peers of the link", (it) => {
  it("garbage to a device neither crashes it nor ends a live session", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          packet.filter((p) => p[0] !== frameType.transport && p[0] !== frameType.close),
          { maxLength: 12 },
        ),
        async (packets) => {
          const { link, hubEnd, responder, sessions } = bench();
          const hub = await link();
          await settle();
          let closed = false;
          hubEnd.onClose(() => (closed = true));
          for (const garbage of packets) await hubEnd.send(garbage).catch(() => undefined);
          await settle();
          if (closed) {
            assert.ok(sessions[0]!.isClosed);
            return;
          }
          assert.is(responder.session, sessions[0]);
          assert.is((await hub.request("Command", { Command: "on", Arguments: [] })).Result, "Accept");
        },
      ),
      { numRuns: 40 },
    );
  });

  it("much garbage closes the stream", async () => {
    const { hubEnd } = bench();
    let closed = false;
    hubEnd.onClose(() => (closed = true));
    for (let count = 0; count < 8; count++) await hubEnd.send(Uint8Array.of(0x55, 0, 0));
    await settle();
    assert.ok(closed);
  });

  it("garbage to a hub gives a MeshError, in describe, handshake and session", async () => {
    const { hubKey, deviceKey } = bench();
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 6 }), async (packets) => {
        for (const what of ["describe", "openLink"] as const) {
          const clock = new ManualClock();
          const [stream, far] = streamPair("mqtt");
          const running =
            what === "describe"
              ? describeDevice({ stream, clock, timeoutMs: 100 })
              : openLink({
                  stream,
                  mode: "linked",
                  id: "MA",
                  local: hubKey,
                  remote: deviceKey.public,
                  psk: new Uint8Array(32),
                  hubUdf,
                  dealEpoch: 1,
                  clock,
                  random: systemRandom,
                  timeoutMs: 100,
                });
          const checked = meshErrorOrValue(running);
          for (const garbage of packets) await far.send(garbage);
          await settle();
          clock.advance(101);
          await checked;
        }
      }),
      { numRuns: 60 },
    );
  });

  it("garbage to a hub's live session ends it or leaves it whole", async () => {
    await fc.assert(
      fc.asyncProperty(packet, async (garbage) => {
        const { link, deviceEnd } = bench();
        const hub = await link();
        await hub.request("Command", { Command: "on", Arguments: [] });
        await deviceEnd.send(garbage);
        await settle();
        if (hub.isClosed) await throwsMesh(hub.request("Ping", {}), hub.isClosed ? await codeOf(hub) : "ERR_LINK");
        else assert.is((await hub.request("Command", { Command: "on", Arguments: [] })).Result, "Accept");
      }),
      { numRuns: 40 },
    );
  });

  it("a packet changed, doubled, lost or swapped on its way never gives a wrong answer", async () => {
    const kinds = fc.constantFrom("flip", "cut", "double", "lose", "hold");
    await fc.assert(
      fc.asyncProperty(kinds, fc.constantFrom("fromHub", "fromDevice"), fc.nat(9), fc.nat(), async (kind, side, nth, seed) => {
        const joined = bench();
        const { clock, link } = joined;
        let count = 0;
        let held: Uint8Array[] = [];
        joined[side].current = (original) => {
          const out = original.slice();
          if (count++ !== nth) {
            const released = [out, ...held];
            held = [];
            return released;
          }
          switch (kind) {
            case "flip":
              out[seed % out.length] = out[seed % out.length]! ^ (1 << (seed & 7));
              return [out];
            case "cut":
              return [out.slice(0, seed % out.length)];
            case "double":
              return [out, out.slice()];
            case "hold":
              held = [out];
              return [];
            default:
              return [];
          }
        };
        let done = 0;
        const story = (async () => {
          const hub = await link();
          for (let round = 0; round < 6; round++) {
            const { State } = await hub.request("Command", { Command: "on", Arguments: [{ Name: "round", Value: round }] });
            assert.is(State?.Values[0]?.Value, round);
            done = round + 1;
          }
        })();
        const checked = meshErrorOrValue(story);
        for (let wait = 0; wait < 4; wait++) {
          await settle();
          clock.advance(5001);
        }
        await checked;
        if (kind === "double") assert.is(done, 6, `${side} ${nth}`);
      }),
      { numRuns: 150 },
    );
  });

  it("messages of garbage inside a session are MeshErrors", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        try {
          decodeMessage(octets);
        } catch (error) {
          assert.ok(isMeshError(error) && error.code !== "ERR_INTERNAL", String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

async function codeOf(session: Awaited<ReturnType<typeof openLink>>): Promise<"ERR_LINK" | "ERR_VERIFICATION" | "ERR_ENCODING" | "ERR_TOO_LARGE"> {
  return await new Promise((resolve) => session.onClose((reason) => resolve((reason?.code ?? "ERR_LINK") as "ERR_LINK")));
}
