/** Automations of an account: orders at a time that comes again, or whenever something becomes so. Administration devices write them, hubs carry them out. docs/extensions.md §22 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { CatalogedAutomation } from "../../schema/index.ts";
import { automationCatalog, isScene, mostAutomations, mostAutomationTests, mostSaid, mostSceneOrders, mostSceneTargets } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { edit, put, remove } from "../store/edit.ts";
import { readsAutomation, requireAutomation } from "./automation-store.ts";

/**
 * Makes an automation.
 * Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_USAGE, ERR_QUOTA, and those of the service.
 */
export async function addAutomation(context: AccountContext, made: Omit<CatalogedAutomation, "Key" | "Updated">): Promise<CatalogedAutomation> {
  const [automation] = await addAutomations(context, [made]);
  if (automation === undefined) throw new MeshError("ERR_INTERNAL", "no automation was made");
  return automation;
}

/** Makes several, all or none. Errors: those of addAutomation. */
export async function addAutomations(
  context: AccountContext,
  made: readonly Omit<CatalogedAutomation, "Key" | "Updated">[],
): Promise<readonly CatalogedAutomation[]> {
  await requireAutomation(context);
  if (automationsOf(context).length + made.length > mostAutomations)
    throw new MeshError("ERR_QUOTA", `the account has ${automationsOf(context).length} automations already, and ${mostAutomations} at most`, {
      hint: "delete some: 'meshman automation delete'",
    });
  for (const one of made) checkAutomation(one);
  const automations = made.map((one) => ({ ...one, Key: newNonce(context.ports.random), Updated: dateTime(context.ports.clock.now()) }));
  await context.transact({ catalogs: automations.map((automation) => put(automationCatalog, automation)) });
  return automations;
}

function checkAutomation(made: Omit<CatalogedAutomation, "Key" | "Updated">): void {
  if (made.Said.length > mostSaid) throw new MeshError("ERR_USAGE", `the sentence of an automation has ${mostSaid} characters at most`);
  if ((made.If?.Tests.length ?? 0) > mostAutomationTests)
    throw new MeshError("ERR_USAGE", `an automation looks at ${mostAutomationTests} devices at most`);
  if (!isScene(made) || (made.After !== undefined && !isScene({ Orders: made.After })))
    throw new MeshError(
      "ERR_USAGE",
      `an automation has at least one order, ${mostSceneOrders} at most, and ${mostSceneTargets} devices in all of them`,
    );
}

/** The automations, by what was said. None where this device may not read them, or the account has none yet. */
export function automationsOf(context: AccountContext): readonly CatalogedAutomation[] {
  if (!readsAutomation(context)) return [];
  return context
    .list(automationCatalog)
    .map(({ value }) => value)
    .sort((a, b) => a.Said.localeCompare(b.Said));
}

/** The automation of at least six characters of its key, or of a part of its sentence. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findAutomation(context: AccountContext, text: string): CatalogedAutomation {
  const wanted = text.toLowerCase();
  const all = automationsOf(context);
  const byKey = all.filter(({ Key }) => text.length >= 6 && Key.startsWith(text.toUpperCase()));
  const found = byKey.length > 0 ? byKey : all.filter(({ Said }) => wanted !== "" && Said.toLowerCase().includes(wanted));
  const [automation, ...others] = found;
  const quoted = JSON.stringify(text.slice(0, 80));
  if (!automation) throw new MeshError("ERR_NOT_FOUND", `no automation says ${quoted}`, { hint: "see 'meshman automation list'" });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${found.length} automations say ${quoted}`, {
      hint: `say the first characters of one: ${found
        .slice(0, 8)
        .map(({ Key }) => Key.slice(0, 14))
        .join(", ")}`,
    });
  return automation;
}

/** Deletes an automation. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function deleteAutomation(context: AccountContext, { Key }: Pick<CatalogedAutomation, "Key">): Promise<void> {
  administratorOf(context);
  await context.transact({ catalogs: [remove(automationCatalog, Key)] });
}

/** Pauses an automation, or lets it go on, also one that a hub has stopped. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function pauseAutomation(context: AccountContext, { Key }: Pick<CatalogedAutomation, "Key">, isPaused: boolean): Promise<void> {
  administratorOf(context);
  const Updated = dateTime(context.ports.clock.now());
  const change = (entry: CatalogedAutomation | undefined): CatalogedAutomation | undefined => {
    if (entry === undefined) return undefined;
    const { Paused: _, ...rest } = entry;
    return { ...rest, ...(isPaused ? { Paused: true } : {}), Updated };
  };
  await context.transact({ catalogs: [edit(automationCatalog, Key, change)] });
}
