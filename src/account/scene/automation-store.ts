/** The store that scenes and groups of devices stand in, and the one check of their names. docs/extensions.md §22 */
import { MeshError } from "../../base/errors.ts";
import { checkName } from "../../driver/index.ts";
import { deviceCatalog, deviceGroupCatalog, placeCatalog, recipeCatalog, sceneCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { readsStore, requireStore } from "../device/late-store.ts";
import { english } from "../naming/english.ts";
import { isCalled } from "../naming/taken.ts";

/** Administrators alone write; an account of before gets the store first. Errors: ERR_NOT_AUTHORIZED, ERR_NOT_FOUND, those of the service. */
export async function requireAutomation(context: AccountContext): Promise<void> {
  await requireStore(context, sceneCatalog.label, "scenes");
}

/** True for a device that reads MMM_Automation; in accounts of before it is not there yet. */
export function readsAutomation(context: AccountContext): boolean {
  return readsStore(context, sceneCatalog.label);
}

/** A name that nothing else is called by: what is would be a question each time. Errors: ERR_NAME, ERR_EXISTS. */
export function checkSpokenName(context: AccountContext, text: string): string {
  const { name } = checkName(text, english());
  const quoted = JSON.stringify(name);
  if (context.list(sceneCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_EXISTS", `there is a scene called ${quoted} already`, { hint: "see 'meshman scene list'" });
  if (context.list(recipeCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_EXISTS", `there is a recipe called ${quoted} already`, { hint: "see 'meshman recipe list'" });
  if (context.list(deviceGroupCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_EXISTS", `there is a group of devices called ${quoted} already`, { hint: "see 'meshman device group list'" });
  if (context.list(deviceCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_NAME", `a device is called ${quoted}: nobody would know which of them is meant`);
  if (context.list(placeCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_NAME", `a place is called ${quoted}: nobody would know which of them is meant`);
  return name;
}
