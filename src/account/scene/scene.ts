/**
 * Scenes: several orders under one name, which administration devices write and hubs carry out when somebody says the name (docs/extensions.md §22).
 * What is stored is orders of devices. A device that is added later is not part of a scene that was made before.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import { checkName } from "../../driver/index.ts";
import type { CatalogedScene, SceneOrder } from "../../schema/index.ts";
import { deviceCatalog, isScene, mostSceneOrders, mostScenes, mostSceneTargets, placeCatalog, sceneCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { handOnKeys } from "../device/hand-on.ts";
import { english, isCalled } from "../naming/taken.ts";
import { put, remove } from "../store/edit.ts";

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
  await requireStore(context);
  if (aliases.length > mostNames) throw new MeshError("ERR_USAGE", `a scene has ${mostNames} other names at most`);
  const scenes = scenesOf(context);
  if (scenes.length >= mostScenes)
    throw new MeshError("ERR_QUOTA", `the account has ${mostScenes} scenes already`, { hint: "delete some: 'meshman scene delete'" });
  const names = [name, ...aliases].map((text) => checkSceneName(context, text, scenes));
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
  if (!readsScenes(context)) return [];
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

/** A scene that is called like something else would be a question each time. Errors: ERR_NAME, ERR_EXISTS. */
function checkSceneName(context: AccountContext, text: string, scenes: readonly CatalogedScene[]): string {
  const { name } = checkName(text, english);
  if (scenes.some((scene) => isCalled(scene, name)))
    throw new MeshError("ERR_EXISTS", `there is a scene called ${JSON.stringify(name)} already`, { hint: "see 'meshman scene list'" });
  if (context.list(deviceCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_NAME", `a device is called ${JSON.stringify(name)}: nobody would know which of them is meant`);
  if (context.list(placeCatalog).some(({ value }) => isCalled(value, name)))
    throw new MeshError("ERR_NAME", `a place is called ${JSON.stringify(name)}: nobody would know which of them is meant`);
  return name;
}

/** Administrators alone write; an account of before gets the store first. Errors: ERR_NOT_AUTHORIZED, ERR_NOT_FOUND, those of the service. */
async function requireStore(context: AccountContext): Promise<void> {
  administratorOf(context);
  if (!readsScenes(context)) await handOnKeys(context);
  if (!readsScenes(context))
    throw new MeshError("ERR_NOT_FOUND", "the account has no store for scenes yet", {
      hint: "run 'meshman account sync', and see that the service is up to date",
    });
}

function readsScenes(context: AccountContext): boolean {
  return context.keys.storeKeys.has(sceneCatalog.label);
}
