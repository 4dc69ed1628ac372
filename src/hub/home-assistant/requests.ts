/**
 * What Home Assistant asks for: orders at mesh/DEVICE/set, a state once more at mesh/DEVICE/get, and requests to the hub. Orders go the way of all orders;
 * what can do harm is put before the owner's devices. Whoever has the login may send anything: sizes, rates and what is under way have bounds.
 */
import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import { shorten } from "../../base/shorten.ts";
import { Tally } from "../../base/tally.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { visible } from "../../base/visible.ts";
import type { BrokerMessage, MeshBroker } from "../../transport/mqtt/broker/broker.ts";
import type { OrderOutcome, Orders } from "../command/order.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { HomeAssistantRights } from "./home-assistant-principal.ts";
import { principalFor } from "./home-assistant-principal.ts";
import type { HomeAssistantPublisher } from "./publisher.ts";
import { mostSetOctets, readObject, readSet, transactionOf } from "./set-message.ts";
import { readDeviceTopic, requestPrefix, responseTopic } from "./topics.ts";

/** What it works with. */
export interface RequestsOptions extends HomeAssistantRights {
  readonly broker: Pick<MeshBroker, "publish">;
  readonly orders: Pick<Orders, "refusal" | "give">;
  readonly questions: Pick<OwnerQuestions, "askOrder">;
  readonly publisher: Pick<HomeAssistantPublisher, "device" | "list" | "repeat">;
  readonly clock: Clock;
  readonly log: Log;
}

type Transaction = string | number | undefined;

interface Answer {
  readonly status: "ok" | "error" | "waiting";
  readonly data?: unknown;
  readonly error?: MeshError;
  readonly transaction?: Transaction;
}

/** Messages of Home Assistant, and answers to it. */
const messages: Quota = { perSecond: 50, burst: 200 };
const answers: Quota = { perSecond: 20, burst: 100 };
/** How often a flood is told that it is one. */
const warnings: Quota = { perSecond: 1, burst: 1 };
/** Orders under way, of one device and of all. */
const mostEach = 16;
const mostAtOnce = 128;
/** How long an order waits for the ones before it. */
const patienceMs = 30_000;

/** Answers Home Assistant. */
export class HomeAssistantRequests {
  readonly #options: RequestsOptions;
  readonly #log: Log;
  readonly #messages: TokenBucket;
  readonly #answers: TokenBucket;
  readonly #warnings: TokenBucket;
  readonly #underWay = new Tally();

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("home-assistant"), options.clock);
    this.#messages = new TokenBucket(messages, options.clock);
    this.#answers = new TokenBucket(answers, options.clock);
    this.#warnings = new TokenBucket(warnings, options.clock);
  }

  /** Takes a message; whatever is in it, the next one is read. */
  take({ topic, payload, from }: BrokerMessage): void {
    if (from === undefined) return;
    const request = topic.startsWith(requestPrefix) ? topic.slice(requestPrefix.length) : undefined;
    const at = request === undefined ? readDeviceTopic(topic) : undefined;
    const name = request === undefined ? (at?.verb ?? "set") : request;
    if (!this.#messages.take()) {
      const error = new MeshError("ERR_BUSY", `more than ${messages.perSecond} messages a second are not read`);
      this.#log.warn("home_assistant.message_left_out", { octets: payload.length });
      if (this.#warnings.take()) this.#send(name, { status: "error", error });
      return;
    }
    (request === undefined ? this.#tell(at, payload) : this.#ask(request, payload)).catch((error: unknown) =>
      this.#log.warn("home_assistant.unanswered", { reason: asMeshError(error).message }),
    );
  }

  async #ask(request: string, payload: Uint8Array): Promise<void> {
    let transaction: Transaction;
    try {
      const object = payload.length === 0 ? {} : readObject(payload);
      transaction = transactionOf(object);
      if (request === "health_check") return this.#answer(request, { status: "ok", data: { healthy: true }, transaction });
      if (request === "devices") return this.#answer(request, { status: "ok", data: this.#options.publisher.list(), transaction });
      throw new MeshError("ERR_NOT_FOUND", `this hub has no request ${JSON.stringify(shorten(request, 64))}: health_check and devices are there`);
    } catch (error) {
      this.#answer(request, { status: "error", error: asMeshError(error), transaction });
    }
  }

  async #tell(at: ReturnType<typeof readDeviceTopic>, payload: Uint8Array): Promise<void> {
    const { publisher } = this.#options;
    const id = shorten(at?.udf ?? "", 64);
    let transaction: Transaction;
    try {
      const device = at && publisher.device(at.udf);
      if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${JSON.stringify(id)} is shared with Home Assistant`);
      if (at.verb === "get") {
        if (payload.length > mostSetOctets) throw new MeshError("ERR_TOO_LARGE", `the message has more than ${mostSetOctets} octets`);
        return await publisher.repeat(device.udf);
      }
      const object = readObject(payload);
      transaction = transactionOf(object);
      const outcome = await this.#order(device.udf, { ...readSet(device.description, object), transaction });
      if (outcome === undefined) return;
      const { result, report } = outcome;
      if (result !== "Accept") throw new MeshError("ERR_REJECTED", report ?? `the device answered ${result}`);
      if (transaction !== undefined) this.#answer("set", { status: "ok", data: { id }, transaction });
    } catch (error) {
      this.#answer(at?.verb ?? "set", { status: "error", data: { id }, error: asMeshError(error), transaction });
    }
  }

  /** Gives an order; undefined when the owner was asked. */
  async #order(
    deviceUdf: string,
    { command, arguments: values, transaction }: ReturnType<typeof readSet> & { readonly transaction: Transaction },
  ): Promise<OrderOutcome | undefined> {
    const { orders, questions, clock } = this.#options;
    if (this.#underWay.of(deviceUdf) >= mostEach || this.#underWay.total >= mostAtOnce) {
      throw new MeshError("ERR_BUSY", `${mostEach} orders for one device or ${mostAtOnce} for all are under way, and no more are taken`);
    }
    const order = { principal: principalFor(this.#options, { deviceUdf, command, arguments: values }), deviceUdf, command, arguments: values };
    this.#underWay.add(deviceUdf);
    try {
      return await orders.give({ ...order, until: clock.monotonic() + patienceMs });
    } catch (error) {
      if (!isMeshError(error, "ERR_CONFIRMATION_NEEDED")) throw error;
      const { about, expires, outcome } = questions.askOrder(order);
      this.#answer("set", { status: "waiting", data: { id: deviceUdf, waits_for: "the owner", about: visible(about), expires }, transaction });
      outcome.then(
        ({ result }) => this.#answer("set", { status: result === "Accept" ? "ok" : "error", data: { id: deviceUdf, result }, transaction }),
        (failed: unknown) => this.#answer("set", { status: "error", data: { id: deviceUdf }, error: asMeshError(failed), transaction }),
      );
      return undefined;
    } finally {
      this.#underWay.drop(deviceUdf);
    }
  }

  #answer(request: string, answer: Answer): void {
    const { error } = answer;
    if (error) this.#log.info("home_assistant.refused", { code: error.code, reason: error.message });
    if (this.#answers.take()) this.#send(request, answer);
  }

  #send(request: string, { status, data = {}, error, transaction }: Answer): void {
    const known = ["set", "get", "health_check", "devices"].includes(request) ? request : "unknown";
    const body = {
      data,
      status,
      ...(error ? { error: error.message, code: error.code } : {}),
      ...(transaction === undefined ? {} : { transaction }),
    };
    this.#options.broker
      .publish({ topic: responseTopic(known), payload: utf8(JSON.stringify(body)) })
      .catch((thrown: unknown) => this.#log.warn("home_assistant.unsaid", { reason: asMeshError(thrown).message }));
  }
}
