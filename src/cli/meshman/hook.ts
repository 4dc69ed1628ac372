/**
 * A program of the owner's that is told of messages (`agent --on-message`): run without a shell, with the event as its one argument and the message as
 * a line of JSON on stdin. One runs at a time, so long at most; what more waits than a bound is told later. Nothing of it can stop the agent.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Notice } from "../../account/index.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";

/** Notices that wait for the program, and how long it may take for one. */
const mostWaiting = 256;
const mostMs = 20_000;
/** Characters of a text that came from elsewhere. */
const mostCharacters = 2000;

/** The program, which is given one notice after the other. */
export class MessageHook {
  readonly #command: string;
  readonly #account: string;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #queue: { readonly notice: Notice; readonly settle: (isTold: boolean) => void }[] = [];
  #running: Promise<void> | undefined;

  constructor(options: { readonly command: string; readonly account: string; readonly log: Log; readonly signal: AbortSignal }) {
    this.#command = options.command;
    this.#account = options.account;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  /** Tells the program, after those that wait. @returns false when it was not told: too many wait, it did not start, or all of it ends */
  tell(notice: Notice): Promise<boolean> {
    if (this.#queue.length >= mostWaiting) {
      this.#log.warn("hook.put-off", { event: notice.event, waiting: mostWaiting });
      return Promise.resolve(false);
    }
    return new Promise((settle) => {
      this.#queue.push({ notice, settle });
      this.#running ??= this.#run();
    });
  }

  /** Ends when nothing is left to be told. */
  async done(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next.settle(!this.#signal.aborted && (await this.#call(next.notice)));
    this.#running = undefined;
  }

  /** True when the program ran, whatever it made of it. */
  #call({ event, message }: Notice): Promise<boolean> {
    return new Promise((resolve) => {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(mostMs)]);
      // Without pipes where this process may open nothing more.
      const child: ChildProcess = spawn(this.#command, [event], { stdio: ["pipe", "ignore", "ignore"], shell: false, signal, killSignal: "SIGKILL" });
      child.on("error", ({ message: reason }) => {
        this.#log.warn("hook.failed", { command: this.#command, reason });
        resolve(false);
      });
      child.on("close", (status) => {
        if (status !== 0) this.#log.warn("hook.failed", { command: this.#command, status });
        resolve(!this.#signal.aborted);
      });
      // A program that does not read is none of the agent's business.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(`${JSON.stringify({ event, account: this.#account, ...noticeResult(message) })}\n`);
    });
  }
}

function noticeResult(message: Notice["message"]): Readonly<Record<string, unknown>> {
  if (!("kind" in message)) return { messageId: message.messageId };
  const { messageId, kind, type, from, udf, trust, text, expires, received } = message;
  const short = (value: string | undefined): string | undefined => (value === undefined ? undefined : shorten(value, mostCharacters));
  return { messageId, kind, type: short(type), from: short(from), udf, trust, text: short(text), expires, received };
}
