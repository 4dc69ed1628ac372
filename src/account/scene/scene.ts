/**
 * Scenes: several orders under one name, which administration devices write and hubs carry out when somebody says the name (docs/extensions.md §22).
 * What is stored is orders of devices. A device that is added later is not part of a scene that was made before.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { CatalogedScene, SceneOrder } from "../../schema/index.ts";
import { isScene, mostSceneOrders, mostScenes, mostSceneTargets, sceneCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { isCalled } from "../naming/taken.ts";
import { put, remove } from "../store/edit.ts";
import { checkSpokenName, readsAutomation, requireAutomation } from "./automation-store.ts";

/** Other names of a scene. */
const mostNames = 8;

/**
 * Makes a scene.
 * Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_NAME, ERR_EXISTS, ERR_USAGE, ERR_QUOTA, and those of the service.
 */
export async function addScene(
  context: AccountContext,
  { name, aliases = [], orders }: { readonly name: string; readonly aliases?: readonly string[]; readonly orders: readonly SceneOrder[] },
): Promise<CatalogedScene> {
  await requireAutomation(context);
  if (aliases.length > mostNames) throw new MeshError("ERR_USAGE", `a scene has ${mostNames} other names at most`);
  if (scenesOf(context).length >= mostScenes)
    throw new MeshError("ERR_QUOTA", `the account has ${mostScenes} scenes already`, { hint: "delete some: 'meshman scene delete'" });
  const names = [name, ...aliases].map((text) => checkSpokenName(context, text));
  const scene: CatalogedScene = {
    Key: newNonce(context.ports.random),
    LocalName: names[0] ?? "",
    ...(names.length > 1 ? { LocalNames: names.slice(1).map((Name) => ({ Name })) } : {}),
    Orders: orders,
    Updated: dateTime(context.ports.clock.now()),
  };
  if (!isScene(scene))
    throw new MeshError("ERR_USAGE", `a scene has at least one order, ${mostSceneOrders} at most, and ${mostSceneTargets} devices in all of them`);
  await context.transact({ catalogs: [put(sceneCatalog, scene)] });
  return scene;
}

/** The scenes, by name. None where this device may not read them, or the account has none yet. */
export function scenesOf(context: AccountContext): readonly CatalogedScene[] {
  if (!readsAutomation(context)) return [];
  return context
    .list(sceneCatalog)
    .map(({ value }) => value)
    .sort((a, b) => a.LocalName.localeCompare(b.LocalName));
}

/** The scene of a name, or at least six characters of its key. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findScene(context: AccountContext, text: string): CatalogedScene {
  const found = scenesOf(context).filter((scene) => (text.length >= 6 && scene.Key.startsWith(text.toUpperCase())) || isCalled(scene, text));
  const [scene, ...others] = found;
  if (!scene) throw new MeshError("ERR_NOT_FOUND", `no scene is called ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'meshman scene list'" });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${found.length} scenes are called ${JSON.stringify(text.slice(0, 80))}`, {
      hint: `say the first characters of one: ${found.map(({ Key }) => Key.slice(0, 14)).join(", ")}`,
    });
  return scene;
}

/** Deletes a scene; its devices stay as they are. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function deleteScene(context: AccountContext, { Key }: Pick<CatalogedScene, "Key">): Promise<void> {
  administratorOf(context);
  await context.transact({ catalogs: [remove(sceneCatalog, Key)] });
}
