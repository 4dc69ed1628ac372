/** How far octets have come: on a terminal a line after a second, renewed now and then; elsewhere one line after five. */
import type { Clock } from "../../base/clock.ts";
import type { Output } from "./output.ts";
import { patienceMs } from "./progress.ts";

const pauseMs = 250;

/** What moves. */
export interface TransferOptions {
  readonly output: Output;
  readonly clock: Clock;
  /** Reads "encoding". */
  readonly doing: string;
  readonly name: string;
  /** Octets in all, where that is known. */
  readonly total?: number;
}

/** A movement of octets that a person may wait for. */
export class Transfer {
  readonly #options: TransferOptions;
  #due: number;
  #done = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#due = options.clock.monotonic() + patienceMs[options.output.isTalkTerminal ? "terminal" : "elsewhere"];
  }

  moved(octets: number): void {
    const { output, clock } = this.#options;
    this.#done += octets;
    const now = clock.monotonic();
    if (now < this.#due) return;
    if (output.isTalkTerminal) {
      output.notice(`${this.#text()} ...`);
      this.#due = now + pauseMs;
    } else {
      output.say(`${this.#text()} ...`);
      this.#due = Number.POSITIVE_INFINITY;
    }
  }

  end(): void {
    this.#options.output.notice("");
  }

  #text(): string {
    const { doing, name, total = 0 } = this.#options;
    const share = total > 0 ? ` ${Math.min(100, Math.floor((100 * this.#done) / total))} %` : "";
    return `${doing} ${name}${share}, ${sizeText(this.#done)}`;
  }
}

const units = ["octets", "kB", "MB", "GB", "TB"] as const;

/** A size for people: "12 octets", "3.4 MB". */
export function sizeText(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
