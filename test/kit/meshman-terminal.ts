/** Runs meshman commands in this process, each person in a directory of their own, and hears what they say. */
import { Readable } from "node:stream";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { runMeshman } from "../../src/cli/meshman/index.ts";
import { assert } from "../harness/suite.ts";

/** What a command did. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run beside its words. */
export interface RunOptions {
  readonly isTerminal?: boolean;
  /** What the person types. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
  readonly clock?: typeof systemClock;
  /** Is told what the command says, as it says it. */
  readonly heard?: (text: string) => void;
  /** Beside what names the machine's directory and service. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One machine: a state directory and the service it knows. */
export interface Machine {
  run(words: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs, demands success, and gives stdout. */
  does(...words: string[]): Promise<string>;
  /** Runs with --json, demands success, and gives the document. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of any shape
  json(...words: string[]): Promise<any>;
  /** Runs, demands the exit status, and gives stderr. */
  fails(status: number, ...words: string[]): Promise<string>;
}

/** A machine with its state in `dir`. */
export function machine(dir: string, service: string): Machine {
  const run = async (words: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    let stdout = "";
    let stderr = "";
    const isTTY = options.isTerminal ?? false;
    const say = (text: string): void => {
      stderr += text;
      options.heard?.(text);
    };
    const stdin = Object.assign(Readable.from(options.typed === undefined ? [] : [options.typed]), { isTTY });
    const status = await runMeshman(words, {
      stdin,
      stdout: { write: (text) => (stdout += text), isTTY, columns: 200 },
      stderr: { write: say, isTTY },
      env: { MESHMAN_DIR: dir, MESH_SERVICE: service, ...options.env },
      home: dir,
      clock: options.clock ?? systemClock,
      random: systemRandom,
      signal: options.signal ?? new AbortController().signal,
    });
    assert.not.match(stdout + stderr, /^\s+at .*\d+:\d+\)?$/m, "a stack trace");
    return { status, stdout, stderr };
  };
  const succeed = async (words: readonly string[]): Promise<string> => {
    const ran = await run(words);
    assert.is(ran.status, 0, `${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  return {
    run,
    does: (...words) => succeed(words),
    json: async (...words) => {
      const document = JSON.parse(await succeed([...words, "--json"]));
      assert.is(document.success, true);
      return document;
    },
    fails: async (status, ...words) => {
      const ran = await run(words);
      assert.is(ran.status, status, `${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
      assert.match(ran.stderr, /^error: .+\nhint: .+$/m);
      return ran.stderr;
    },
  };
}

/** The value of a `NAME=value` line. */
export function fieldOf(text: string, name: string): string {
  const found = new RegExp(`^\\s*${name} ?= ?(\\S+)`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${name}= in ${text}`);
  return found;
}
