/**
 * Who gives an order, and whether he may give it: one rule for what is said in the house and for what comes from afar (docs/design.md §7). Whoever can
 * open the hub's socket is its owner; a device of the account has what its signed connection says. Rights are limited by place, class and device,
 * so that those of guests and bridges are further lists of the same form.
 */
import type { DirectoryEntry } from "../../account/hub.ts";
import { MeshError } from "../../base/errors.ts";
import { classKey, isRisky } from "../../schema/index.ts";

/** One thing that a principal may do; a limit that is absent limits nothing. */
export interface Right {
  readonly allows: "read" | "command";
  /** Keys of places; what stands in a part of one stands in it. */
  readonly places?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  /** Fingerprints. */
  readonly devices?: readonly string[] | undefined;
  readonly commands?: readonly string[] | undefined;
  /** Only what does no harm. */
  readonly harmless?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly until?: number | undefined;
}

/** Who gives an order. */
export interface Principal {
  /** As refusals and logs name it. */
  readonly name: string;
  readonly from: "house" | "afar";
  readonly rights: readonly Right[];
}

/** What is asked for, and of which device. */
export interface Asked {
  readonly deviceUdf: string;
  /** Undefined for a device that is not known, which is of no class that anybody was given. */
  readonly deviceClass: string | undefined;
  /** Keys of its place and of those around it. */
  readonly places: readonly string[];
  /** Undefined to read its state. */
  readonly command?: string | undefined;
}

/** Whether the hub itself still stands with its account. "lapsed": it could not show that for so long that it serves only harmless orders in the house. */
export type Standing = "good" | "lapsed";

/** What else counts. */
export interface Circumstances {
  readonly standing: Standing;
  /** Milliseconds since 1970; undefined while no time can be trusted: then a right with an end is none. */
  readonly now: number | undefined;
}

const everything: readonly Right[] = [{ allows: "read" }, { allows: "command" }];

/** Whoever speaks through the hub's own socket, which only the owner of the machine can open. */
export const socketOwner: Principal = { name: "the owner", from: "house", rights: everything };

/** A device of the account, by its signature: its role, and the finer lists where its connection has them. */
export function devicePrincipal({ udf, connection: { Roles, Capabilities = [] } }: DirectoryEntry): Principal {
  const limits = Capabilities.filter(({ tag }) => tag === "CapabilityCommand");
  const limited = limits.map(({ value }): Right => ({ allows: "command", devices: value.DeviceUdf, commands: value.Commands }));
  const rights = limits.length === 0 ? everything : [{ allows: "read" } as const, ...limited];
  return { name: udf, from: "afar", rights: Roles.includes("command") ? rights : [] };
}

/** Why an order is refused; undefined when one of the principal's rights covers it. ERR_NOT_AUTHORIZED. */
export function authorize(principal: Principal, asked: Asked, { standing, now }: Circumstances): MeshError | undefined {
  const { deviceUdf, command } = asked;
  const what = command === undefined ? `read ${deviceUdf}` : `give ${command} to ${deviceUdf}`;
  if (!principal.rights.some((right) => covers(right, asked, now))) return new MeshError("ERR_NOT_AUTHORIZED", `${principal.name} may not ${what}`);
  if (standing === "lapsed" && command !== undefined && (principal.from !== "house" || isHarmful(asked))) {
    return new MeshError("ERR_NOT_AUTHORIZED", `this hub may not ${what}: its account has not confirmed it for too long`, {
      hint: "give the hub Internet, so that its service can confirm it; until then only harmless orders in the house are carried out",
    });
  }
  return undefined;
}

function covers(right: Right, asked: Asked, now: number | undefined): boolean {
  const { deviceUdf, deviceClass, places, command } = asked;
  if ((right.allows === "read") !== (command === undefined)) return false;
  if (right.until !== undefined && (now === undefined || now >= right.until)) return false;
  if (right.devices?.includes(deviceUdf) === false) return false;
  if (right.places?.some((place) => places.includes(place)) === false) return false;
  if (right.classes && (deviceClass === undefined || !right.classes.some((name) => classKey(name) === classKey(deviceClass)))) return false;
  if (command === undefined) return true;
  return right.commands?.includes(command) !== false && !(right.harmless === true && isHarmful(asked));
}

function isHarmful({ deviceClass = "", command = "" }: Asked): boolean {
  return isRisky(deviceClass, command);
}
