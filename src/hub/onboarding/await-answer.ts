/** Step accept: what came of the offer of one run. */
import { MeshError } from "../../base/errors.ts";
import { isGuarding, type OpenedDescription } from "../../schema/index.ts";
import type { KnownDevice } from "../device/known-devices.ts";
import type { RunState } from "./run-state.ts";
import type { RunSurroundings } from "./run-surroundings.ts";

/**
 * The device, once `dealt` has it; "unreadable" when the administrators have other keys than those that the offer was sealed to.
 * Errors: ERR_REJECTED, ERR_OFFER_EXPIRED, the signal's reason.
 */
export async function awaitAnswer(
  around: RunSurroundings,
  { offer, joiner }: RunState,
  dealt: () => KnownDevice | undefined,
): Promise<KnownDevice | "unreadable"> {
  const { account, answers, changed, signal } = around;
  if (!offer) throw new MeshError("ERR_INTERNAL", "an answer without an offer");
  const device = await changed.until(
    (): KnownDevice | "unreadable" | undefined => {
      const known = dealt();
      if (known) return known;
      const answer = answers.to(offer.messageId, joiner);
      if (answer?.Result === "Reject")
        throw new MeshError("ERR_REJECTED", `the owner refused the device: ${answer.ErrorReport ?? "no reason given"}`);
      if (answer?.Result === "Expired") throw new MeshError("ERR_OFFER_EXPIRED", "the offer was answered too late");
      return offer.sealedTo !== undefined && offer.sealedTo !== account.profile.AdministratorEncryption.Udf ? "unreadable" : undefined;
    },
    { timeMs: offer.expires - account.ports.clock.now(), signal },
  );
  if (!device) throw new MeshError("ERR_OFFER_EXPIRED", "no administration device accepted the offer in time");
  return device;
}

/** Who is waited for, and what helps: a machine that accepts by itself takes what opens, guards, heats or moves only with its button pressed. */
export function awaitedText({ description }: Pick<OpenedDescription, "description">, isOfSplit: boolean): string {
  if (isOfSplit) return "waiting for the machine that has half of the split to accept";
  const help = isGuarding(description) ? "; it does so unasked only where the device's button was pressed before the scan" : "";
  return `waiting for an administration device to accept ('meshman device pending' there)${help}`;
}
