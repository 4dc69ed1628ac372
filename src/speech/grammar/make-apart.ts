/**
 * Makes the grammar of a house in a process of its own: what is thrown away on the way is many times what is kept, and would stay with the hub as memory
 * that it does not use. The process knows the names and the words, and ends with its answer.
 */
import { spawn } from "node:child_process";
import { deserialize, serialize } from "node:v8";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, type ErrorCode, MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";
import { ownProgram } from "../../base/package-root.ts";
import { withPipes } from "../../base/with-pipes.ts";
import type { NameIndex } from "../../driver/index.ts";
import type { ListeningGrammar } from "./listening-grammar.ts";

/** What the process answers. */
export type MadeApart =
  | { readonly grammar: ListeningGrammar }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hint: string } };

/** For five hundred names on a slow machine. */
const deadlineMs = 120_000;
/** Octets of an answer: far more than the largest grammar has. */
const mostAnswer = 32 << 20;
/** What it says of its own death is the last of this. */
const mostComplaint = 400;

/** Errors: ERR_TOO_LARGE for too many names, ERR_ADAPTER without a dictionary or process, ERR_BUSY where none can be begun, ERR_TIMEOUT. @param stop ends it */
export async function makeApart(index: NameIndex, { clock, stop }: { readonly clock: Clock; readonly stop: AbortSignal }): Promise<ListeningGrammar> {
  const words = ownProgram("src", "speech", "grammar", "grammar-main");
  const child = begin(words, stop);
  const pieces: Buffer[] = [];
  let octets = 0;
  let complaint = "";
  child.stdout.on("data", (piece: Buffer) => {
    octets += piece.length;
    if (octets > mostAnswer) child.kill("SIGKILL");
    else pieces.push(piece);
  });
  child.stderr.on("data", (piece: Buffer) => {
    complaint = (complaint + piece.toString()).slice(-mostComplaint);
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(serialize(index));
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause) => reject(notBegun(cause)));
    child.once("close", (code, signal) => {
      if (code === 0) return resolve();
      const words = complaint.trim().split("\n").at(-1) || `its process ended with ${signal ?? code}`;
      reject(new MeshError("ERR_ADAPTER", `the grammar of speech is not made: ${words}`));
    });
  });
  const late = () => {
    child.kill("SIGKILL");
    return new MeshError("ERR_TIMEOUT", `the grammar of speech was not made in ${deadlineMs / 1000} s`);
  };
  await inTime(ended, { ms: deadlineMs, clock, late });
  const answer = deserialize(Buffer.concat(pieces)) as MadeApart;
  if ("grammar" in answer) return answer.grammar;
  const { code, message, hint } = answer.failure;
  throw new MeshError(code, message, { hint });
}

function begin(words: readonly string[], stop: AbortSignal) {
  try {
    // It needs nothing of the hub's environment.
    return withPipes(spawn(process.execPath, words, { env: {}, stdio: ["pipe", "pipe", "pipe"], signal: stop, killSignal: "SIGKILL" }));
  } catch (cause) {
    throw notBegun(cause);
  }
}

/** What this machine is short of, and what helps. */
function notBegun(cause: unknown): MeshError {
  const { code, message, hint } = asMeshError(cause);
  const about = `the grammar of speech is not made: ${message}`;
  return code === "ERR_BUSY" ? new MeshError(code, about, { hint, cause }) : new MeshError("ERR_ADAPTER", about, { cause });
}
