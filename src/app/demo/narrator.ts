/** Tells the demo's story: numbered steps, what was seen, and what went wrong. Waits between steps when asked to. */
import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { MeshError } from "../../base/errors.ts";

/** How the story is told. */
export interface NarratorOptions {
  /** Wait for the Enter key between steps. */
  readonly stepwise: boolean;
  readonly out: NodeJS.WritableStream;
  readonly input: NodeJS.ReadableStream;
  /** Aborted when the listener has gone: the story ends at its next step. */
  readonly signal: AbortSignal;
}

/** A teller of steps. */
export class Narrator {
  readonly #options: NarratorOptions;
  #number = 0;

  constructor(options: NarratorOptions) {
    this.#options = options;
  }

  /** Begins a step. */
  async step(title: string, why?: string): Promise<void> {
    if (this.#options.stepwise && this.#number > 0) await this.#enter();
    if (this.#options.signal.aborted) throw new MeshError("ERR_REJECTED", "the demo was ended");
    this.#number += 1;
    this.#write(`\n${styleText("bold", `${this.#number}. ${title}`)}\n`);
    if (why !== undefined) this.#write(`${styleText("dim", `   ${why}`)}\n`);
  }

  /** A command as a person would type it. */
  command(line: string): void {
    this.#write(`   ${styleText("cyan", `$ ${line}`)}\n`);
  }

  /** Text that a program wrote. */
  show(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#write(`   ${line}\n`);
  }

  /** Something that was checked and holds. */
  fact(text: string): void {
    this.#write(`   ${styleText("green", "✓")} ${text}\n`);
  }

  #write(text: string): void {
    this.#options.out.write(text);
  }

  #enter(): Promise<void> {
    this.#write(styleText("dim", "   [Enter] "));
    const lines = createInterface({ input: this.#options.input });
    return new Promise((resolve) => {
      lines.once("line", () => lines.close());
      this.#options.signal.addEventListener("abort", () => lines.close(), { once: true });
      lines.once("close", resolve);
    });
  }
}
