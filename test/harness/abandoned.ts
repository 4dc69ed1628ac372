/**
 * Scratch directories of runs that were killed, and could not remove them: what belonged to a process that lives no more is removed when the next run starts. Who a
 * directory belongs to stands in it: the runner, and the group of processes of the test file.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Owner {
  readonly pid: number;
  /** When it was started, by its machine's own count: another process may have its number later. */
  readonly started: string;
  readonly group?: number;
}

const ownerFile = ".owner";
const names = /^mesh-(run-)?\w{6}$/;
/** Notes in a directory that it belongs to this process, and to a group of processes. */
export function own(dir: string, group?: number): void {
  const owner: Owner = { pid: process.pid, started: startOf(process.pid), ...(group === undefined ? {} : { group }) };
  writeFileSync(join(dir, ownerFile), JSON.stringify(owner));
}

/** Removes what nobody owns any more. */
export function clearAbandoned(places: readonly string[]): void {
  for (const place of new Set(places)) {
    for (const name of namesIn(place)) {
      const dir = join(place, name);
      // Another user's directory is his own.
      if (names.test(name) && isMine(dir) && isAbandoned(dir)) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

function namesIn(place: string): readonly string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

function isMine(dir: string): boolean {
  const found = statSync(dir, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function isAbandoned(dir: string): boolean {
  const owner = ownerOf(dir);
  // A person may have a directory of such a name.
  if (owner === undefined) return false;
  const { pid, started, group } = owner;
  const isRunning = isAlive(pid) && startOf(pid) === started;
  return !isRunning && !(group !== undefined && isGroupAlive(group));
}

function ownerOf(dir: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, ownerFile), "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's lives, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What nobody has reaped is dead all the same. */
function isGroupAlive(group: number): boolean {
  const processes = namesIn("/proc").filter((name) => /^\d+$/.test(name));
  if (processes.length === 0) return isAlive(-group);
  return processes.some((pid) => {
    const [state, , ofGroup] = statOf(pid);
    return Number(ofGroup) === group && state !== "Z";
  });
}

/** Empty where the machine does not tell. */
function startOf(pid: number): string {
  return statOf(`${pid}`)[19] ?? "";
}

/** What Linux tells of a process, behind its name. */
function statOf(pid: string): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
