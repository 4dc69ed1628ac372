/** The process that listens (recogniser.py, held by confined.py): calls and answers on its pipes. It is not trusted to answer, to end, or to say what it should. */
import { type ChildProcess, spawn } from "node:child_process";
import * as v from "valibot";
import { MeshError } from "../../base/errors.ts";
import { packagePath } from "../../base/package-root.ts";
import { withPipes } from "../../base/with-pipes.ts";
import { Lines } from "../../transport/lines.ts";

/** Where Debian's packages put them. */
const debianPython = "/usr/bin/python3";
export const debianModel = "/usr/share/pocketsphinx/model/en-us";

/** The program and its words: what listens, run by what holds it. */
export const recogniserCommand: readonly string[] = [
  debianPython,
  "-I",
  packagePath("src", "speech", "recogniser", "confined.py"),
  ...["listening.py", "learning.py", "voices.py"].flatMap((file) => ["--with", packagePath("src", "speech", "recogniser", file)]),
  packagePath("src", "speech", "recogniser", "recogniser.py"),
  debianModel,
];
/** What it is to be held by: from files, and from calls that lead out of it. */
export const heldBy = ["files", "calls"] as const;

/** What it takes to learn how voices sound: numpy, and functions of the recogniser's own library. */
export const takenToLearn = ["numpy", "library"] as const;

const words = v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(128)));
/** What one of its searches has heard, and what speaks for it. */
const heardBySearch = {
  words,
  score: v.optional(v.pipe(v.number(), v.finite())),
  worst: v.optional(v.pipe(v.number(), v.finite())),
  sounds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  unlike: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
};
export type HeardBySearch = v.InferOutput<v.ObjectSchema<typeof heardBySearch, undefined>>;

/** What it says. */
const helperAnswer = v.object({
  id: v.pipe(v.number(), v.integer()),
  ...heardBySearch,
  /** By the language model, with the sentences that it finds likeliest. */
  likely: v.optional(v.object({ ...heardBySearch, sentences: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(16))) })),
  above: v.optional(v.pipe(v.number(), v.finite())),
  /** What it lacks to learn how voices sound, and whether it begins to. */
  lacks: v.optional(v.array(v.picklist(takenToLearn))),
  learned: v.optional(v.boolean()),
  /** Said before anything else. */
  held: v.optional(v.array(v.picklist(heldBy))),
  error: v.optional(v.pipe(v.string(), v.maxLength(400))),
});
export type HelperAnswer = v.InferOutput<typeof helperAnswer>;

const mostLine = 16_384;
/** What it says of its own death is the last of this. */
const mostComplaint = 400;

/** One process, from its start to its end. */
export class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { readonly resolve: (answer: HelperAnswer) => void; readonly reject: (error: MeshError) => void }>();
  #complaint = "";
  #held: HelperAnswer["held"];
  #next = 1;
  #reason: string | undefined;
  readonly ended: Promise<string>;
  /** Resolves when it can be asked. Rejects with ERR_ADAPTER when it ends before. */
  readonly ready: Promise<unknown>;

  /** Errors: ERR_BUSY. @param command the program and its words */
  constructor(command: readonly string[] = recogniserCommand) {
    const [executable = "", ...words] = command;
    // It needs nothing of the hub's environment.
    const child: ChildProcess = withPipes(spawn(executable, words, { env: { PATH: "/usr/bin:/bin" }, stdio: ["pipe", "pipe", "pipe"] }));
    this.#child = child;
    this.ready = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    this.ready.catch(() => undefined);
    const lines = new Lines((line) => this.#take(line), mostLine);
    child.stdout?.on("data", (chunk: Uint8Array) => {
      try {
        lines.read(chunk);
      } catch (error) {
        this.end(`it does not speak as it should: ${(error as Error).message}`);
      }
    });
    child.stderr?.on("data", (chunk: Uint8Array) => {
      this.#complaint = (this.#complaint + Buffer.from(chunk).toString("utf8")).slice(-mostComplaint);
    });
    child.stdin?.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      const over = (why: string): void => {
        const reason = this.#reason ?? why;
        for (const { reject } of this.#waiting.values()) reject(new MeshError("ERR_ADAPTER", `the recogniser has ended: ${reason}`));
        this.#waiting.clear();
        resolve(reason);
      };
      child.once("error", ({ message }) => over(message));
      child.once("close", (code, signal) => over(complaintIn(this.#complaint) ?? `it ended with ${signal ?? code}`));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What of `heldBy` this machine holds it by; known when it is ready. */
  get held(): readonly string[] {
    return this.#held ?? [];
  }

  /** Asks, and waits for the answer. Errors: ERR_ADAPTER when it ends, ERR_INTERNAL when it could not do it. */
  async ask(
    call: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
    octets: readonly Uint8Array[] = [],
  ): Promise<HelperAnswer> {
    if (this.#reason !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      throw new MeshError("ERR_ADAPTER", "the recogniser has ended");
    const id = this.#next++;
    const answer = new Promise<HelperAnswer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.stdin?.write(`${JSON.stringify({ ...call, id })}\n`);
    for (const part of octets) this.#child.stdin?.write(part);
    const { error, ...told } = await answer;
    if (error !== undefined) throw new MeshError("ERR_INTERNAL", `the recogniser could not do it: ${error}`);
    return { ...told };
  }

  /** Ends it; who waits is told why. */
  end(reason: string): void {
    this.#reason ??= reason;
    this.#child.kill("SIGKILL");
  }

  #take(line: string): void {
    const answer = v.parse(helperAnswer, JSON.parse(line));
    this.#held ??= answer.held;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    waiting?.resolve(answer);
  }
}

/** What the library tells of its work, and its binding for Python as it goes. */
const libraryWords = /^(INFO: |swig\/python detected a memory leak)/;

/** Why it has ended by its own last words, if there are any: what its library tells is none of them. */
export function complaintIn(text: string): string | undefined {
  return text
    .trim()
    .split("\n")
    .findLast((line) => line.trim() !== "" && !libraryWords.test(line));
}
