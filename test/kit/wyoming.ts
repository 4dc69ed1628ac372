/**
 * A Wyoming client for tests, written from the protocol's description and sharing no code with the hub: it reads octets by their lengths, with
 * JSON.parse, and complains of whatever a client of an assistant would stumble over.
 */
import type { Socket } from "node:net";
import { connect } from "node:net";

/** An event as a client sees it. */
export interface ClientEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** An event as octets, in the form that assistants send: data behind the line, or in it. */
export function clientEvent(
  type: string,
  data: Record<string, unknown> = {},
  options: { readonly inline?: boolean; readonly payload?: Buffer } = {},
): Buffer {
  const { inline = false, payload = Buffer.alloc(0) } = options;
  const body = Buffer.from(inline ? "" : JSON.stringify(data));
  const line = {
    type,
    version: "1.7.0",
    ...(inline ? { data } : { data_length: body.length }),
    ...(payload.length === 0 ? {} : { payload_length: payload.length }),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), body, payload]);
}

/** A connection to a Wyoming server. */
export class WyomingClient {
  readonly socket: Socket;
  #held = Buffer.alloc(0);
  #isOver = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece) => {
      this.#held = Buffer.concat([this.#held, piece as Buffer]);
      this.#wake();
    });
    for (const end of ["end", "close", "error"])
      socket.on(end, () => {
        this.#isOver = true;
        this.#wake();
      });
  }

  static async open(port: number, localAddress?: string): Promise<WyomingClient> {
    const socket = connect({ port, host: "127.0.0.1", ...(localAddress === undefined ? {} : { localAddress }) });
    const client = new WyomingClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  send(...parts: Parameters<typeof clientEvent>): void {
    this.socket.write(clientEvent(...parts));
  }

  /** The next event; undefined when the server has hung up. */
  async next(): Promise<ClientEvent | undefined> {
    for (;;) {
      const event = this.#read();
      if (event) return event;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async ask(type: string, data: Record<string, unknown> = {}): Promise<ClientEvent | undefined> {
    this.send(type, data);
    return this.next();
  }

  close(): void {
    this.socket.destroy();
  }

  #read(): ClientEvent | undefined {
    const end = this.#held.indexOf("\n");
    if (end < 0) return undefined;
    const line = JSON.parse(this.#held.toString("utf8", 0, end)) as Record<string, unknown>;
    if (typeof line.type !== "string") throw new Error("an event without a type");
    for (const name of ["data_length", "payload_length"])
      if (line[name] !== undefined && !Number.isInteger(line[name])) throw new Error(`${name} is no count`);
    const dataLength = (line.data_length as number | undefined) ?? 0;
    const whole = end + 1 + dataLength + ((line.payload_length as number | undefined) ?? 0);
    if (this.#held.length < whole) return undefined;
    const body = dataLength === 0 ? {} : (JSON.parse(this.#held.toString("utf8", end + 1, end + 1 + dataLength)) as Record<string, unknown>);
    this.#held = this.#held.subarray(whole);
    return { type: line.type, data: { ...((line.data as Record<string, unknown> | undefined) ?? {}), ...body } };
  }
}

/** What a client demands of `info`: every list is there, and every program and model has all that its reader gives no default. */
export function infoFaults(info: Record<string, unknown>): string[] {
  const faults = ["asr", "tts", "handle", "intent", "wake", "mic", "snd"].flatMap((name) =>
    Array.isArray(info[name]) ? [] : [`${name} is no list`],
  );
  const check = (artifact: Record<string, unknown>, where: string): void => {
    for (const name of ["name", "description", "version"]) if (typeof artifact[name] !== "string") faults.push(`${where}.${name}`);
    if (artifact.installed !== true) faults.push(`${where}.installed`);
    const attribution = artifact.attribution as Record<string, unknown> | undefined;
    if (typeof attribution?.name !== "string" || typeof attribution.url !== "string") faults.push(`${where}.attribution`);
  };
  for (const program of info.handle as Record<string, unknown>[]) {
    check(program, "handle");
    for (const model of program.models as Record<string, unknown>[]) {
      check(model, "model");
      if (!Array.isArray(model.languages) || model.languages.some((tag) => typeof tag !== "string")) faults.push("model.languages");
    }
  }
  return faults;
}
