/**
 * Whether a device has obeyed its release when its answer was lost (extensions §4). It then is in mode onboard under its new code, so it is asked
 * by a handshake: the psk is k_link of that code, which it can only have from ReleaseDevice, and its static key is the base link key of its
 * profile, which nobody else has. A hail alone says nothing, whoever knows the key of the hail.
 */
import type { AccountContext } from "../../account/hub.ts";
import { asMeshError, verificationError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { LinkStream } from "../../link/index.ts";
import { openLink } from "../../link/index.ts";
import { ProfileDevice, publicKeyOf, verifyProfile } from "../../schema/index.ts";
import type { Peer } from "../../transport/medium.ts";
import type { KnownDevice } from "./known-devices.ts";
import { handshakeMs } from "./open-device.ts";

/** Peers asked at once, of all devices; forgers must not cost more. The device hails again. */
const mostAsked = 8;
/** A device answers a handshake every two seconds. */
const tries = 3;
const pauseMs = 2500;

/** What the witness needs of the hub. */
export interface ReleaseWitnessOptions {
  readonly account: AccountContext;
  readonly open: (peer: Peer, signal: AbortSignal) => Promise<LinkStream>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Asks peers that hail for a released device. */
export class ReleaseWitness {
  readonly #options: ReleaseWitnessOptions;
  readonly #asked = new Set<string>();

  constructor(options: ReleaseWitnessOptions) {
    this.#options = options;
  }

  /** True when the peer is the device and holds the keys of its release. False too while the same peer, or too many, are being asked. */
  async confirm(device: KnownDevice, peer: Peer): Promise<boolean> {
    const { account, log, signal } = this.#options;
    const key = `${device.udf} ${peer.medium} ${peer.address}`;
    if (this.#asked.has(key) || this.#asked.size >= mostAsked) return false;
    this.#asked.add(key);
    try {
      for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
        try {
          await this.#meet(device, peer);
          return true;
        } catch (error) {
          log.info("device.release_unproven", { device: device.udf, attempt, reason: asMeshError(error).message });
        }
        await account.ports.clock.sleep(pauseMs, signal).catch(() => undefined);
      }
      return false;
    } finally {
      this.#asked.delete(key);
    }
  }

  /** One handshake. Errors: ERR_TIMEOUT, ERR_LINK, ERR_VERIFICATION. */
  async #meet({ udf, entry, release }: KnownDevice, peer: Peer): Promise<void> {
    const { account, open, log, signal } = this.#options;
    const profile = verifyProfile(ProfileDevice, entry.EnvelopedProfileDevice, udf).value;
    const remote = profile.Link.map(publicKeyOf).find(({ curve }) => curve === "X25519");
    if (!remote || !release) throw verificationError("the release");
    const { clock, random } = account.ports;
    const stream = await open(peer, signal);
    try {
      const session = await openLink({
        stream,
        mode: "onboard",
        id: release.PublicationId,
        local: account.keys.base.link25519,
        remote,
        psk: release.KLink,
        hubUdf: account.deviceUdf,
        dealEpoch: 0,
        clock,
        random,
        timeoutMs: handshakeMs,
        log,
      });
      await session.close();
    } finally {
      await stream.close();
    }
  }
}
