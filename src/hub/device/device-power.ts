/**
 * What a device and its hub do together (docs/device-link.md §7.1): the hub hands on delegations, nonces and sealed orders that it cannot read or
 * make, helps with its halves of the keys, and takes what both have signed. What the device has not signed is no success.
 */
import type { AccountContext } from "../../account/hub.ts";
import { toHex } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelopeB } from "../../dare/index.ts";
import type { Answer, AnswerOf, LinkMessage, LinkSession, RequestVerb, Result, Verbs } from "../../link/index.ts";
import type { DeviceReport, Enveloped } from "../../schema/index.ts";
import { orderNonceLength } from "../../schema/index.ts";
import type { Judgement, OrderNonce, SealedDeviceOrder } from "./device-port.ts";
import type { KnownDevice } from "./known-devices.ts";
import { SharedKeys, type SignedReport } from "./shared-keys.ts";

/** Time limits of what is asked of the device, in milliseconds: a report takes two answers of the hub. */
const nonceMs = 5000;
const reportMs = 10_000;
const delegationMs = 5000;

/** What it needs of the link. */
export interface DevicePowerOptions {
  readonly account: Pick<AccountContext, "accountUdf" | "ports">;
  readonly device: KnownDevice;
  readonly log: Log;
  /** Sends a request in the live session, waits for one, and sends again after a broken link. */
  readonly exchange: <T extends RequestVerb>(verb: T, fields: Omit<Verbs[T], "Id">, timeoutMs: number) => Promise<AnswerOf<T>>;
  /** Resolves when the report is on disk. */
  readonly onSigned: (signed: SignedReport) => Promise<void>;
}

/** The shared powers of one device. */
export class DevicePower {
  readonly #options: DevicePowerOptions;
  /** Signed reports that somebody waits for, by what they name. */
  readonly #awaited = new Map<string, SignedReport | undefined>();
  /** The delegation that each session has been given. */
  readonly #delegated = new WeakMap<LinkSession, { readonly given: DareEnvelope; readonly done: Promise<void> }>();
  #device: KnownDevice;
  /** Made when they are first asked for: most devices are seldom asked. */
  #made: SharedKeys | undefined;

  constructor(options: DevicePowerOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  /** The entry was written again: another deal has other halves. */
  update(device: KnownDevice): void {
    const dealtAgain = device.activation.DealEpoch !== this.#device.activation.DealEpoch;
    this.#device = device;
    if (dealtAgain) this.close();
  }

  /** Overwrites the halves. */
  close(): void {
    this.#made?.close();
    this.#made = undefined;
  }

  /** The answer to what the device starts; undefined for other verbs. Errors: those of SharedKeys and of the disk. */
  async answer(message: LinkMessage): Promise<Answer | undefined> {
    switch (message.tag) {
      case "Agree":
        return { tag: "Agreed", value: { Share: this.#keys.agree(message.value.Ephemeral) } };
      case "Sign":
        return { tag: "Commitment", value: { Commitment: await this.#keys.begin(message.value.Body) } };
      case "Signature":
        await this.#signed(await this.#keys.complete(message.value));
        return { tag: "Result", value: { Result: "Accept" } };
      default:
        return undefined;
    }
  }

  /** Gives the delegation of the entry to the device, once in each session. Errors: ERR_DELIVERY, ERR_TIMEOUT, ERR_LINK. */
  async delegate(session: LinkSession): Promise<void> {
    const { EnvelopedDelegation: given } = this.#device.entry;
    if (!given) return;
    const known = this.#delegated.get(session);
    if (known?.given === given) return known.done;
    const done = this.#give(session, encodeEnvelopeB(given));
    this.#delegated.set(session, { given, done });
    try {
      await done;
    } catch (error) {
      this.#delegated.delete(session);
      throw error;
    }
  }

  /** Errors: ERR_REJECTED for a device that judges no orders, ERR_DEVICE_OFFLINE, ERR_TIMEOUT. */
  async nonce(seconds: number, who?: number): Promise<OrderNonce> {
    const asked = { Seconds: seconds, ...(who === undefined ? {} : { For: who }) };
    const { Nonce, Seconds } = await this.#options.exchange("Challenge", asked, nonceMs);
    if (Nonce.length !== orderNonceLength) throw new MeshError("ERR_SCHEMA", `a nonce of ${Nonce.length} octets; it has ${orderNonceLength}`);
    return { nonce: Nonce, seconds: Math.min(seconds, Seconds), dealEpoch: this.#device.activation.DealEpoch };
  }

  /** Errors: ERR_DELIVERY when the device does not take the delegation, ERR_DEVICE_OFFLINE, ERR_TIMEOUT. */
  async judge({ messageId, sealed, timeoutMs }: SealedDeviceOrder): Promise<Judgement> {
    const name = `order ${messageId}`;
    if (this.#awaited.has(name)) throw new MeshError("ERR_REPLAY", "this order is with the device already");
    const { value, reported } = await this.#reported(name, () => this.#options.exchange("Order", { Sealed: sealed }, timeoutMs));
    if (reported) return { result: reported.report.Result ?? "Pending", reported: reported.enveloped, ...wordsOf(value) };
    // Its word without its signature is no success.
    return { result: value?.Result === "Accept" ? "Pending" : (value?.Result ?? "Pending"), ...wordsOf(value) };
  }

  /** Errors: ERR_REJECTED when the device does not sign, ERR_DEVICE_OFFLINE, ERR_TIMEOUT. */
  async report(nonce: Uint8Array): Promise<Enveloped<DeviceReport>> {
    const name = `nonce ${toHex(nonce)}`;
    const { value, reported } = await this.#reported(name, () => this.#options.exchange("Report", { Nonce: nonce }, reportMs));
    if (reported) return reported.enveloped;
    throw new MeshError("ERR_REJECTED", `the device did not sign its state: ${wordsOf(value).report ?? "no reason given"}`);
  }

  /** Asks, and catches the signed report that comes of it; one that has come counts even when the answer after it is lost. */
  async #reported(name: string, ask: () => Promise<Result>): Promise<{ readonly value?: Result; readonly reported?: SignedReport }> {
    this.#awaited.set(name, undefined);
    try {
      const value = await ask();
      const reported = this.#awaited.get(name);
      return { value, ...(reported ? { reported } : {}) };
    } catch (error) {
      const reported = this.#awaited.get(name);
      if (!reported) throw error;
      return { reported };
    } finally {
      this.#awaited.delete(name);
    }
  }

  async #signed(signed: SignedReport): Promise<void> {
    const { MessageId, Nonce } = signed.report;
    const name = MessageId === undefined ? `nonce ${toHex(Nonce ?? new Uint8Array())}` : `order ${MessageId}`;
    if (this.#awaited.has(name)) this.#awaited.set(name, signed);
    await this.#options.onSigned(signed);
  }

  async #give(session: LinkSession, delegation: Uint8Array): Promise<void> {
    const { Result: result, ErrorReport = "no reason given" } = await session.request(
      "Delegate",
      { Delegation: delegation },
      { timeoutMs: delegationMs },
    );
    if (result !== "Accept") throw new MeshError("ERR_DELIVERY", `the device does not take whose orders it is to obey: ${shorten(ErrorReport, 200)}`);
    this.#options.log.info("device.delegated");
  }

  get #keys(): SharedKeys {
    const { accountUdf, ports } = this.#options.account;
    this.#made ??= new SharedKeys({ device: this.#device, accountUdf, clock: ports.clock, random: ports.random });
    return this.#made;
  }
}

function wordsOf(value: Result | undefined): Pick<Judgement, "report" | "code"> {
  return {
    ...(value?.ErrorReport === undefined ? {} : { report: shorten(value.ErrorReport, 200) }),
    ...(value?.ErrorCode === undefined ? {} : { code: shorten(value.ErrorCode, 64) }),
  };
}
