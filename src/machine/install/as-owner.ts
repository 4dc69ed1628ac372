/** Programs of the package as the users of their services: nothing that they write belongs to root. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { MeshError } from "../../base/errors.ts";
import type { ProgramPlace, ServiceName } from "./unit-file.ts";

/** Where the owner's part of a household keeps account and keys. */
export const ownerDirectory = "/var/lib/mesh-owner";

/** True while the owner's keys lie beside a hub that was installed on this machine; its other users see that the directory is there, and nothing in it. */
export function isOwnerBeside(hubDirectory: string): boolean {
  return dirname(hubDirectory) === dirname(ownerDirectory) && existsSync(ownerDirectory);
}

type Place = Pick<ProgramPlace, "node" | "packageRoot">;

/** The command line that runs a program of the package as the user of a service. */
export function asUser(service: ServiceName, { node, packageRoot }: Place, program: string, args: readonly string[]): readonly string[] {
  return ["runuser", "-u", service, "--", node, `${packageRoot}/dist/src/app/${program}.js`, ...args];
}

/**
 * Runs meshman as the owner of the household on this machine, at this terminal.
 * Errors: ERR_NO_ACCOUNT where there is no such household, ERR_PERMISSION for others than root and the owner's user, ERR_ADAPTER.
 * @returns its exit status
 */
export async function runAsOwner(place: Place, words: readonly string[]): Promise<number> {
  if (!existsSync(ownerDirectory))
    throw new MeshError("ERR_NO_ACCOUNT", "the owner of this hub is not on this machine", {
      hint: "use 'meshman' on a machine of the owner; 'sudo mesh-hub install --with-owner' makes a household in one box",
    });
  const isOwner = userInfo().username === "mesh-owner";
  if (!isOwner && process.getuid?.() !== 0)
    throw new MeshError("ERR_PERMISSION", "only root may act as the owner of this box", { hint: "run it with sudo" });
  const [first = "", ...rest] = asUser("mesh-owner", place, "meshman", ["--dir", ownerDirectory, ...words]);
  const [program, args] = isOwner ? [place.node, rest.slice(rest.indexOf(place.node) + 1)] : [first, rest];
  const child = spawn(program, args, { stdio: "inherit" });
  // The terminal tells both of Ctrl-C; this one waits for the other's word.
  const [status] = (await once(child, "exit").catch((cause: unknown) => {
    throw new MeshError("ERR_ADAPTER", `cannot run ${program}`, { cause });
  })) as [number | null];
  return status ?? 130;
}
