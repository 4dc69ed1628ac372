/**
 * The hub's halves of one device's keys (docs/device-link.md §7.1, threshold-06 §4, threshold-sigs-06 §3.3). The device starts, and is the last to
 * compute; the hub answers for the deal in force alone. One signing session is open at most, a newer one burns the older, and a restart leaves none.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { decodeObject } from "../../codec/index.ts";
import type { OpenedSession, PrivateKey, PublicKey, SigningTask } from "../../crypto/index.ts";
import {
  combineSignature,
  finalPart,
  partialAgreement,
  privateKeyFromScalar,
  publicKey,
  sha512,
  subtractPublic,
  ThresholdSigner,
  VolatileSigningBook,
} from "../../crypto/index.ts";
import { attachSignature } from "../../dare/index.ts";
import type { SignatureShare } from "../../link/index.ts";
import type { Enveloped } from "../../schema/index.ts";
import { DeviceReport, privateKeyOf, publicKeyOf } from "../../schema/index.ts";
import type { KnownDevice } from "./known-devices.ts";

/** What a device may ask: far more than it needs, far less than would keep a core busy. */
const defaultQuota: Quota = { perSecond: 4, burst: 64 };
/** Octets of a report that is signed. */
const mostBody = 8192;

/** A report that device and hub have signed. */
export interface SignedReport {
  readonly report: DeviceReport;
  readonly enveloped: Enveloped<DeviceReport>;
}

/** What is open between Sign and Signature. */
interface Open {
  readonly opened: OpenedSession;
  readonly body: Uint8Array;
  readonly report: DeviceReport;
}

/** The hub's part of the keys of one device and deal. */
export class SharedKeys {
  readonly #device: Pick<KnownDevice, "udf" | "activation">;
  readonly #accountUdf: string;
  readonly #groupKey: PublicKey;
  readonly #encryption: PrivateKey;
  readonly #signature: PrivateKey;
  readonly #signer: ThresholdSigner;
  readonly #bucket: TokenBucket;
  #open: Open | undefined;

  constructor(options: {
    readonly device: Pick<KnownDevice, "udf" | "activation" | "connection">;
    readonly accountUdf: string;
    readonly clock: Clock;
    readonly random: Random;
    readonly quota?: Quota;
  }) {
    const { device, accountUdf, clock, random, quota = defaultQuota } = options;
    this.#device = device;
    this.#accountUdf = accountUdf;
    this.#groupKey = publicKeyOf(device.connection.Signature);
    this.#encryption = privateKeyOf(device.activation.EncryptShare);
    this.#signature = privateKeyOf(device.activation.SignatureShare);
    this.#signer = new ThresholdSigner({
      share: this.#signature,
      groupKey: this.#groupKey,
      book: new VolatileSigningBook(clock),
      clock,
      random,
    });
    this.#bucket = new TokenBucket(quota, clock);
  }

  /** The hub's part of an agreement: a point in 32 octets. Errors: ERR_KEY for what is no point, or of small order; ERR_QUOTA. */
  agree(ephemeral: Uint8Array): Uint8Array {
    this.#take();
    return partialAgreement(this.#encryption, publicKey("Ed25519", ephemeral)).octets;
  }

  /**
   * Opens the one session, for a report of this device; R' in 32 octets. An older one is burned.
   * Errors: ERR_VERIFICATION for what this device does not say of itself in this deal, ERR_TOO_LARGE, ERR_SCHEMA, ERR_QUOTA.
   */
  async begin(body: Uint8Array): Promise<Uint8Array> {
    this.#take();
    if (body.length > mostBody) throw new MeshError("ERR_TOO_LARGE", `a report of ${body.length} octets; the most is ${mostBody}`);
    const report = decodeObject(DeviceReport, body);
    const { udf, activation } = this.#device;
    const isOwn = report.DeviceUdf === udf && report.AccountUdf === this.#accountUdf && report.DealEpoch === activation.DealEpoch;
    if (!isOwn) throw verificationError("the device's report");
    this.#open = undefined;
    const opened = await this.#signer.open(sha512(body));
    this.#open = { opened, body, report };
    return opened.commitment.octets;
  }

  /**
   * Completes the signature. The session is over, whatever comes of it.
   * Errors: ERR_REPLAY for a session that is not open (any more), ERR_KEY, ERR_VERIFICATION for a part that is not right.
   */
  async complete({ Commitment, R, Share }: Omit<SignatureShare, "Id">): Promise<SignedReport> {
    const open = this.#open;
    if (!open || !equalBytes(open.opened.commitment.octets, Commitment)) throw new MeshError("ERR_REPLAY", "this signing session is not open");
    this.#open = undefined;
    const { opened, body, report } = open;
    // Burned before anything of the device is looked at: what is not right does not get another try.
    const whole = await this.#answer(opened, R);
    const task: SigningTask = { groupKey: this.#groupKey, message: sha512(body) };
    // It is reduced where it is added, so octets that are no scalar would pass.
    privateKeyFromScalar("Ed25519", Share);
    const partial = subtractPublic(this.#groupKey, this.#signature.public);
    const signature = combineSignature(task, [
      finalPart({ others: opened.commitment, answer: { R: whole.R.octets, share: Share }, partial, name: "the device" }),
      { name: "this hub", commitment: opened.commitment, share: whole.share, partial: this.#signature.public },
    ]);
    return { report, enveloped: attachSignature({ body, kid: this.#groupKey.udf, signature }) };
  }

  /** Overwrites the hub's halves: the deal is over. */
  close(): void {
    this.#open = undefined;
    this.#encryption.wipe();
    this.#signature.wipe();
  }

  async #answer(opened: OpenedSession, octets: Uint8Array): Promise<{ readonly R: PublicKey; readonly share: Uint8Array }> {
    let R: PublicKey;
    try {
      R = publicKey("Ed25519", octets);
    } catch (error) {
      await this.#signer.abandon(opened.session);
      throw error;
    }
    return { R, share: await this.#signer.answer({ session: opened.session, R }) };
  }

  #take(): void {
    if (this.#bucket.take()) return;
    throw new MeshError("ERR_QUOTA", "the device asks for more than its hub computes for one device: 64 at once, then four a second");
  }
}
