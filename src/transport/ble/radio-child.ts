/**
 * A radio in a process of its own: native code that hears strangers, and a package that may hang, can neither take the hub down nor read its
 * memory. The process gets a socket to the hub as descriptor 3, no state, and only those variables of the environment that it needs.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Log } from "../../base/log.ts";
import { ownProgram } from "../../base/package-root.ts";
import { reasonOf } from "../probe.ts";
import type { NoblePackage } from "./noble-package.ts";
import type { Radio, RadioLink, RadioListener } from "./radio.ts";
import { Lines, lineOf, type RadioCall, type RadioTold, readTold } from "./radio-line.ts";

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

/** Octets that may wait for a process that does not read. */
const mostWaiting = 1 << 20;
const killMs = 2000;

type CallOf<K extends RadioCall["call"]> = Omit<Extract<RadioCall, { call: K }>, "call" | "id">;

interface Pending {
  readonly resolve: (done: Extract<RadioTold, { tell: "done" }>) => void;
  readonly reject: (error: Error) => void;
}

/** A radio process. */
export class RadioChild implements Radio {
  readonly #options: RadioChildOptions;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #socket: Socket | undefined;
  #listener: RadioListener | undefined;
  #exited: Promise<void> = Promise.resolve();
  #ended: string | undefined;
  #complaint = "";
  #nextId = 1;

  constructor(options: RadioChildOptions) {
    this.#options = options;
  }

  async start(listener: RadioListener): Promise<void> {
    this.#listener = listener;
    const { package: name, dutyPercent, env, program = radioProgram(name, dutyPercent) } = this.#options;
    const child = spawn(process.execPath, program, { env: needed(env), stdio: ["ignore", "pipe", "pipe", "pipe"] });
    this.#child = child;
    const [, stdout, stderr, channel] = child.stdio;
    for (const output of [stdout, stderr]) output?.on("data", (chunk: Buffer) => this.#said(chunk.toString()));
    this.#socket = channel as Socket;
    const lines = new Lines((line) => this.#take(readTold(line)));
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        lines.read(chunk);
      } catch (error) {
        this.#end(`the radio process does not speak as it should: ${reasonOf(error)}`);
      }
    });
    // A process that lets go of the hub has ended, or has to; its end says why.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#expectEnd());
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#end(`the radio process does not start: ${error.message}`);
        resolve();
      });
      child.once("close", (code, signal) => {
        this.#end(`the radio process ended (${signal ?? `status ${code}`})${this.#complaint === "" ? "" : `: ${this.#complaint}`}`);
        resolve();
      });
    });
    await this.#call("start", {});
  }

  async stop(): Promise<void> {
    this.#end("stopped", false);
    // The end of its socket tells it to stop scanning and to end.
    this.#socket?.destroy();
    this.#expectEnd();
    await this.#exited;
  }

  async scan(on: boolean): Promise<void> {
    await this.#call("scan", { on });
  }

  async connect(link: number, address: string): Promise<RadioLink> {
    const { mtu, largest } = await this.#call("connect", { link, address });
    if (mtu === undefined || largest === undefined) throw new Error("the radio process answered without an MTU");
    return { mtu, largest };
  }

  async write(link: number, packet: Uint8Array): Promise<void> {
    await this.#call("write", { link, packet });
  }

  async disconnect(link: number): Promise<void> {
    await this.#call("disconnect", { link });
  }

  async reset(): Promise<void> {
    await this.#call("reset", {});
  }

  #call<K extends RadioCall["call"]>(call: K, members: CallOf<K>): Promise<Extract<RadioTold, { tell: "done" }>> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (this.#ended !== undefined || socket === undefined) {
        reject(new Error(this.#ended ?? "the radio process has not started"));
        return;
      }
      if (socket.writableLength > mostWaiting) this.#end("the radio process does not read");
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      socket.write(lineOf({ call, id, ...members } as RadioCall));
    });
  }

  #take(told: RadioTold): void {
    switch (told.tell) {
      case "done":
        this.#answered(told.id)?.resolve(told);
        return;
      case "failed":
        this.#answered(told.id)?.reject(new Error(told.reason));
        return;
      case "heard":
        this.#listener?.heard(told);
        return;
      case "alive":
        this.#listener?.alive();
        return;
      case "packet":
        this.#listener?.packet(told.link, told.packet);
        return;
      case "closed":
        this.#listener?.closed(told.link, told.reason);
        return;
      case "ended":
        this.#end(told.reason);
    }
  }

  /** One that hangs is ended. */
  #expectEnd(): void {
    const late = setTimeout(() => this.#child?.kill("SIGKILL"), killMs);
    void this.#exited.then(() => clearTimeout(late));
  }

  #answered(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** The last words are kept for the reason, all of them are for who debugs. */
  #said(text: string): void {
    this.#options.log.debug("ble.process", { text: text.slice(0, 1000) });
    this.#complaint = (text.split("\n").find((line) => /error/i.test(line)) ?? this.#complaint).slice(0, 200);
  }

  #end(reason: string, tell = true): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
    if (tell) this.#listener?.ended(reason);
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
