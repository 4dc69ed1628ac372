/** An honest hub and an honest device with fixed keys, over whatever medium: what has to go on working while somebody attacks. */
import { silentLog } from "../../src/base/log.ts";
import type { TokenBucket } from "../../src/base/token-bucket.ts";
import { privateKeyFromSeed } from "../../src/crypto/key.ts";
import { LinkResponder, type LinkResponderOptions, type LinkSession, type LinkStream, makeHail, openLink } from "../../src/link/index.ts";
import { ports } from "./broker.ts";

const octets = (value: number) => new Uint8Array(32).fill(value);

export const hailKey = octets(0x61);
export const hubKey = privateKeyFromSeed("X25519", octets(0x62));
export const deviceKey = privateKeyFromSeed("X25519", octets(0x63));
export const psk = octets(0x64);
export const hubUdf = "MHUB-ATTACK";
export const deviceUdf = "MDEV-ATTACK";
export const dealEpoch = 7;

/** The hub's end: a session that answers every State. */
export async function honestHub(stream: LinkStream, timeoutMs = 5000): Promise<LinkSession> {
  const session = await openLink({
    stream,
    mode: "linked",
    id: deviceUdf,
    local: hubKey,
    remote: deviceKey.public,
    psk,
    hubUdf,
    dealEpoch,
    clock: ports.clock,
    random: ports.random,
    timeoutMs,
  });
  session.onMessage(({ tag }) => (tag === "State" ? { tag: "Result", value: { Result: "Accept" } } : undefined));
  return session;
}

/** The device's end: gives its sessions to `onSession`. Commands are carried out and counted by `onCommand`. */
export function honestDevice(
  stream: LinkStream,
  options: {
    onSession?: (session: LinkSession) => void;
    onCommand?: (name: string) => void;
    bucket?: TokenBucket;
  } & Partial<LinkResponderOptions> = {},
): LinkResponder {
  const { onSession, onCommand, ...others } = options;
  return new LinkResponder({
    stream,
    identity: (mode) => (mode === "linked" ? { local: deviceKey, id: deviceUdf } : undefined),
    selectPsk: (selection) => (selection.hubUdf === hubUdf && selection.dealEpoch === dealEpoch ? psk : undefined),
    description: () => undefined,
    onSession: (session) => {
      session.onMessage((message) => {
        if (message.tag === "Command") onCommand?.(message.value.Command);
        return { tag: "Result", value: { Result: "Accept" } };
      });
      onSession?.(session);
    },
    clock: ports.clock,
    random: ports.random,
    log: silentLog,
    ...others,
  });
}

/** One State with an answer: from the device to the hub and back. */
export async function report(session: LinkSession, sequence = 1): Promise<void> {
  const { Result } = await session.request("State", { Sequence: sequence, Values: [{ Name: "on", Value: true }] });
  if (Result !== "Accept") throw new Error(`the hub answered ${Result}`);
}

/** A fresh hail of the honest device. */
export const honestHail = (): Uint8Array => makeHail(hailKey, ports.random);
