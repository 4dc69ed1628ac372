/**
 * What the device does with keys that it holds in part (docs/device-link.md §7.1): nonces, delegations, orders that it judges, and what it signs.
 * The hub is asked for its halves in the session in which it asked, and learns success or failure.
 */
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError, isMeshError, MeshError, verificationError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { Answer, Challenge, LinkMessage, LinkSession } from "../../../src/link/index.ts";
import { DeviceReport, judgesOrders, orderNonceLength, orderPrologue } from "../../../src/schema/index.ts";
import type { Appliance } from "../appliance/appliance.ts";
import type { Report, ReportQueue, Signing } from "../device/report-queue.ts";
import type { DeviceEvent } from "../device/request.ts";
import type { DeviceImage } from "../image/image.ts";
import type { BaseKeys } from "../image/own-key.ts";
import { freshKeys } from "../image/own-key.ts";
import type { DelegationContext } from "./delegation.ts";
import { openDelegation } from "./delegation.ts";
import { type Halves, halvesOf } from "./halves.ts";
import { OrderNonces } from "./nonces.ts";
import { judgeOrder } from "./order-judge.ts";
import { openEnvelopeWithHub, openSealedWithHub, signWithHub } from "./with-hub.ts";

const mostSeen = 16;
/** Octets of a sealed order: what may be signed, its envelope and the seal. */
const mostSealed = 4096;
const accept: Answer = { tag: "Result", value: { Result: "Accept" } };

/** What it works with. */
export interface SharedPowerOptions {
  readonly image: DeviceImage;
  readonly appliance: Appliance;
  readonly base: BaseKeys;
  readonly reports: ReportQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: DeviceEvent;
}

/** The shared powers of one device. */
export class SharedPower {
  readonly #options: SharedPowerOptions;
  readonly #nonces: OrderNonces;
  /** Outcomes of orders whose nonce may not be over, by MessageId; as few as there are nonces. */
  readonly #outcomes = new Map<string, Promise<Answer>>();
  #opening: LinkSession | undefined;

  constructor(options: SharedPowerOptions) {
    this.#options = options;
    this.#nonces = new OrderNonces(options);
  }

  /** The answer to a request of the hub in force; undefined for other verbs. Errors: those of what is opened. */
  answer(session: LinkSession, message: LinkMessage): Answer | undefined | Promise<Answer> {
    switch (message.tag) {
      case "Challenge":
        return this.#challenge(message.value);
      case "Delegate":
        return this.#delegate(message.value.Delegation);
      case "Order":
        return this.#order(session, message.value.Sealed);
      case "Report":
        return this.#report(message.value.Nonce);
      default:
        return undefined;
    }
  }

  /** Ends what was given to an owner who is none any more. */
  clear(): void {
    this.#nonces.clear();
    this.#outcomes.clear();
  }

  #challenge({ Seconds, For }: Challenge): Answer {
    this.#mustJudge();
    const given = this.#nonces.give(Seconds, For);
    return { tag: "Nonce", value: { Nonce: given.nonce, Seconds: given.seconds } };
  }

  #delegate(octets: Uint8Array): Answer {
    this.#mustJudge();
    const { image, onEvent } = this.#options;
    const delegation = openDelegation(octets, this.#delegable());
    image.delegate(delegation, octets);
    onEvent("delegated", { generation: delegation.Generation, grants: delegation.Grants.length });
    return accept;
  }

  async #order(session: LinkSession, sealed: Uint8Array): Promise<Answer> {
    this.#mustJudge();
    if (sealed.length > mostSealed) throw new MeshError("ERR_TOO_LARGE", `an order of ${sealed.length} octets; the most is ${mostSealed}`);
    const halves = this.#halves();
    const octets = await this.#open(session, sealed, halves);
    // Its owner, or its deal, may have changed while the hub was asked.
    if (this.#options.image.active?.Connection !== halves.connection) throw verificationError("the order");
    return this.#judge(octets, halves);
  }

  async #open(session: LinkSession, sealed: Uint8Array, halves: Halves): Promise<Uint8Array> {
    if (this.#opening === session) throw new MeshError("ERR_BUSY", "another order is being opened");
    // A session that takes over does not wait for a hub that is gone.
    this.#opening = session;
    const { DealEpoch: dealEpoch, HubUdf: hubUdf } = halves.connection;
    try {
      const prologue = orderPrologue({ deviceUdf: this.#options.base.deviceUdf, hubUdf, dealEpoch });
      return await openSealedWithHub({ session, halves, sealed, prologue });
    } finally {
      if (this.#opening === session) this.#opening = undefined;
    }
  }

  /** From here to the end of #carryOut nothing is waited for: two orders with one nonce cannot both pass. */
  #judge(octets: Uint8Array, { connection }: Halves): Promise<Answer> {
    const { delegation, memory } = this.#options.image;
    const judged = judgeOrder(octets, { ...this.#delegable(), connection, delegation, nonces: this.#nonces, seen: memory.Seen });
    const { order, use, refusal } = judged;
    const { MessageId } = order;
    const known = this.#outcomes.get(MessageId);
    if (use === "again") return known ?? Promise.reject(new MeshError("ERR_REPLAY", "the order was judged before"));
    const failure = refusal ?? this.#carryOut(order);
    const outcome = this.#signed(order, failure);
    this.#outcomes.set(MessageId, outcome);
    const [oldest] = this.#outcomes.keys();
    if (this.#outcomes.size > mostSeen && oldest !== undefined) this.#outcomes.delete(oldest);
    return outcome;
  }

  /** The name of the order is in flash before the bolt moves. @returns why it was not carried out */
  #carryOut({ MessageId, Command, Arguments }: DeviceOrderFields): MeshError | undefined {
    const { image, appliance, onEvent } = this.#options;
    try {
      appliance.check(Command, Arguments);
      image.setMemory({ Seen: [...image.memory.Seen, MessageId].slice(-mostSeen) });
      appliance.command(Command, Arguments);
    } catch (error) {
      if (!isMeshError(error, "ERR_COMMAND")) throw error;
      return asMeshError(error);
    }
    onEvent("order", { command: Command, values: appliance.plain });
    return undefined;
  }

  /** The outcome goes into the queue of reports, as an event that the hub must have, and is signed there. */
  async #signed({ MessageId, Nonce }: DeviceOrderFields, failure: MeshError | undefined): Promise<Answer> {
    const { image, appliance, reports } = this.#options;
    const said = failure ? { Result: "Reject" as const, ErrorCode: failure.code } : { Result: "Accept" as const };
    const done = reports.pushSigned("command", { MessageId, Nonce, ...said });
    image.setMemory({ Values: appliance.values, Events: reports.events });
    const isSigned = await done;
    if (!isSigned) return { tag: "Result", value: { Result: "Pending", ErrorReport: "the order was judged, and its report is not signed" } };
    if (!failure) return accept;
    return { tag: "Result", value: { Result: "Reject", ErrorReport: failure.message, ErrorCode: failure.code } };
  }

  async #report(nonce: Uint8Array | undefined): Promise<Answer> {
    if (nonce !== undefined && nonce.length !== orderNonceLength) {
      throw new MeshError("ERR_SCHEMA", `a nonce of ${nonce.length} octets; it has ${orderNonceLength}`);
    }
    if (await this.#options.reports.pushSigned(undefined, { ...(nonce ? { Nonce: nonce } : {}) })) return accept;
    throw new MeshError("ERR_REJECTED", "the hub did not help to sign");
  }

  /** Signs a report with the hub of a session. Errors: as signWithHub. */
  async sign(session: LinkSession, { Sequence, Values }: Report, signing: Signing): Promise<boolean> {
    const halves = this.#halves();
    const { AccountUdf, DealEpoch } = halves.connection;
    const report: DeviceReport = { AccountUdf, DeviceUdf: this.#options.base.deviceUdf, DealEpoch, Sequence, Values, ...signing };
    return signWithHub({ session, halves, body: encodeObjectB(DeviceReport, report), random: this.#options.random });
  }

  /** Opens a file that the owner sealed to the device. Verify first who signed it. Errors: as openEnvelopeWithHub. */
  open(session: LinkSession, envelope: DareEnvelope): Promise<Uint8Array> {
    return openEnvelopeWithHub({ session, halves: this.#halves(), envelope });
  }

  /** Whose a delegation has to be. Error: ERR_NOT_AUTHORIZED. */
  #delegable(): DelegationContext {
    const { image, base } = this.#options;
    if (!image.active) throw new MeshError("ERR_NOT_AUTHORIZED", "the device is not connected");
    return { deviceUdf: base.deviceUdf, lock: image.lock, link: freshKeys(image.active).link.public };
  }

  #halves(): Halves {
    const { image, base } = this.#options;
    if (!image.active) throw new MeshError("ERR_NOT_AUTHORIZED", "the device is not connected");
    return halvesOf(base, image.active);
  }

  #mustJudge(): void {
    const { description } = this.#options.appliance;
    if (!judgesOrders(description)) throw new MeshError("ERR_COMMAND", `a ${description.Class} judges no orders`);
  }
}

type DeviceOrderFields = ReturnType<typeof judgeOrder>["order"];
