/**
 * A program of the owner's that understands speech or speaks, over the Wyoming protocol (Whisper, Piper and their like): one connection for each clip. What
 * it sends is held to the bounds of any stranger: one clip of at most fifteen seconds, one line of words, within a time.
 */
import { connect, type Socket } from "node:net";
import * as v from "valibot";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import type { DatumObject } from "../../codec/index.ts";
import type { Clip } from "../sound/clip.ts";
import { ClipReader, clipEvents } from "./audio.ts";
import { EventReader, encodeEvent, type WyomingEvent } from "./frame.ts";

/** Where it listens. */
export interface WyomingPlace {
  readonly host: string;
  readonly port: number;
}

/** A large model on a small machine takes its time; who has said something does not wait longer than this. Milliseconds. */
export const patienceMs = 20_000;
/** Characters of what was heard: a sentence that is longer is refused where it is read. */
const mostWords = 512;
/** Events of one answer: a clip of fifteen seconds in pieces of 10 ms, twice. */
const mostEvents = 4000;
/** kB of one answer: words and what is told of the progress; a clip of fifteen seconds, of two channels, 48 kHz and four octets a sample. */
const mostAnswer = { words: 1024, sound: 6144 } as const;

const transcript = v.object({ text: v.string() });

/** `tcp://host:port` as it stands in the configuration. Errors: ERR_CONFIG. */
export function wyomingPlace(url: string): WyomingPlace {
  const [, name = "", port = ""] = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(url) ?? [];
  if (name === "" || Number(port) < 1 || Number(port) > 65_535)
    throw new MeshError("ERR_CONFIG", `${JSON.stringify(url.slice(0, 120))} is no place of a Wyoming program`, { hint: "write tcp://HOST:PORT" });
  return { host: name.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** The words of a clip; "" where it heard none. @param language tag. Errors: ERR_ADAPTER, ERR_TIMEOUT. */
export function transcribeAt(
  place: WyomingPlace,
  clip: Clip,
  { language, clock }: { readonly language: string; readonly clock: Clock },
): Promise<string> {
  const question = [encodeEvent("transcribe", { language }), ...clipEvents(clip)];
  return ask(place, { question, most: mostAnswer.words, clock }, ({ type, data }) => {
    if (type !== "transcript") return undefined;
    const parsed = v.safeParse(transcript, data);
    if (!parsed.success) throw new MeshError("ERR_ADAPTER", "its transcript has no text");
    return { answer: shorten(parsed.output.text.trim(), mostWords) };
  });
}

/** Words as a clip. @param language tag. Errors: ERR_ADAPTER, ERR_TIMEOUT. */
export function synthesiseAt(
  place: WyomingPlace,
  text: string,
  { language, clock }: { readonly language: string; readonly clock: Clock },
): Promise<Clip> {
  const sound = new ClipReader();
  return ask(place, { question: [encodeEvent("synthesize", { text, voice: { language } })], most: mostAnswer.sound, clock }, (event) => {
    if (!event.type.startsWith("audio-")) return undefined;
    const clip = sound.take(event);
    return clip && { answer: clip };
  });
}

/** What is sent, and kB that may come back. */
interface Asking {
  readonly question: readonly Uint8Array[];
  readonly most: number;
  readonly clock: Clock;
}

/** Sends a question and reads events until one of them ends the answer. Others are passed over: it may tell of its progress. */
async function ask<T>({ host, port }: WyomingPlace, asking: Asking, read: (event: WyomingEvent) => { readonly answer: T } | undefined): Promise<T> {
  const socket = connect({ host, port });
  const late = () => new MeshError("ERR_TIMEOUT", `the Wyoming program at ${host}:${port} did not answer within ${patienceMs / 1000} s`);
  try {
    return await inTime(converse(socket, asking, read), { ms: patienceMs, clock: asking.clock, late });
  } catch (thrown) {
    const error = asMeshError(thrown);
    if (error.code === "ERR_TIMEOUT" || error.code === "ERR_ADAPTER") throw error;
    throw new MeshError("ERR_ADAPTER", `the Wyoming program at ${host}:${port}: ${error.message}`, { cause: thrown });
  } finally {
    socket.destroy();
  }
}

async function converse<T>(
  socket: Socket,
  { question, most }: Asking,
  read: (event: WyomingEvent) => { readonly answer: T } | undefined,
): Promise<T> {
  // Heard from the first moment: a failure before the first octet is read would otherwise be nobody's.
  socket.on("error", () => undefined);
  for (const octets of question) socket.write(octets);
  const reader = new EventReader();
  let left = mostEvents;
  let octets = 0;
  for await (const piece of socket as AsyncIterable<Uint8Array>) {
    octets += piece.length;
    if (octets > most * 1024) throw new MeshError("ERR_ADAPTER", `it sends more than ${most} kB for one answer`);
    for (const event of reader.push(piece)) {
      if (left-- === 0) throw new MeshError("ERR_ADAPTER", `it sends more than ${mostEvents} events and no answer`);
      if (event.type === "error") throw new MeshError("ERR_ADAPTER", `it says: ${reasonIn(event.data)}`);
      const found = read(event);
      if (found) return found.answer;
    }
  }
  throw new MeshError("ERR_ADAPTER", "it hung up before it answered");
}

function reasonIn({ text }: Readonly<DatumObject>): string {
  return typeof text === "string" ? visible(shorten(text, 120)) : "no reason";
}
