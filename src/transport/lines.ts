/** Lines of a socket between the hub and a process that serves it. */
import { StringDecoder } from "node:string_decoder";

const usualMost = 4096;

/** Cuts octets into lines, and gives each to `take`. Throws for one that is too long, and what `take` throws. */
export class Lines {
  readonly #take: (line: string) => void;
  readonly #most: number;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** @param most characters of a line */
  constructor(take: (line: string) => void, most = usualMost) {
    this.#take = take;
    this.#most = most;
  }

  read(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk))).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > this.#most) throw new Error(`a line of more than ${this.#most} characters`);
    for (const line of lines) this.#take(line);
  }
}
