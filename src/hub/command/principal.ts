/**
 * Who gives an order, and whether he may give it: one rule for what is said in the house and for what comes from afar (docs/design.md §7). Whoever can
 * open the hub's socket is its owner; a device of the account has what its signed connection says; everybody else what an administration device has
 * written into MMM_Grant (docs/extensions.md §18). Rights are limited by place, class and device. What can do harm is never for programs that speak for
 * whoever speaks to them: it is refused with a reason that lets the caller ask a device of the owner.
 */
import type { DirectoryEntry } from "../../account/hub.ts";
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { CatalogedGrant, DeviceProperty, GrantKind, GrantRight, StateValue } from "../../schema/index.ts";
import { classKey, isGrantKind, isRiskyOrder, isUnattended } from "../../schema/index.ts";

/** One thing that a principal may do; a limit that is absent limits nothing. */
export interface Right {
  /** `manage`: connect devices, clear alarms. */
  readonly allows: "read" | "command" | "manage";
  /** Keys of places; what stands in a part of one stands in it. */
  readonly places?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  /** Fingerprints. */
  readonly devices?: readonly string[] | undefined;
  readonly commands?: readonly string[] | undefined;
  /** Only what does no harm. */
  readonly harmless?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** What gives an order: the owner of the machine, a device of the account, an automation of the account, or the holder of a grant. */
export type PrincipalKind = "owner" | "device" | "automation" | GrantKind;

/** Who gives an order. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** Names it where its name may change: a fingerprint, or the key of the grant. */
  readonly id: string;
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
  /** What it is told with the command; none where the hub only carries what it cannot read. */
  readonly arguments?: readonly StateValue[] | undefined;
  /** Of the device, as its maker describes them. */
  readonly properties?: readonly DeviceProperty[] | undefined;
}

/** Whether the hub itself still stands with its account. "lapsed": it could not show that for so long that it serves only harmless orders in the house. */
export type Standing = "good" | "lapsed";

/** What else counts. */
export interface Circumstances {
  readonly standing: Standing;
  /** Milliseconds since 1970; undefined while no time can be trusted: then a right with an end is none. */
  readonly now: number | undefined;
}

const everything: readonly Right[] = [{ allows: "read" }, { allows: "command" }, { allows: "manage" }];

/** Whoever speaks through the hub's own socket, which only the owner of the machine can open. */
export const socketOwner: Principal = { kind: "owner", id: "owner", name: "the owner", from: "house", rights: everything };

/** An automation that an administration device has written into the account: what does no harm it orders, all else is confirmed by a person. */
export function automationPrincipal(key: string, name: string): Principal {
  const rights: readonly Right[] = [{ allows: "read" }, { allows: "command", harmless: true }];
  return { kind: "automation", id: key, name, from: "house", rights };
}

/** A device of the account, by its signature: its role, and the finer lists where its connection has them. */
export function devicePrincipal({ udf, connection: { Roles, Capabilities = [] } }: DirectoryEntry): Principal {
  const limits = Capabilities.filter(({ tag }) => tag === "CapabilityCommand");
  const limited = limits.map(({ value }): Right => ({ allows: "command", devices: value.DeviceUdf, commands: value.Commands }));
  const rights = limits.length === 0 ? everything : [{ allows: "read" } as const, ...limited];
  return { kind: "device", id: udf, name: udf, from: "afar", rights: Roles.includes("command") ? rights : [] };
}

/** True for who may order everything: nothing less lets anybody make a link to the page, which may do that. */
export function commandsWholeHouse({ rights }: Principal): boolean {
  return rights.some(({ allows, devices, commands }) => allows === "command" && devices === undefined && commands === undefined);
}

/** Members of the lists that a grant's rights have, and rights of one grant: what is longer is an entry that this program does not understand. */
const mostLimits = 1024;
const mostRights = 64;

/**
 * The holder of a grant. How he has shown that it is his is the caller's to check. A kind that is not known here, lists that are too long, and rights
 * of no known form allow nothing.
 * @param from where the order comes in
 */
export function grantPrincipal({ Key, Kind, LocalName, Rights, NotBefore, NotOnOrAfter }: CatalogedGrant, from: Principal["from"]): Principal {
  const since = NotBefore === undefined ? undefined : fromDateTime(NotBefore);
  const until = NotOnOrAfter === undefined ? undefined : fromDateTime(NotOnOrAfter);
  const isKnown = isGrantKind(Kind) && Rights.length <= mostRights;
  const rights = isKnown ? Rights.flatMap((right) => rightOf(right, { since, until, isUnattended: isUnattended(Kind) })) : [];
  return { kind: isGrantKind(Kind) ? Kind : "token", id: Key, name: `${LocalName} (${Kind})`, from, rights };
}

function rightOf(
  { Allows, Places, Classes, Devices, Commands, Risky }: GrantRight,
  { since, until, isUnattended: never }: { readonly since: number | undefined; readonly until: number | undefined; readonly isUnattended: boolean },
): readonly Right[] {
  if (Allows !== "read" && Allows !== "command") return [];
  if ([Places, Classes, Devices, Commands].some((limit) => (limit?.length ?? 0) > mostLimits)) return [];
  return [
    { allows: Allows, places: Places, classes: Classes, devices: Devices, commands: Commands, harmless: never || Risky !== true, since, until },
  ];
}

/**
 * Why an order is refused; undefined when one of the principal's rights covers it. ERR_NOT_AUTHORIZED; ERR_CONFIRMATION_NEEDED when nothing but the harm
 * that it may do stands against it: then a device of the owner may confirm it.
 */
export function authorize(principal: Principal, asked: Asked, { standing, now }: Circumstances): MeshError | undefined {
  const { deviceUdf, command } = asked;
  const what = command === undefined ? `read ${deviceUdf}` : `give ${command} to ${deviceUdf}`;
  if (!principal.rights.some((right) => covers(right, asked, now))) {
    const isNear = command !== undefined && principal.rights.some((right) => covers({ ...right, harmless: false }, asked, now));
    if (isNear && standing === "good") return confirmationNeeded(principal, what);
    return new MeshError("ERR_NOT_AUTHORIZED", `${principal.name} may not ${what}`);
  }
  if (standing === "lapsed" && command !== undefined && (principal.from !== "house" || isHarmful(asked))) {
    return new MeshError("ERR_NOT_AUTHORIZED", `this hub may not ${what}: its account has not confirmed it for too long`, {
      hint: "give the hub Internet, so that its service can confirm it; until then only harmless orders in the house are carried out",
    });
  }
  return undefined;
}

/** True for those behind whom a person stands; programs give orders for reasons of their own. */
export function isPerson({ kind }: Pick<Principal, "kind">): boolean {
  return kind === "owner" || kind === "device" || kind === "guest" || kind === "page" || kind === "satellite";
}

/** The refusal of what a device of the owner may still confirm. */
export function confirmationNeeded({ name }: Principal, what: string): MeshError {
  return new MeshError("ERR_CONFIRMATION_NEEDED", `${name} may not ${what} by itself: this needs a confirmation`);
}

/** Whether a principal has a right of a kind at all, and for "manage" whether it may: that knows no limits, so that a right with some is none. */
export function hasRight({ rights }: Principal, allows: Right["allows"], now: number | undefined): boolean {
  return rights.some((right) => right.allows === allows && !(allows === "manage" && isLimited(right)) && !isOver(right, now));
}

/** Whether a right is for a part of the house alone. */
export function isLimited({ places, classes, devices, commands }: Pick<Right, "places" | "classes" | "devices" | "commands">): boolean {
  return [places, classes, devices, commands].some((limit) => limit !== undefined);
}

function isOver({ since, until }: Right, now: number | undefined): boolean {
  if (until !== undefined && (now === undefined || !(now < until))) return true;
  return since !== undefined && (now === undefined || !(now >= since));
}

function covers(right: Right, asked: Asked, now: number | undefined): boolean {
  const { deviceUdf, deviceClass, places, command } = asked;
  if (right.allows !== (command === undefined ? "read" : "command") || isOver(right, now)) return false;
  if (right.devices?.includes(deviceUdf) === false) return false;
  if (right.places?.some((place) => places.includes(place)) === false) return false;
  if (right.classes && (deviceClass === undefined || !right.classes.some((name) => classKey(name) === classKey(deviceClass)))) return false;
  if (command === undefined) return true;
  return right.commands?.includes(command) !== false && !(right.harmless === true && isHarmful(asked));
}

function isHarmful({ deviceClass, command = "", arguments: values = [], properties }: Asked): boolean {
  return isRiskyOrder({ class: deviceClass, command, arguments: values, properties });
}
