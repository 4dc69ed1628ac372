/** What a run does and says, line by line, for the terminal and for docs/system-test.md. */

/** Lines of an answer that are shown. */
const mostLines = 24;

/** The transcript of one run. */
export class Transcript {
  readonly #print: (line: string) => void;
  readonly #lines: string[] = [];
  readonly #begun = performance.now();
  passed = 0;
  hasFailed = false;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** About the run itself; not on the page. */
  note(line: string): void {
    this.#print(`# ${line}`);
  }

  /** What comes next. */
  step(text: string): void {
    this.#add("");
    this.#add(`# ${text} (${this.#seconds()} s)`);
  }

  /** A command and what it answered. */
  command(command: string, stdout: string): void {
    this.#add(`$ ${command}`);
    const lines = stdout.trimEnd().split("\n").filter(Boolean);
    for (const line of lines.slice(0, mostLines)) this.#add(line);
    if (lines.length > mostLines) this.#add(`... ${lines.length - mostLines} lines more`);
  }

  /** Something that was looked at and holds. */
  holds(claim: string): void {
    this.passed += 1;
    this.#add(`ok: ${claim}`);
  }

  failed(error: unknown): void {
    this.hasFailed = true;
    this.#add(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** The page. */
  page(): string {
    const day = new Date().toISOString().slice(0, 10);
    return [
      "# The whole system, once",
      "",
      `Written by \`npm run test:system -- --write\` on ${day}, in ${this.#seconds()} s of a loaded machine: ${this.passed} claims held. A Debian 12 under`,
      "qemu, in software, with its own kernel; the package as `npm pack` makes it, put in place by its own installer; units, drop-ins and udev rule as shipped.",
      "The scanner is a device of the kernel's uhid, the adapter one of btvirt behind the kernel's hci_vhci: from the kernel's drivers on all is real; the plug,",
      "the glass and the air are not. The lamps are the virtual devices of this package.",
      "",
      "```text",
      ...this.#lines.slice(1),
      "```",
      "",
    ].join("\n");
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#begun) / 1000);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#print(line);
  }
}
