/**
 * Gives a command to a device, if whoever asks may, and waits for the device's own word (docs/design.md §7). The one way for orders in the house and
 * from afar. One command at a time per device, in order of arrival.
 * The status is no reason to refuse: a device that seems away may answer.
 */
import type { Clock } from "../../base/clock.ts";
import { Condition } from "../../base/condition.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { shorten } from "../../base/shorten.ts";
import { newNonce } from "../../crypto/index.ts";
import { checkOrder } from "../../driver/index.ts";
import type { DeviceDescription, Result, StateValue } from "../../schema/index.ts";
import { isRisky, judgesOrders } from "../../schema/index.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { DevicePort } from "../device/device-port.ts";
import type { Shadow } from "../state/shadow-book.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { DeviceTurns } from "./device-turns.ts";
import type { Principal, Standing } from "./principal.ts";
import { authorize, confirmationNeeded } from "./principal.ts";

/** A command for one device. */
export interface Order {
  readonly principal: Principal;
  readonly deviceUdf: string;
  /** Names the request, so that the device carries it out once; a fresh name when absent. */
  readonly messageId?: string;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  readonly timeoutMs?: number;
  /** On the monotonic clock; what has not been given by then, because others were before it, is not given any more. */
  readonly until?: number | undefined;
  /** Key of the automation that gives it, whoever made that. */
  readonly automation?: string;
}

/** An order on its way. */
export interface GivenOrder {
  readonly order: Order;
  readonly isDone: boolean;
}

/** What became of it. */
export interface OrderOutcome {
  readonly result: Result;
  /** The device's reason for a refusal. */
  readonly report?: string;
  /** The device as it reported itself. */
  readonly shadow?: Shadow;
}

/** What giving orders needs. */
export interface OrdersOptions {
  readonly devices: DevicePort;
  readonly keeper: StateKeeper;
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  /** Keys of the places around a device, innermost first. */
  readonly placesOf: (deviceUdf: string) => readonly string[];
  /** Whether this hub still stands with its account; it does when absent. */
  readonly standing?: (() => Standing) | undefined;
  /** A principal as he stands when his order has its turn, undefined when there is none any more; as he came when absent. */
  readonly principalAtTurn?: ((principal: Principal) => Principal | undefined) | undefined;
  /** Trusted time; undefined while there is none. */
  readonly now?: (() => number | undefined) | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Keeps every order, allowed or refused. */
  readonly audit?: Pick<AuditLog, "note"> | undefined;
  readonly nameOf?: ((deviceUdf: string) => string | undefined) | undefined;
  /** Told of every order: who gave it, to which device, and what came of it. Never its values: a text may be a secret. */
  readonly log: Log;
}

/** UTF-16 units of a command's name in the log. */
const mostName = 64;
/** How long an order waits for its turn. */
const mostWaitMs = 60_000;
/** How long a device has to answer. */
export const defaultTimeoutMs = 8000;
/** How long a report may lag behind an answer that came without one. */
const reportMs = 2000;

/** The one way to command a device. */
export class Orders {
  readonly #options: OrdersOptions;
  readonly #log: Log;
  readonly #turns: DeviceTurns;
  readonly #given = new Listeners<GivenOrder, unknown>();

  constructor(options: OrdersOptions) {
    this.#options = options;
    this.#turns = new DeviceTurns(options.clock);
    this.#log = options.log.child("order");
  }

  /** Told of each order when its device is told, and once more when that has done it. Its answer waits for what they give back. */
  onOrder(listener: (given: GivenOrder) => unknown): () => void {
    return this.#given.add(listener);
  }

  /** Trusted time; undefined while there is none. */
  get now(): number | undefined {
    return this.#options.now?.();
  }

  /** Why a principal may not give a command, or without one may not read the state of a device; undefined when he may. ERR_NOT_AUTHORIZED, ERR_CONFIRMATION_NEEDED. */
  refusal(principal: Principal, { deviceUdf, command, arguments: values }: Pick<Order, "deviceUdf"> & Partial<Order>): MeshError | undefined {
    const { describe, placesOf, standing, now } = this.#options;
    const { Class: deviceClass, Properties: properties } = describe(deviceUdf) ?? {};
    const asked = { deviceUdf, deviceClass, places: placesOf(deviceUdf), command, arguments: values, properties };
    // How the hub itself stands does not matter for what it only carries.
    const isCarried = command !== undefined && this.#isJudged({ deviceUdf, command, arguments: values });
    return authorize(principal, asked, { standing: isCarried ? "good" : (standing?.() ?? "good"), now: now?.() });
  }

  /** The same when the turn of an order has come, by the rights of then too: those that he came with may have ended, and never grow. */
  refusalAtTurn(principal: Principal, asked: Parameters<Orders["refusal"]>[1]): MeshError | undefined {
    const { principalAtTurn } = this.#options;
    const standing = principalAtTurn ? principalAtTurn(principal) : principal;
    if (!standing) return new MeshError("ERR_NOT_AUTHORIZED", `${principal.name} may order nothing here any more`);
    return this.refusal(principal, asked) ?? this.refusal(standing, asked);
  }

  /** The arguments as the device takes them. Errors: ERR_NOT_FOUND for a device whose description is unknown, ERR_COMMAND. */
  check(order: Pick<Order, "deviceUdf" | "command" | "arguments">): readonly StateValue[] {
    const description = this.#options.describe(order.deviceUdf);
    if (!description) throw new MeshError("ERR_NOT_FOUND", `no device ${order.deviceUdf} is known here`);
    return checkOrder(description, order.command, order.arguments);
  }

  /**
   * Carries out a command.
   * Errors: ERR_NOT_AUTHORIZED, ERR_CONFIRMATION_NEEDED, ERR_COMMAND, ERR_COMMAND_EXPIRED, ERR_NOT_FOUND, ERR_DEVICE_OFFLINE, ERR_TIMEOUT, ERR_LINK.
   */
  async give(order: Order): Promise<OrderOutcome> {
    const { principal, deviceUdf, command } = order;
    const said = { principal: principal.name, from: principal.from, device: deviceUdf, command: shorten(command, mostName) };
    try {
      const outcome = await this.#give(order);
      this.#log.info("order.given", { ...said, result: outcome.result });
      const kept = this.audited(order, outcome.result);
      // What does no harm is not held up by the disk: its line is on the way to it.
      if (isRisky(this.#options.describe(deviceUdf)?.Class ?? "", command)) await kept;
      return outcome;
    } catch (error) {
      const { code } = asMeshError(error);
      this.#log.warn("order.failed", { ...said, code });
      await this.audited(order, code);
      throw error;
    }
  }

  /** Puts an order into the audit. @param outcome a Result, or the code of an error */
  async audited({ principal, deviceUdf, command }: Pick<Order, "principal" | "deviceUdf" | "command">, outcome: string): Promise<void> {
    const { audit, nameOf } = this.#options;
    await audit?.note({ principal, device: deviceUdf, deviceName: nameOf?.(deviceUdf) ?? "", command, outcome });
  }

  async #give(order: Order): Promise<OrderOutcome> {
    const refused = this.refusal(order.principal, order);
    if (refused) throw refused;
    this.#refuseJudged(order);
    const { messageId = newNonce(this.#options.random) } = order;
    const { principal, deviceUdf } = order;
    const checked = { ...order, messageId, arguments: this.check(order) };
    // By what the device takes.
    const refusal = (): MeshError | undefined => this.refusalAtTurn(principal, checked);
    return this.#turns.run({ principal, deviceUdf, mostWaitMs, refusal }, () => this.#send(checked));
  }

  /** What the device judges itself it takes from the owner's devices alone: the hub's own word must not open anything, whoever asks it to. */
  #refuseJudged(order: Order): void {
    if (!this.#isJudged(order)) return;
    const { principal, deviceUdf, command } = order;
    if (principal.kind !== "owner" && principal.kind !== "device") throw confirmationNeeded(principal, `give ${command} to ${deviceUdf}`);
    throw new MeshError("ERR_NOT_AUTHORIZED", `${command} is taken from a device of its owner alone: the word of the hub does not count`, {
      hint: "say it with 'meshman device say' on a machine of the owner that has the role command; on the hub's own machine that works without Internet, too",
    });
  }

  /** What an order sets counts with it; without values, as where a sealed one is only carried, what it might set. */
  #isJudged({ deviceUdf, command, arguments: values }: Pick<Order, "deviceUdf" | "command"> & Partial<Pick<Order, "arguments">>): boolean {
    const description = this.#options.describe(deviceUdf);
    return description !== undefined && judgesOrders(description, { command, arguments: values });
  }

  async #send(order: Order & { readonly messageId: string }): Promise<OrderOutcome> {
    const { devices, keeper, clock } = this.#options;
    const { deviceUdf, messageId, command, until = Number.POSITIVE_INFINITY } = order;
    const started = clock.monotonic();
    // What has an end of its own waits for a device that sleeps.
    const usualMs = devices.status(deviceUdf) === "Sleeping" && Number.isFinite(until) ? until - started : defaultTimeoutMs;
    const timeoutMs = Math.min(order.timeoutMs ?? usualMs, until - started);
    if (timeoutMs <= 0) throw new MeshError("ERR_COMMAND_EXPIRED", "the command expired while the device was busy with others");
    const change = new Condition(clock);
    let reported = false;
    const undo = keeper.onChange(({ shadow, changed }) => {
      if (shadow.deviceUdf !== deviceUdf || changed.length === 0) return;
      reported = true;
      change.notify();
    });
    const noted = this.#given.tell({ order, isDone: false });
    keeper.want(deviceUdf, order.arguments);
    try {
      const answer = await devices.command({ deviceUdf, messageId, command, arguments: order.arguments, timeoutMs });
      if (answer.Result === "Accept" && !answer.State) {
        const left = timeoutMs - (clock.monotonic() - started);
        await change.until(() => reported || undefined, { timeMs: Math.min(reportMs, left) });
      }
      if (answer.Result === "Accept") await Promise.all([...noted, ...this.#given.tell({ order, isDone: true })]);
      else keeper.unwant(deviceUdf);
      const shadow = keeper.shadow(deviceUdf);
      return { result: answer.Result, ...(answer.ErrorReport === undefined ? {} : { report: answer.ErrorReport }), ...(shadow ? { shadow } : {}) };
    } catch (error) {
      keeper.unwant(deviceUdf);
      throw error;
    } finally {
      undo();
    }
  }
}
