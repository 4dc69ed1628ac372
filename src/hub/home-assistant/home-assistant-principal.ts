/** Who orders when Home Assistant does, and what it sees. */
import type { Order } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import type { ProgramRights, SpeakingProgram } from "../command/program-principal.ts";
import { programMayRead, programPrincipal } from "../command/program-principal.ts";

/** What is asked. */
export type HomeAssistantRights = ProgramRights;

const program: SpeakingProgram = { kind: "home-assistant", name: "Home Assistant" };

/** Whether Home Assistant may see a device. */
export function mayRead(rights: HomeAssistantRights, deviceUdf: string): boolean {
  return programMayRead(program, rights, deviceUdf);
}

/** Who gives an order: one that may, else one whose order the owner may confirm. */
export function principalFor(rights: HomeAssistantRights, order: Pick<Order, "deviceUdf" | "command" | "arguments">): Principal {
  return programPrincipal(program, rights, order);
}
