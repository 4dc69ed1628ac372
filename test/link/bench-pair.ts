/** A hub and a device joined in memory, with a tap on every packet, for the tests of the link. */
import { systemRandom } from "../../src/base/random.ts";
import { generatePrivateKey, type PrivateKey } from "../../src/crypto/key.ts";
import { type OpenLinkOptions, openLink } from "../../src/link/initiator.ts";
import type { LinkMode } from "../../src/link/prologue.ts";
import { LinkResponder, type LinkResponderOptions } from "../../src/link/responder.ts";
import type { LinkSession } from "../../src/link/session.ts";
import { type LinkStream, type Medium, streamPair } from "../../src/link/stream.ts";
import { ManualClock } from "../harness/manual-clock.ts";

/** Lets everything that is under way in memory settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What happens to a packet on its way; an empty list loses it. */
export type Tap = (packet: Uint8Array) => Uint8Array[];

/** The stream with a tap on what is sent. */
export function tapped(stream: LinkStream, tap: { current: Tap }, proven: () => void = () => undefined): LinkStream {
  return {
    medium: stream.medium,
    maxPacket: stream.maxPacket,
    async send(packet) {
      for (const out of tap.current(packet)) await stream.send(out);
    },
    onPacket: (listener) => stream.onPacket(listener),
    onClose: (listener) => stream.onClose(listener),
    proven,
    close: () => stream.close(),
  };
}

export const hubUdf = "MAAA-HUBB";
export const deviceUdf = "MAAA-DEVI";
export const publicationId = "MAAA-PUBL";

const keys: Record<string, PrivateKey> = {};
function keyOf(name: string, curve: "X25519" | "X448"): PrivateKey {
  keys[name + curve] ??= generatePrivateKey(curve, systemRandom);
  return keys[name + curve]!;
}

/** One hub and one device on one stream. */
export function bench(options: { medium?: Medium; maxPacket?: number; curve?: "X25519" | "X448"; device?: Partial<LinkResponderOptions> } = {}) {
  const { medium = "mqtt", curve = "X25519" } = options;
  const clock = new ManualClock();
  const [hubEnd, deviceEnd] = streamPair(medium, options.maxPacket);
  const fromHub: { current: Tap } = { current: (packet) => [packet] };
  const fromDevice: { current: Tap } = { current: (packet) => [packet] };
  const proven: string[] = [];
  const hubStream = tapped(hubEnd, fromHub, () => proven.push("the device"));
  const deviceStream = tapped(deviceEnd, fromDevice, () => proven.push("the hub"));
  const hubKey = keyOf("hub", curve);
  const deviceKey = keyOf("device", curve);
  const psk = { onboard: new Uint8Array(32).fill(1), linked: new Uint8Array(32).fill(2) };
  const sessions: LinkSession[] = [];
  const responder = new LinkResponder({
    stream: deviceStream,
    identity: (mode) => ({ local: deviceKey, id: mode === "onboard" ? publicationId : deviceUdf }),
    selectPsk: ({ mode, hubUdf: name, dealEpoch }) => (name === hubUdf && dealEpoch === 3 ? psk[mode] : undefined),
    description: () => new Uint8Array(3000).fill(7),
    onSession: (session) => {
      sessions.push(session);
      session.onMessage((message) =>
        message.tag === "Command"
          ? {
              tag: "Result",
              value: { Result: "Accept", State: { Sequence: 1, Values: message.value.Arguments } },
            }
          : message.tag === "Describe"
            ? { tag: "Contribution", value: { Contribution: Uint8Array.of(1, 2, 3) } }
            : undefined,
      );
    },
    clock,
    random: systemRandom,
    ...options.device,
  });
  const link = (changes: Partial<OpenLinkOptions> = {}): Promise<LinkSession> => {
    const mode: LinkMode = changes.mode ?? "linked";
    return openLink({
      stream: hubStream,
      mode,
      id: mode === "onboard" ? publicationId : deviceUdf,
      local: hubKey,
      remote: deviceKey.public,
      psk: psk[mode],
      hubUdf,
      dealEpoch: 3,
      clock,
      random: systemRandom,
      timeoutMs: 5000,
      ...changes,
    });
  };
  return { clock, hubStream, deviceStream, hubEnd, deviceEnd, fromHub, fromDevice, hubKey, deviceKey, sessions, responder, link, psk, proven };
}
