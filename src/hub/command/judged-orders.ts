/**
 * Orders that a device judges itself (extensions §15), as far as its hub has to do with them: it fetches a nonce, carries the sealed order, and brings
 * the device's signed word. It can neither make, read nor repeat one, so its own rights do not count here, only whether the asker may ask at all.
 * One order at a time per device.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { DeviceDescription, DeviceReport, Enveloped, StateValue } from "../../schema/index.ts";
import { judgesOrders, orderNonceSeconds } from "../../schema/index.ts";
import type { DevicePort, Judgement, OrderNonce } from "../device/device-port.ts";
import { DeviceTurns } from "./device-turns.ts";
import type { Orders } from "./order.ts";
import type { Principal } from "./principal.ts";

/** What carrying orders needs. */
export interface JudgedOrdersOptions {
  readonly devices: Pick<DevicePort, "nonce" | "judge" | "signedReport">;
  readonly orders: Pick<Orders, "refusal" | "refusalAtTurn" | "audited">;
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  readonly clock: Clock;
}

/** What is asked of a device, and by whom. */
export interface JudgedRequest {
  readonly principal: Principal;
  readonly deviceUdf: string;
}

/** How long a device has to sign what came of an order. */
const judgeMs = 15_000;
/** How long an order waits for its turn: the nonce of one that came from afar is over then, and its device would refuse it. */
const mostWaitMs = 1000 * orderNonceSeconds.afar;

/** Who orders, by number; nonces are over long before so many others have asked. */
const mostNumbered = 1024;

/** The orders that this hub carries. */
export class JudgedOrders {
  readonly #options: JudgedOrdersOptions;
  readonly #turns: DeviceTurns;
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;

  constructor(options: JudgedOrdersOptions) {
    this.#options = options;
    this.#turns = new DeviceTurns(options.clock);
  }

  /** True for an order that its device takes from the owner's devices alone; without values, for a command that may be one. */
  judges(deviceUdf: string, command: string, values: readonly StateValue[] = []): boolean {
    const description = this.#options.describe(deviceUdf);
    return description !== undefined && judgesOrders(description, { command, arguments: values.length > 0 ? values : undefined });
  }

  /** A nonce of the device for one order. Errors: ERR_NOT_AUTHORIZED, ERR_COMMAND for a device that judges none, those of DevicePort. */
  nonce({ principal, deviceUdf, command }: JudgedRequest & { readonly command: string }): Promise<OrderNonce> {
    return this.#audited({ principal, deviceUdf, command }, "Pending", async () => {
      this.#check(principal, { deviceUdf, command });
      if (!this.judges(deviceUdf, command)) throw new MeshError("ERR_COMMAND", `${command} is no command that ${deviceUdf} judges itself`);
      return this.#options.devices.nonce(deviceUdf, orderNonceSeconds[principal.from], this.#numberOf(principal));
    });
  }

  /** For the device, which learns no more of him. Whoever gets here may order: there are as many as the account has devices and grants. */
  #numberOf({ id }: Principal): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    if (this.#numbers.size >= mostNumbered) this.#numbers.clear();
    this.#lastNumber += 1;
    this.#numbers.set(id, this.#lastNumber);
    return this.#lastNumber;
  }

  /** Carries an order. Errors: ERR_NOT_AUTHORIZED, ERR_BUSY, ERR_COMMAND_EXPIRED; those of DevicePort, when nothing is known of what came of it. */
  give(order: JudgedRequest & { readonly messageId: string; readonly sealed: Uint8Array; readonly timeoutMs?: number }): Promise<Judgement> {
    const { principal, deviceUdf, messageId, sealed, timeoutMs = judgeMs } = order;
    // Which command it is, only the device knows.
    return this.#audited({ principal, deviceUdf, command: "a sealed order" }, undefined, async () => {
      this.#check(principal, { deviceUdf });
      const refusal = (): MeshError | undefined => this.#options.orders.refusalAtTurn(principal, { deviceUdf });
      return this.#turns.run({ principal, deviceUdf, mostWaitMs, refusal }, () =>
        this.#options.devices.judge(deviceUdf, { messageId, sealed, timeoutMs }),
      );
    });
  }

  /** How the device is now, signed over the nonce of who asks. Errors: ERR_NOT_AUTHORIZED, those of DevicePort. */
  report({ principal, deviceUdf, nonce }: JudgedRequest & { readonly nonce: Uint8Array }): Promise<Enveloped<DeviceReport>> {
    this.#check(principal, { deviceUdf });
    return this.#options.devices.signedReport(deviceUdf, nonce);
  }

  /** @param done what the audit says when it went well; the device's result when undefined */
  async #audited<T>(
    order: JudgedRequest & { readonly command: string },
    done: string | undefined,
    task: () => Promise<T & { readonly result?: string }>,
  ): Promise<T> {
    const { orders } = this.#options;
    try {
      const outcome = await task();
      await orders.audited(order, done ?? outcome.result ?? "Pending");
      return outcome;
    } catch (error) {
      await orders.audited(order, asMeshError(error).code);
      throw error;
    }
  }

  #check(principal: Principal, asked: { readonly deviceUdf: string; readonly command?: string }): void {
    const refused = this.#options.orders.refusal(principal, asked);
    if (refused) throw refused;
  }
}
