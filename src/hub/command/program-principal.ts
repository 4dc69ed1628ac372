/**
 * Who orders when a program does that speaks for whoever speaks to it (Home Assistant, Matter), and what it sees: the list of the machine's owner, and
 * grants of its kind in MMM_Grant. Never what can do harm.
 */
import type { GrantBook } from "./grant-book.ts";
import type { Order, Orders } from "./order.ts";
import type { Principal } from "./principal.ts";
import { grantPrincipal } from "./principal.ts";

/** A program. */
export interface SpeakingProgram {
  readonly kind: "home-assistant" | "matter";
  readonly name: string;
}

/** What is asked. */
export interface ProgramRights {
  /** Fingerprints of the devices on the owner's list. */
  readonly shares: { readonly devices: readonly string[] };
  readonly grants: Pick<GrantBook, "list">;
  readonly orders: Pick<Orders, "refusal">;
}

/** The principals that stand behind a program. */
function principals({ kind, name }: SpeakingProgram, { shares, grants }: ProgramRights): readonly [Principal, ...Principal[]] {
  const { devices } = shares;
  const own: Principal = {
    kind,
    id: kind,
    name,
    from: "house",
    rights: [
      { allows: "read", devices },
      { allows: "command", devices, harmless: true },
    ],
  };
  return [
    own,
    ...grants
      .list()
      .filter(({ Kind }) => Kind === kind)
      .map((grant) => grantPrincipal(grant, "house")),
  ];
}

/** Whether a program may see a device. */
export function programMayRead(program: SpeakingProgram, rights: ProgramRights, deviceUdf: string): boolean {
  return principals(program, rights).some((principal) => rights.orders.refusal(principal, { deviceUdf }) === undefined);
}

/** Who gives an order: one that may, else one whose order the owner may confirm. */
export function programPrincipal(
  program: SpeakingProgram,
  rights: ProgramRights,
  order: Pick<Order, "deviceUdf" | "command" | "arguments">,
): Principal {
  const all = principals(program, rights);
  const refusals = all.map((principal) => rights.orders.refusal(principal, order));
  const may = all.find((_, index) => refusals[index] === undefined);
  return may ?? all.find((_, index) => refusals[index]?.code === "ERR_CONFIRMATION_NEEDED") ?? all[0];
}
