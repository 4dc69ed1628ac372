/**
 * The Wyoming door: hears sentences as text and answers what the house says to them (`handle`), gives the words of clips where it has a recogniser (`asr`),
 * and clips of words where it has a voice (`tts`). No `intent`: an assistant would carry it out on things of its own. Whoever is not among the peers is let go without a word; whoever is
 * may still be broken: connections, parts of events, audio, time and wrong events are bounded, and each refusal says by what.
 */
import type { Server, Socket } from "node:net";
import { BlockList, createServer, isIPv6 } from "node:net";
import * as v from "valibot";
import type { Clock } from "../../base/clock.ts";
import { ConnectionCounter } from "../../base/crowd/connection-counter.ts";
import { plainAddress } from "../../base/crowd/network.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { LateListener } from "../../base/late-listener.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import { shorten } from "../../base/shorten.ts";
import type { DatumObject } from "../../codec/index.ts";
import { type Clip, longestClip } from "../../speech/sound/clip.ts";
import { ClipReader, clipEvents } from "../../speech/wyoming/audio.ts";
import type { WyomingEvent } from "../../speech/wyoming/frame.ts";
import { EventReader, encodeEvent } from "../../speech/wyoming/frame.ts";

/** A sentence, and what its sender says of where it was heard. */
export interface Heard {
  readonly text: string;
  /** Tag of a language. */
  readonly language?: string | undefined;
  readonly satellite?: string | undefined;
  readonly device?: string | undefined;
  readonly conversation?: string | undefined;
  /** Where the connection comes from. */
  readonly address: string;
}

/** What the house says to it. */
export interface HouseReply {
  /** Done, or answered. */
  readonly isHandled: boolean;
  readonly text: string;
}

/** What the door needs of the house. */
export interface ListeningHouse {
  /** Tags of the languages that it understands. */
  readonly languages: readonly string[];
  readonly version: string;
  answer(heard: Heard): Promise<HouseReply>;
  /** The words of a clip, none when nothing was understood; absent without a recogniser. */
  readonly understand?: ((clip: Clip) => Promise<string>) | undefined;
  /** A clip of words; absent without a voice. */
  readonly speak?: ((text: string, language: string | undefined) => Promise<Clip>) | undefined;
}

/** Where it listens, and for whom. */
export interface WyomingServerOptions {
  readonly house: ListeningHouse;
  readonly addresses: readonly string[];
  readonly port: number;
  /** Addresses that are let in. */
  readonly peers: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Told of an address and its port when it listens. */
  readonly onListening: (host: string, port: number) => void;
}

/** An assistant opens one connection for each sentence. */
export const connectionLimits = { total: 64, perNetwork: 32, rate: { burst: 64, everyMs: 50 } } as const;
/** How long an event may take from its first octet to its last, a connection may say nothing, and an answer may lie unread. */
export const deadlines = { eventMs: 5000, idleMs: 60_000, answerMs: 5000 } as const;
/** Sound of one connection, in octets: a client that has more to say opens another. */
export const mostAudio = 16_777_216;
/** Events of a connection that this hub does not know. */
export const mostUnknown = 8;
const mostAnswer = 4000;

const optionalText = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(256))));
const transcript = v.object({
  text: v.string(),
  language: optionalText,
  context: v.optional(v.nullable(v.object({ conversation_id: optionalText, device_id: optionalText, satellite_id: optionalText }))),
});

const synthesize = v.object({
  text: v.pipe(v.string(), v.maxLength(mostAnswer)),
  voice: v.optional(v.nullable(v.object({ language: optionalText }))),
});

/** Listens at every address. Errors: ERR_CONFIG. @returns ends it with its connections */
export async function serveWyoming(options: WyomingServerOptions): Promise<() => Promise<void>> {
  const { addresses, port, clock, onListening } = options;
  const log = pacedLog(options.log, clock);
  const counter = new ConnectionCounter(connectionLimits, clock);
  const peers = new BlockList();
  for (const peer of options.peers) peers.addAddress(peer, isIPv6(peer) ? "ipv6" : "ipv4");
  const open = new Set<Connection>();
  const listeners: { readonly server: Server; readonly late: LateListener }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map(({ late }) => late.stop()));
    const closed = listeners.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of open) connection.end();
    await Promise.all(closed);
  };
  const take = (socket: Socket): void => {
    socket.on("error", (error) => log.debug("wyoming.connection.failed", { reason: error.message }));
    const address = plainAddress(socket.remoteAddress).replace(/%.*$/, "");
    if (address === "" || !peers.check(address, isIPv6(address) ? "ipv6" : "ipv4")) {
      log.warn("wyoming.peer.refused", { address });
      return void socket.destroy();
    }
    const leave = counter.enter(address);
    const connection = new Connection(socket, address, options);
    open.add(connection);
    socket.once("close", () => {
      open.delete(connection);
      if (typeof leave !== "string") leave();
    });
    if (typeof leave === "string") {
      const { total, perNetwork, rate } = connectionLimits;
      const figures = `${total} in all, ${perNetwork} of one address, one in ${rate.everyMs} ms`;
      log.warn("wyoming.connection.refused", { address, reason: leave });
      return void connection.turnAway(`${leave}: ${figures}`);
    }
    void connection.run(log);
  };
  try {
    for (const host of addresses) {
      const server = createServer({ allowHalfOpen: true }, take);
      // A connection that cannot be taken (no descriptor is left) must not end the hub.
      server.on("error", (error) => log.debug("wyoming.listen.failed", { reason: error.message }));
      const refuse = (cause: NodeJS.ErrnoException): MeshError => refusal(cause, { host, port });
      const onWaiting = (reason: string): void => options.log.warn("wyoming.waiting", { host, port, reason });
      const late = new LateListener({ server, host, port, clock, refuse, onWaiting });
      listeners.push({ server, late });
      await late.start((bound) => {
        options.log.info("wyoming.listening", { host, port: bound });
        onListening(host, bound);
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

function refusal(cause: NodeJS.ErrnoException, { host, port }: { readonly host: string; readonly port: number }): MeshError {
  if (cause.code === "EADDRINUSE") {
    const hint = "stop that program, or choose another wyoming.port";
    return new MeshError("ERR_CONFIG", `wyoming.port: port ${port} of ${host} is in use by another program`, { hint, cause });
  }
  return new MeshError("ERR_CONFIG", `wyoming.addresses: cannot listen on ${host}:${port}: ${cause.message}`, { cause });
}

/** One connection: an event after the other, the next one read when the last is answered. */
class Connection {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #options: WyomingServerOptions;
  #deadline = new AbortController();
  readonly #clip = new ClipReader();
  #audio = 0;
  #unknown = 0;

  constructor(socket: Socket, address: string, options: WyomingServerOptions) {
    this.#socket = socket;
    this.#address = address;
    this.#options = options;
  }

  async run(log: Log): Promise<void> {
    const reader = new EventReader();
    this.#arm(deadlines.idleMs);
    try {
      for await (const piece of this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        let begins = !reader.isInside;
        for (const event of reader.push(piece)) {
          this.#deadline.abort();
          await this.#take(event);
          begins = true;
        }
        if (!reader.isInside) this.#arm(deadlines.idleMs);
        else if (begins) this.#arm(deadlines.eventMs);
      }
      this.#leave();
    } catch (thrown) {
      if (this.#socket.destroyed) return;
      const error = asMeshError(thrown);
      log.warn("wyoming.event.refused", { address: this.#address, code: error.code, reason: error.message });
      await this.#send("error", { text: shorten(error.message, mostAnswer), code: error.code });
      this.#leave();
    } finally {
      // An answer may still be on its way: that has a deadline of its own.
      if (this.#socket.destroyed) this.#deadline.abort();
    }
  }

  /** Tells whoever has no place here why, and keeps nothing for him. */
  turnAway(text: string): void {
    this.#arm(deadlines.answerMs);
    this.#socket.once("close", () => this.#deadline.abort());
    this.#socket.write(encodeEvent("error", { text, code: "ERR_BUSY" }));
    this.#socket.destroySoon();
  }

  end(): void {
    this.#deadline.abort();
    this.#socket.destroy();
  }

  async #take(event: WyomingEvent): Promise<void> {
    const { type, data } = event;
    switch (type) {
      case "describe":
        return this.#send("info", infoOf(this.#options.house));
      case "ping":
        return this.#send("pong", typeof data.text === "string" ? { text: shorten(data.text, 256) } : {});
      case "transcript":
        return this.#hear(data);
      case "transcribe":
        return this.#options.house.understand ? undefined : this.#refuse(type);
      case "audio-start":
      case "audio-chunk":
      case "audio-stop":
        return this.#listen(event);
      case "synthesize":
        return this.#options.house.speak ? this.#speak(data, this.#options.house.speak) : this.#refuse(type);
      default:
        return this.#refuse(type);
    }
  }

  async #refuse(type: string): Promise<void> {
    this.#unknown += 1;
    if (this.#unknown > mostUnknown) throw new MeshError("ERR_USAGE", `${mostUnknown} events that this hub does not know: it hangs up`);
    await this.#send("error", { text: `this hub offers what its info says, and does not know ${JSON.stringify(type)}`, code: "unsupported" });
  }

  async #hear(data: DatumObject): Promise<void> {
    const parsed = v.safeParse(transcript, data);
    if (!parsed.success) return this.#send("error", { text: `transcript: ${shorten(parsed.issues[0].message, 200)}`, code: "ERR_SCHEMA" });
    const { text, language, context } = parsed.output;
    const heard: Heard = {
      text,
      language: language ?? undefined,
      satellite: context?.satellite_id ?? undefined,
      device: context?.device_id ?? undefined,
      conversation: context?.conversation_id ?? undefined,
      address: this.#address,
    };
    const { isHandled, text: said } = await this.#options.house.answer(heard);
    await this.#send(isHandled ? "handled" : "not-handled", { text: shorten(said, mostAnswer) });
  }

  /** Sound: kept where there is a recogniser, counted and dropped where there is none. */
  async #listen(event: WyomingEvent): Promise<void> {
    const { understand } = this.#options.house;
    this.#audio += event.payload.length;
    if (this.#audio > mostAudio) throw new MeshError("ERR_TOO_LARGE", `of audio at most ${mostAudio} octets are taken of one connection`);
    if (!understand) return;
    const clip = this.#clip.take(event);
    if (clip) await this.#send("transcript", { text: await understand(clip) });
  }

  async #speak(data: DatumObject, speak: NonNullable<ListeningHouse["speak"]>): Promise<void> {
    const parsed = v.safeParse(synthesize, data);
    if (!parsed.success) return this.#send("error", { text: `synthesize: ${shorten(parsed.issues[0].message, 200)}`, code: "ERR_SCHEMA" });
    const { text, voice } = parsed.output;
    for (const octets of clipEvents(await speak(text, voice?.language ?? undefined))) await this.#write(octets);
  }

  #send(type: string, data: DatumObject): Promise<void> {
    return this.#write(encodeEvent(type, data));
  }

  async #write(octets: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.write(octets)) return;
    this.#arm(deadlines.answerMs);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off("drain", done).off("close", done);
        resolve();
      };
      socket.once("drain", done).once("close", done);
    });
    this.#deadline.abort();
  }

  /** Says no more, and hears nothing of what still comes: a socket that is closed over unread octets takes the answer with it. */
  #leave(): void {
    this.#arm(deadlines.answerMs);
    this.#socket.once("close", () => this.#deadline.abort());
    this.#socket.end();
    this.#socket.resume();
  }

  /** Ends the connection after so long, unless this is called again or given up before. */
  #arm(ms: number): void {
    this.#deadline.abort();
    const deadline = new AbortController();
    this.#deadline = deadline;
    this.#options.clock.sleep(ms, deadline.signal).then(
      () => this.#socket.destroy(),
      // Given up: in time.
      () => undefined,
    );
  }
}

/** What this hub is and can do. It says nothing of the house. */
function infoOf({ languages, version, understand, speak }: ListeningHouse): DatumObject {
  const attribution = { name: "Mesh Hub", url: "" };
  const artifact = (name: string, description: string): DatumObject => ({ name, description, attribution, installed: true, version });
  const program = (description: string, model: DatumObject, more: DatumObject): DatumObject => ({
    ...artifact("mesh-hub", description),
    ...model,
    ...more,
  });
  const models = (description: string, tags: readonly string[]): DatumObject[] => [{ ...artifact("mesh-hub", description), languages: [...tags] }];
  const handle = program(
    "Does in this house what a sentence says, or says why not",
    { models: models("the names and words of this house", languages) },
    {
      supports_handled_streaming: false,
      supports_home_control: true,
    },
  );
  const asr = program(
    `Understands what may be said in this house, up to ${longestClip} s`,
    { models: models("the names and words of this house", ["en"]) },
    {
      supports_transcript_streaming: false,
    },
  );
  const tts = program(
    "Says it by a program of this machine",
    { voices: models("the voice of this machine", languages) },
    { supports_synthesize_streaming: false },
  );
  return { asr: understand ? [asr] : [], tts: speak ? [tts] : [], handle: [handle], intent: [], wake: [], mic: [], snd: [] };
}
