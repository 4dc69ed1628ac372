/** Whether the local recogniser can be started here, and what this machine holds it by: it is started once, as the hub does it, and asked for nothing. */
import { execFile } from "node:child_process";
import * as v from "valibot";
import type { Probe } from "../../transport/probe.ts";
import { complaintIn, heldBy, recogniserCommand, takenToLearn } from "./helper.ts";

const mostMs = 30_000;
const first = v.object({ held: v.array(v.picklist(heldBy)) });
const second = v.object({ lacks: v.array(v.picklist(takenToLearn)) });
/** Where the kernel does not do it, in words. */
const unheld = {
  files: "this kernel has no Landlock, so that a fault in the recogniser may read what the hub's user may read",
  calls: "libseccomp2 is not there, so that a fault in the recogniser may reach the network and the hub's socket",
} as const;

/** What each of them is, and comes with. */
const untaken = {
  numpy: "Debian's package python3-numpy",
  library: "the libpocketsphinx3 of Debian's python3-pocketsphinx, as the library here has other functions",
} as const;

/** Looks. @param command the program, for tests */
export function probeRecogniser(command: readonly string[] = recogniserCommand): Promise<Probe> {
  const [program = "", ...words] = command;
  return new Promise((resolve) => {
    const child = execFile(program, words, { env: { PATH: "/usr/bin:/bin" }, timeout: mostMs, maxBuffer: 65_536 }, (error, stdout, stderr) => {
      if (error) {
        const detail = (complaintIn(stderr) ?? error.message.split("\n", 1)[0] ?? "").slice(0, 400);
        resolve({
          state: "unavailable",
          detail,
          remedy: 'install Debian\'s packages python3-pocketsphinx and pocketsphinx-en-us, or set speech.recogniser to "off"',
        });
        return;
      }
      const [told, ready] = stdout.split("\n");
      const lacking = heldBy.filter((what) => !(said(first, told)?.held ?? []).includes(what));
      const learning = learningOf(said(second, ready)?.lacks);
      if (lacking.length === 0)
        resolve({ state: "ready", detail: `pocketsphinx, English, ${learning}; held from files, network and other programs` });
      else
        resolve({
          state: "unavailable",
          detail: lacking.map((what) => unheld[what]).join("; "),
          remedy: "it works so; take another kernel, or install libseccomp2, to have it held",
        });
    });
    // It ends when nobody asks any more.
    child.stdin?.end();
  });
}

function learningOf(lacks: v.InferOutput<typeof second>["lacks"] | undefined): string {
  if (lacks === undefined) return "whether it learns voices is not known";
  return lacks.length === 0 ? "learns voices" : `learns no voices, for which it needs ${lacks.map((what) => untaken[what]).join(" and ")}`;
}

/** A line of its answers; undefined where it is none of these. */
function said<T>(schema: v.GenericSchema<unknown, T>, line = ""): T | undefined {
  try {
    return v.parse(schema, JSON.parse(line));
  } catch {
    return undefined;
  }
}
