/** Orders from afar (extensions §15): nonce, sealed order and signed report as RequestCommand and RespondCommand of the hub that speaks for the device. */
import { MeshError } from "../../base/errors.ts";
import type { RespondCommand } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CommandOrder, CommandOutcome, SendOptions } from "./command.ts";
import { sendCommands } from "./command.ts";
import type { OrderWay } from "./order-way.ts";

/** The way through the service. Errors of its methods: those of sendCommands. */
export function afarWay(context: AccountContext, options: SendOptions): OrderWay {
  const ask = async (order: CommandOrder, seconds = options.seconds): Promise<CommandOutcome> => {
    const asked = { ...options, ...(seconds === undefined ? {} : { seconds }) };
    const [outcome] = await sendCommands(context, [{ ...order, arguments: [] }], asked);
    if (!outcome) throw new MeshError("ERR_INTERNAL", "an order without an outcome");
    return outcome;
  };
  return {
    async nonce(order) {
      const { answer, error } = await ask(order);
      const { Nonce, NonceSeconds, DealEpoch }: Partial<RespondCommand> = answer ?? {};
      if (Nonce && NonceSeconds !== undefined && DealEpoch !== undefined) return { nonce: Nonce, seconds: NonceSeconds, dealEpoch: DealEpoch };
      throw error ?? new MeshError("ERR_REJECTED", "the hub gave no nonce of the device", { hint: "the hub runs an earlier version: update it" });
    },
    async bring(order, { messageId, sealed, seconds }) {
      const { answer, error } = await ask({ ...order, sealed: { messageId, octets: sealed } }, seconds);
      return { ...(answer?.EnvelopedReported ? { reported: answer.EnvelopedReported } : {}), ...(error ? { error } : {}) };
    },
    async report(order, nonce) {
      const { answer, error } = await ask({ ...order, reportNonce: nonce });
      if (answer?.EnvelopedReported) return answer.EnvelopedReported;
      throw error ?? new MeshError("ERR_REJECTED", "the hub brought no word of the device");
    },
  };
}
