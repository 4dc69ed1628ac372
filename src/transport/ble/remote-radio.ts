/**
 * A radio in another process, by calls over a socket (radio-line.ts): native code that hears strangers, and a package that may hang, can neither take
 * the hub down nor read its memory. What it says is checked; whatever is wrong with it ends it. Who starts the process, and who ends it, is told by
 * the kinds: a child of the hub (radio-child.ts), or a unit of its own (radio-unit.ts).
 */
import type { Socket } from "node:net";
import { Lines } from "../lines.ts";
import { reasonOf } from "../probe.ts";
import type { Radio, RadioLink, RadioListener } from "./radio.ts";
import { lineOf, type RadioCall, type RadioTold, readTold } from "./radio-line.ts";

/** Octets that may wait for a process that does not read. */
const mostWaiting = 1 << 20;

type CallOf<K extends RadioCall["call"]> = Omit<Extract<RadioCall, { call: K }>, "call" | "id">;

interface Pending {
  readonly resolve: (done: Extract<RadioTold, { tell: "done" }>) => void;
  readonly reject: (error: Error) => void;
}

/** Calls to a radio process. */
export abstract class RemoteRadio implements Radio {
  readonly #pending = new Map<number, Pending>();
  #socket: Socket | undefined;
  #listener: RadioListener | undefined;
  #ended: string | undefined;
  #nextId = 1;

  /** Gives the socket to the process. */
  protected abstract open(): Promise<Socket>;
  /** The socket is gone; resolves when the process is, or is somebody else's business. */
  protected abstract gone(): Promise<void>;

  async start(listener: RadioListener): Promise<void> {
    this.#listener = listener;
    const socket = await this.open();
    this.#socket = socket;
    const lines = new Lines((line) => this.#take(readTold(line)));
    socket.on("data", (chunk: Buffer) => {
      try {
        lines.read(chunk);
      } catch (error) {
        this.end(`the radio process does not speak as it should: ${reasonOf(error)}`);
      }
    });
    // A process that lets go of the hub has ended, or has to; its end says why.
    socket.on("error", () => undefined);
    socket.on("close", () => void this.gone());
    await this.#call("start", {});
  }

  async stop(): Promise<void> {
    this.end("stopped", false);
    // The end of its socket tells it to stop scanning and to end.
    this.#socket?.destroy();
    await this.gone();
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

  /** It is of no use any more; the first reason counts. */
  protected end(reason: string, tell = true): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
    if (tell) this.#listener?.ended(reason);
  }

  #call<K extends RadioCall["call"]>(call: K, members: CallOf<K>): Promise<Extract<RadioTold, { tell: "done" }>> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (this.#ended !== undefined || socket === undefined) {
        reject(new Error(this.#ended ?? "the radio process has not started"));
        return;
      }
      if (socket.writableLength > mostWaiting) this.end("the radio process does not read");
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
        this.end(told.reason);
    }
  }

  #answered(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
