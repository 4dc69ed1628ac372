/**
 * What the hub carries from devices to the administrators, in MMM_Command, signed by the hub and sealed to AdministratorEncryption:
 * the exact octets of AcceptConnection (extensions §3.4), and that a device has obeyed its release (§4).
 * The hub cannot check the MAC of an acceptance, which is the owner's; it only refuses what is plainly of another device or deal.
 */

import type { AccountContext } from "../../account/hub.ts";
import { messageEnvelope } from "../../account/hub.ts";
import { type BackOff, backOffMs } from "../../base/back-off.ts";
import { concat, uintBytes, utf8 } from "../../base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject } from "../../codec/index.ts";
import { presentUdf, sha512, udfType } from "../../crypto/index.ts";
import { AcceptConnection, DeviceReleased, ForwardAccept, publicKeyOf } from "../../schema/index.ts";
import type { KnownDevice } from "./known-devices.ts";

const mostRemembered = 1024;
/** A device makes one acceptance for each deal; whoever makes more would fill the account with them. */
const mostAcceptances = 4;
const pauses: BackOff = { firstMs: 2000, mostMs: 60_000 };

/** Posts each report once while the hub runs; a repetition shares the first one's outcome. */
export class AdministratorPost {
  readonly #account: AccountContext;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #posted = new Map<string, Promise<void>>();
  /** By device: the acceptances of the deal in force. */
  readonly #acceptances = new Map<string, { readonly epoch: number; readonly ids: Set<string> }>();

  constructor(options: { readonly account: AccountContext; readonly log: Log; readonly signal: AbortSignal }) {
    this.#account = options.account;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  /**
   * Resolves when the service has stored the acceptance; goes on trying while it is away.
   * Errors: ERR_VERIFICATION for the word of another device or deal, ERR_QUOTA when it gave other ones before; those of the service other than
   * ERR_SERVICE_UNREACHABLE.
   */
  async accepted(device: KnownDevice, octets: Uint8Array): Promise<void> {
    const accept = decodeObject(AcceptConnection, octets);
    const agrees =
      accept.DeviceUdf === device.udf &&
      accept.HubUdf === this.#account.deviceUdf &&
      accept.AccountUdf === this.#account.accountUdf &&
      accept.DealEpoch === device.activation.DealEpoch;
    if (!agrees) throw verificationError("the device's acceptance");
    const messageId = nameOf("mmm/hub/forward", octets);
    this.#count(device, messageId);
    const value = { MessageId: messageId, HubUdf: this.#account.deviceUdf, DeviceUdf: device.udf, Accept: octets };
    await this.#once(ForwardAccept, value, device.joinerUdf);
  }

  /** Resolves when the service has stored that the device was released; goes on trying while it is away. */
  async released(device: KnownDevice): Promise<void> {
    const { DealEpoch } = device.activation;
    const messageId = nameOf(
      "mmm/hub/released",
      concat(utf8(device.udf), uintBytes(DealEpoch, 4), device.entry.SealedReleaseDevice ?? new Uint8Array()),
    );
    await this.#once(DeviceReleased, { MessageId: messageId, HubUdf: this.#account.deviceUdf, DeviceUdf: device.udf, DealEpoch });
  }

  #count({ udf, activation }: KnownDevice, messageId: string): void {
    const known = this.#acceptances.get(udf);
    const { ids } = known?.epoch === activation.DealEpoch ? known : { ids: new Set<string>() };
    if (!ids.has(messageId) && ids.size >= mostAcceptances)
      throw new MeshError("ERR_QUOTA", `the device has accepted one deal in ${mostAcceptances} ways already`);
    this.#acceptances.set(udf, { epoch: activation.DealEpoch, ids: ids.add(messageId) });
  }

  #once<T extends { readonly MessageId: string }>(struct: Struct<T>, value: T, joinerUdf?: string): Promise<void> {
    const running = this.#posted.get(value.MessageId);
    if (running !== undefined) return running;
    const sending = this.#send(struct, value, joinerUdf);
    this.#posted.set(value.MessageId, sending);
    sending.catch(() => this.#posted.delete(value.MessageId));
    for (const oldest of this.#posted.keys()) {
      if (this.#posted.size <= mostRemembered) break;
      this.#posted.delete(oldest);
    }
    return sending;
  }

  async #send<T extends { readonly MessageId: string }>(struct: Struct<T>, value: T, joinerUdf: string | undefined): Promise<void> {
    const { ports, profile, keys, directory } = this.#account;
    const joiner = joinerUdf === undefined ? undefined : directory.find(joinerUdf);
    const recipients = [profile.AdministratorEncryption, ...(joiner ? [joiner.connection.Encryption] : [])].map(publicKeyOf);
    const envelope = messageEnvelope({ struct, value, signer: keys.signature, recipients, ports });
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#account.transact({ messages: [{ spool: "MMM_Command", envelope }] });
        return;
      } catch (error) {
        if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
        this.#log.warn("post.waiting", { message: struct.tag, reason: error.message });
        await ports.clock.sleep(backOffMs(attempt, ports.random, pauses), this.#signal);
      }
    }
  }
}

/** A message is named after its content, so that service and administrators know a repetition after a crash. */
function nameOf(label: string, octets: Uint8Array): string {
  return presentUdf(udfType.nonce, sha512(utf8(label), Uint8Array.of(0), octets));
}
