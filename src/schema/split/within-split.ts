/** The limits of a split, as every verifier holds what was connected against them: service, hub, the account's devices, and the device itself. */
import { MeshError } from "../../base/errors.ts";
import { classKey, isHarmless } from "../device/device-class.ts";
import type { AdministratorSplit, SplitConnection } from "./administrator-split.ts";

/** Devices that one split may connect, and classes that it may name. */
export const mostOfSplit = 64;
export const mostClasses = 16;

/** Errors: ERR_NOT_AUTHORIZED says what is beyond the limits. Time and use of a number are for those who can know them. */
export function requireWithin(split: AdministratorSplit, connection: SplitConnection): void {
  const { Id, AccountUdf, HubUdf, Classes, Count } = split;
  const { Class, Serial } = connection;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_NOT_AUTHORIZED", `the split does not connect ${what}`, { hint: "connect it with an administration device" });
  };
  if (connection.SplitId !== Id || connection.AccountUdf !== AccountUdf) refuse("devices of another split");
  if (connection.HubUdf !== HubUdf) refuse("devices to another hub");
  if (!Number.isInteger(Serial) || Serial < 1 || Serial > Math.min(Count, mostOfSplit)) refuse(`more than ${Count} devices`);
  requireClass(split, Class);
  if (Classes.length > mostClasses) refuse(`devices of ${Classes.length} classes`);
}

/** The same of a device's class alone, before anything was made. Errors: ERR_NOT_AUTHORIZED. */
export function requireClass({ Classes }: Pick<AdministratorSplit, "Classes">, deviceClass: string): void {
  const named = Classes.some((one) => classKey(one) === classKey(deviceClass));
  if (named && isHarmless(deviceClass)) return;
  const shown = JSON.stringify(deviceClass.slice(0, 32));
  throw new MeshError("ERR_NOT_AUTHORIZED", `the split does not connect devices of class ${shown}: it is for ${Classes.join(", ").slice(0, 200)}`, {
    hint: "connect it with an administration device",
  });
}
