/** Which pieces of the long run have passed, in a file that outlives it: one line for each piece, with the code that it was run on. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";

interface Line {
  readonly build: string;
  readonly piece: string;
  readonly passed: boolean;
}

/** The pieces of one build. */
export class Progress {
  readonly #path: string;
  readonly #build: string;
  readonly #passed: Set<string>;

  private constructor(path: string, build: string, passed: Set<string>) {
    this.#path = path;
    this.#build = build;
    this.#passed = passed;
  }

  /** Reads what was done of a build; `fresh` forgets it. A last line that was cut off is passed over. */
  static open({
    build,
    fresh,
    path = packagePath(".tmp", "kill.jsonl"),
  }: {
    readonly build: string;
    readonly fresh: boolean;
    readonly path?: string;
  }): Progress {
    mkdirSync(dirname(path), { recursive: true });
    if (fresh) rmSync(path, { force: true });
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (text !== "" && !text.endsWith("\n")) appendFileSync(path, "\n");
    const lines = text.split("\n").flatMap(parse);
    const own = lines.filter((line) => line.build === build);
    const last = new Map(own.map((line) => [line.piece, line.passed]));
    return new Progress(path, build, new Set([...last].filter(([, passed]) => passed).map(([piece]) => piece)));
  }

  hasPassed(piece: string): boolean {
    return this.#passed.has(piece);
  }

  note(piece: string, passed: boolean): void {
    if (passed) this.#passed.add(piece);
    const line: Line = { build: this.#build, piece, passed };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

function parse(text: string): Line[] {
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}
