/** What controllers of Matter order: the way of all orders. What can do harm is refused there and then, and put before the owner's devices. */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { BridgedWant, WantOutcome } from "../../matter/line.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import type { Order, Orders } from "../command/order.ts";
import type { ProgramRights, SpeakingProgram } from "../command/program-principal.ts";
import { programMayRead, programPrincipal } from "../command/program-principal.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import { wantedOrder } from "./wanted-order.ts";

/** What it works with. */
export interface MatterOrdersOptions extends ProgramRights {
  readonly orders: Pick<Orders, "refusal" | "give">;
  readonly questions: Pick<OwnerQuestions, "askOrder">;
  /** The description of a device that goes out now. */
  readonly describe: (udf: string) => DeviceDescription | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export const matterProgram: SpeakingProgram = { kind: "matter", name: "Matter" };

/** A controller that waits longer gives up; an order that it believes lost must not come after. */
const patienceMs = 8000;

/** Judges what controllers want. */
export class MatterOrders {
  readonly #options: MatterOrdersOptions;
  readonly #log: Log;

  constructor(options: MatterOrdersOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("matter"), options.clock);
  }

  /** Whether a device may go out. */
  mayRead(udf: string): boolean {
    return programMayRead(matterProgram, this.#options, udf);
  }

  /** Gives an order; what it led to. Never rejects. */
  async give(udf: string, want: BridgedWant): Promise<WantOutcome> {
    const { orders, clock } = this.#options;
    let order: Order | undefined;
    try {
      const description = this.#options.describe(udf);
      if (!description) throw new MeshError("ERR_NOT_AUTHORIZED", "the device does not go out to Matter");
      const wanted = wantedOrder(description, want);
      order = { principal: programPrincipal(matterProgram, this.#options, { deviceUdf: udf, ...wanted }), deviceUdf: udf, ...wanted };
      const { result } = await orders.give({ ...order, until: clock.monotonic() + patienceMs });
      return result === "Accept" ? "done" : "failed";
    } catch (error) {
      const { code, message } = asMeshError(error);
      this.#log.info("matter.refused", { device: udf, code, reason: message });
      if (order && isMeshError(error, "ERR_CONFIRMATION_NEEDED")) this.#ask(order);
      if (code === "ERR_BUSY") return "busy";
      return code === "ERR_CONFIRMATION_NEEDED" || code === "ERR_NOT_AUTHORIZED" ? "refused" : "failed";
    }
  }

  /** Puts it before the owner; nobody waits here for what he says. */
  #ask(order: Order): void {
    try {
      this.#options.questions.askOrder(order);
    } catch (error) {
      this.#log.info("matter.not_asked", { device: order.deviceUdf, reason: asMeshError(error).message });
    }
  }
}
