/**
 * A lock that judges orders, as far as its owner's devices see it, over the halves that were really dealt. Its link is left out, and what it signs is
 * signed with both halves in one place: the link, and the signature in two parts, are proven in test/hub/device and by the virtual lock.
 */
import type { AccountContext } from "../../src/account/index.ts";
import { equalBytes } from "../../src/base/bytes.ts";
import type { Clock } from "../../src/base/clock.ts";
import { isMeshError, MeshError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { PrivateKey, PublicKey } from "../../src/crypto/index.ts";
import { addPrivate, partialAgreement, privateKeyFromScalar } from "../../src/crypto/index.ts";
import { parseEnvelope } from "../../src/dare/index.ts";
import type { Judgement, OrderNonce } from "../../src/hub/device/device-port.ts";
import { ephemeralOf, openComposite } from "../../src/link/index.ts";
import {
  ActivationHub,
  ConnectionDevice,
  Delegation,
  DeviceOrder,
  DeviceReport,
  deviceCatalog,
  type Enveloped,
  envelopeObject,
  openObject,
  orderPrologue,
  peekObject,
  privateKeyOf,
  publicKeyOf,
  verifyObject,
} from "../../src/schema/index.ts";
import type { Bulb } from "./bulb.ts";
import { deliver } from "./bulb.ts";

/** A lock and the halves of its keys. */
export class JudgingLock {
  readonly #owner: AccountContext;
  readonly #clock: Clock;
  readonly #names: { readonly deviceUdf: string; readonly hubUdf: string; readonly dealEpoch: number };
  readonly #composite: PublicKey;
  readonly #encryption: { readonly own: PrivateKey; readonly hub: PrivateKey };
  readonly #signature: PrivateKey;
  readonly #nonces: { readonly nonce: Uint8Array; readonly until: number }[] = [];
  #delegation: Delegation | undefined;
  #sequence = 10;
  locked = true;
  /** Orders that were carried out. */
  readonly done: string[] = [];

  private constructor(options: { owner: AccountContext; hub: AccountContext; bulb: Bulb; clock: Clock }) {
    const { owner, hub, bulb, clock } = options;
    this.#owner = owner;
    this.#clock = clock;
    const entry = owner.get(deviceCatalog, bulb.made.deviceUdf)!;
    const respond = deliver(bulb, entry, owner);
    const part = openObject(ActivationHub, entry.EnvelopedActivationHub![0]!, [hub.keys.encryption]);
    const connection = peekObject(ConnectionDevice, entry.EnvelopedConnectionDevice);
    const own = (use: "encryption" | "signature", share: Uint8Array): PrivateKey =>
      addPrivate(addPrivate(bulb.base[use], bulb.fresh[use]), privateKeyFromScalar("Ed25519", share));
    this.#names = { deviceUdf: bulb.made.deviceUdf, hubUdf: entry.HubUdf!, dealEpoch: entry.DealEpoch! };
    this.#composite = publicKeyOf(connection.Encryption);
    this.#encryption = { own: own("encryption", respond.EncryptShare), hub: privateKeyOf(part.EncryptShare) };
    this.#signature = addPrivate(own("signature", respond.SignatureShare), privateKeyOf(part.SignatureShare));
  }

  /** The lock of an entry that its owner has accepted. */
  static of(options: { owner: AccountContext; hub: AccountContext; bulb: Bulb; clock: Clock }): JudgingLock {
    return new JudgingLock(options);
  }

  /** What its hub brings; a lower Generation is refused. */
  meet(delegation: Enveloped<Delegation>): boolean {
    const { value } = verifyObject(Delegation, delegation, [publicKeyOf(this.#owner.profile.AdministratorSignature25519)]);
    if (this.#delegation && value.Generation <= this.#delegation.Generation) return false;
    this.#delegation = value;
    return true;
  }

  /** What an honest hub brings in each session. */
  meetNewest(): void {
    const known = this.#owner.get(deviceCatalog, this.#names.deviceUdf)?.EnvelopedDelegation;
    if (known) this.meet(known);
  }

  nonce(seconds: number): OrderNonce {
    const nonce = systemRandom.bytes(16);
    this.#nonces.push({ nonce, until: this.#clock.monotonic() + seconds * 1000 });
    return { nonce, seconds, dealEpoch: this.#names.dealEpoch };
  }

  judge(sealed: Uint8Array): Judgement {
    let order: DeviceOrder;
    try {
      order = this.#open(sealed);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      return { result: "Reject", code: error.code, report: error.message };
    }
    const at = this.#nonces.findIndex(({ nonce, until }) => equalBytes(nonce, order.Nonce) && this.#clock.monotonic() < until);
    this.#nonces.splice(at, at < 0 ? 0 : 1);
    const refused = at < 0 ? "ERR_REPLAY" : undefined;
    if (refused === undefined) {
      this.locked = order.Command === "Lock";
      this.done.push(order.MessageId);
    }
    const reported = this.sign({
      MessageId: order.MessageId,
      Nonce: order.Nonce,
      Result: refused === undefined ? "Accept" : "Reject",
      ...(refused === undefined ? {} : { ErrorCode: refused }),
    });
    return { result: refused === undefined ? "Accept" : "Reject", reported };
  }

  sign(more: Partial<DeviceReport> = {}): Enveloped<DeviceReport> {
    const value: DeviceReport = {
      AccountUdf: this.#owner.accountUdf,
      DeviceUdf: this.#names.deviceUdf,
      DealEpoch: this.#names.dealEpoch,
      Sequence: ++this.#sequence,
      Values: [{ Name: "Locked", Value: this.locked }],
      ...more,
    };
    return envelopeObject({ struct: DeviceReport, value, signers: [this.#signature], random: systemRandom, compact: true });
  }

  #open(sealed: Uint8Array): DeviceOrder {
    const ephemeral = ephemeralOf(sealed);
    const parts = [partialAgreement(this.#encryption.own, ephemeral), partialAgreement(this.#encryption.hub, ephemeral)];
    const octets = openComposite({ recipient: this.#composite, prologue: orderPrologue(this.#names), sealed, parts });
    const grants = this.#delegation?.Grants ?? [];
    const { value, signer } = verifyObject(
      DeviceOrder,
      parseEnvelope(octets),
      grants.map(({ Command25519 }) => publicKeyOf(Command25519)),
    );
    const grant = grants.find(({ Command25519 }) => Command25519.Udf === signer.udf);
    const isMine =
      value.DeviceUdf === this.#names.deviceUdf && value.AccountUdf === this.#owner.accountUdf && value.DealEpoch === this.#names.dealEpoch;
    if (!isMine || grant?.Commands?.includes(value.Command) === false) throw new MeshError("ERR_NOT_AUTHORIZED", "not for this device");
    return value;
  }
}
