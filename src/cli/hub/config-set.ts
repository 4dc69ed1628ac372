/** `config set`: one value of the file of the configuration, which a hub that runs takes in or waits with until it is started again. */
import { readFile, realpath, stat } from "node:fs/promises";
import type { Reloaded } from "../../api/index.ts";
import { fileError, writeFileAtomic } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { checkConfig, fileWith, getAt } from "../../config/index.ts";
import { report } from "../term/output.ts";
import { type Invocation, startCommand } from "./invocation.ts";

/** Errors: ERR_USAGE for a key that there is not, ERR_CONFIG without a file and for a value that does not fit, ERR_PERMISSION. */
export async function configSet(invocation: Invocation, key: string, value: string): Promise<void> {
  const { load, output } = invocation;
  const { file: named } = load();
  if (named === undefined)
    throw new MeshError("ERR_CONFIG", "there is no hub.config.json to write to", { hint: "'mesh-hub init' writes one; or name it with --config" });
  const file = await realpath(named).catch((error: unknown) => Promise.reject(fileError(error, `cannot use ${named}`)));
  const text = fileWith(file, key, value);
  const [fault] = checkConfig(file, text);
  if (fault) throw new MeshError("ERR_CONFIG", `${fault.path}: ${fault.reason}`, { hint: "nothing was written" });
  const before = await readFile(file);
  // Root may write it, and a hub that is not root's has to read it.
  const { mode, uid, gid } = await stat(file);
  const as = { mode: mode & 0o777, owner: { uid, gid } };
  await writeFileAtomic(file, utf8(text), as);
  // A hub that runs and cannot go by it would not start with it either.
  const reloaded = await reload(invocation).catch(async (error: unknown) => {
    if (isMeshError(error, "ERR_CONFIG")) await writeFileAtomic(file, before, as);
    throw error;
  });
  const names = await namesNow(invocation, key, reloaded);
  const { config, origins } = load();
  report(output, { file, key, value: getAt(config, key), ...reloaded, ...(names.length === 0 ? {} : { notes: names }) }, () => {
    output.line(`${key} is ${JSON.stringify(getAt(config, key))}`);
    if (origins[key] !== named) output.say(`warning: ${origins[key]} counts, not ${file}`);
    for (const line of whatNow(invocation, key, reloaded)) output.say(line);
    for (const line of names) output.say(line);
  });
}

/** Most names that are told of here. */
const mostNames = 5;

/** Names that the hub does not hear well, where it hears by itself from now on: they were given when nobody asked that. */
async function namesNow({ hub }: Invocation, key: string, reloaded: Reloaded | undefined): Promise<readonly string[]> {
  if (key !== "speech.recogniser" || !reloaded?.taken.includes(key)) return [];
  // The value is set; a hub that cannot tell leaves it at that.
  const { doubts, more, remedies } = await hub()
    .namesInDoubt()
    .catch(() => ({ doubts: [], more: 0, remedies: [] }));
  const left = Math.max(0, doubts.length - mostNames) + more;
  return [
    ...doubts.slice(0, mostNames).map((doubt) => `note: ${doubt}`),
    ...(left === 0 ? [] : [`note: and ${left} more, which 'mesh-hub doctor' lists`]),
    ...remedies.map((remedy) => `hint: ${remedy}`),
  ];
}

/** What a hub that runs makes of it; undefined while none runs. */
async function reload({ hub }: Invocation): Promise<Reloaded | undefined> {
  try {
    return await hub().reload();
  } catch (error) {
    if (isMeshError(error, "ERR_HUB_NOT_RUNNING")) return undefined;
    throw error;
  }
}

function whatNow({ flags }: Invocation, key: string, reloaded: Reloaded | undefined): string[] {
  if (!reloaded) return ["no hub runs: it counts when one is started"];
  if (reloaded.taken.includes(key)) return ["the hub has taken it in"];
  if (!reloaded.waiting.includes(key)) return ["the hub went by it before, or has it from elsewhere: see 'mesh-hub config show --origin'"];
  const others = reloaded.waiting.filter((each) => each !== key);
  const also = others.length === 0 ? "" : `, as ${others.length === 1 ? "does" : "do"} ${others.join(", ")}`;
  return [`${key} waits until the hub is started again${also}`, `next: end the hub, then '${startCommand(flags)}'`];
}
