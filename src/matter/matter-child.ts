/** A Matter process that the hub starts and ends: a child with a socket as descriptor 3, held to a directory of its own, with nothing of the hub's environment. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import type { Log } from "../base/log.ts";
import { ownProgram } from "../base/package-root.ts";
import { withPipes } from "../base/with-pipes.ts";
import { codeReads, confinement } from "./confinement.ts";
import type { MatterProcess } from "./keeper.ts";

/** What it is started with. */
export interface MatterChildOptions {
  /** UDP port; 0 takes any. */
  readonly port: number;
  /** Name of the one network interface. */
  readonly interface?: string | undefined;
  /** Where it keeps what ecosystems have told it. */
  readonly storage: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** What it says of its own death is in the last of this: an error of Node's has its reason before a stack of some lines. */
const mostComplaint = 4000;
/** How long it has to end by itself. */
const killMs = 3000;

/** Starts it. Errors: ERR_BUSY where this process may open nothing more. */
export function matterChild({ port, interface: networkInterface = "", storage, env, log }: MatterChildOptions): MatterProcess {
  mkdirSync(storage, { recursive: true, mode: 0o700 });
  const isCompiled = import.meta.url.endsWith(".js");
  const held = isCompiled ? confinement({ storage, reads: codeReads() }) : [];
  const words = [...held, ...ownProgram("src", "matter", "process", "main"), storage, String(port), networkInterface];
  const child = withPipes(
    spawn(process.execPath, words, {
      // The package would read a configuration of its own from where it is started.
      cwd: storage,
      env: env.PATH === undefined ? {} : { PATH: env.PATH },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    }),
  );
  let complaint = "";
  for (const output of [child.stdout, child.stderr]) {
    output?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-mostComplaint);
      log.debug("matter.process", { text: chunk.toString().slice(0, 1000) });
    });
  }
  const socket = child.stdio[3] as Socket;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => {
      socket.destroy();
      resolve(`the Matter process does not start: ${error.message}`);
    });
    child.once("close", (code, signal) => {
      const words = complaintIn(complaint);
      resolve(`the Matter process ended (${signal ?? `status ${code}`})${words === undefined ? "" : `: ${words}`}`);
    });
  });
  let isEnding = false;
  return {
    socket,
    ended,
    // The end of its socket tells it to close its storage and to end.
    end: () => {
      if (isEnding) return;
      isEnding = true;
      socket.destroy();
      const late = setTimeout(() => child.kill("SIGKILL"), killMs);
      void ended.then(() => clearTimeout(late));
    },
  };
}

/** Why a process has ended by its own words; what it was kept from, with the reason. */
export function complaintIn(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const error = lines.findLast((line) => /error/i.test(line) && !/^at |Warning:/.test(line));
  const resource = /^resource: '(.*)'/.exec(lines.findLast((line) => line.startsWith("resource: '")) ?? "")?.[1];
  return error === undefined ? undefined : `${error}${resource === undefined ? "" : ` (${resource})`}`.slice(0, 400);
}
