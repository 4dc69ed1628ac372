/** A radio process that the hub starts and ends: a child with a socket as descriptor 3, no state, and only those variables that it needs. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Log } from "../../base/log.ts";
import { ownProgram } from "../../base/package-root.ts";
import { withPipes } from "../../base/with-pipes.ts";
import type { NoblePackage } from "./noble-package.ts";
import { RemoteRadio } from "./remote-radio.ts";

/** What runs in the process. */
export interface RadioChildOptions {
  readonly package: NoblePackage;
  /** Part of the time in which the adapter listens, in percent. */
  readonly dutyPercent: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Another program that speaks radio-line.ts; for tests. */
  readonly program?: readonly string[];
}

const killMs = 2000;

/** A radio process. */
export class RadioChild extends RemoteRadio {
  readonly #options: RadioChildOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #complaint = "";

  constructor(options: RadioChildOptions) {
    super();
    this.#options = options;
  }

  protected async open(): Promise<Socket> {
    const { package: name, dutyPercent, env, program = radioProgram(name, dutyPercent) } = this.#options;
    const child = withPipes(spawn(process.execPath, program, { env: needed(env), stdio: ["ignore", "pipe", "pipe", "pipe"] }));
    this.#child = child;
    const [, stdout, stderr, channel] = child.stdio;
    for (const output of [stdout, stderr]) output?.on("data", (chunk: Buffer) => this.#said(chunk.toString()));
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.end(`the radio process does not start: ${error.message}`);
        resolve();
      });
      child.once("close", (code, signal) => {
        this.end(`the radio process ended (${signal ?? `status ${code}`})${this.#complaint === "" ? "" : `: ${this.#complaint}`}`);
        resolve();
      });
    });
    return channel as Socket;
  }

  /** One that hangs is ended. */
  protected async gone(): Promise<void> {
    const late = setTimeout(() => this.#child?.kill("SIGKILL"), killMs);
    await this.#exited;
    clearTimeout(late);
  }

  /** The last words are kept for the reason, all of them are for who debugs. */
  #said(text: string): void {
    this.#options.log.debug("ble.process", { text: text.slice(0, 1000) });
    this.#complaint = (text.split("\n").find((line) => /error/i.test(line)) ?? this.#complaint).slice(0, 200);
  }
}

function radioProgram(name: NoblePackage, dutyPercent: number): string[] {
  return [...ownProgram("src", "transport", "ble", "radio-main"), name, String(dutyPercent)];
}

/** No secret of the hub is in the radio's environment. */
function needed(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = /^(PATH|NODE_OPTIONS|NOBLE_.*|HCI_CHANNEL_USER)$/;
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && names.test(entry[0])));
}
