/**
 * Where a command writes: data to stdout, talk to stderr, and with --json one JSON document on stdout instead of text.
 * Text that came from elsewhere (names, reports, refusals) cannot steer the terminal or begin a line of its own: see base/visible.ts.
 */
import { visible, visibleJson } from "../../base/visible.ts";

/** The part of a stream that commands use. */
export interface TextStream {
  /** False when it is better to wait for `drain`. */
  write(text: string | Uint8Array): unknown;
  once?(event: "drain", listener: () => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What the process gives to its commands. */
export interface Streams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** A command's way of speaking. */
export interface Output {
  /** True when data is wanted as JSON. */
  readonly json: boolean;
  /** True when a person reads stdout. */
  readonly isTerminal: boolean;
  /** True when a person reads stderr. */
  readonly isTalkTerminal: boolean;
  /** Columns of the terminal; undefined on a pipe. */
  readonly width: number | undefined;
  /** A line of data. */
  line(text: string): void;
  /** Data that is written as it is, control characters included (QR codes of ours). */
  raw(text: string): void;
  /** Octets of a file on stdout; resolves when they may be followed by more. */
  octets(piece: Uint8Array): Promise<void>;
  /** A JSON document on a line of its own. */
  document(value: unknown): void;
  /** A line of talk, on stderr; nothing with --json. */
  say(text: string): void;
  /** Talk that is written as it is, without a line end. */
  sayRaw(text: string): void;
  /** A line on a talk terminal that goes away before whatever is written next; "" takes it away. */
  notice(text: string): void;
}

/** Speaks through the streams of a process. */
export function createOutput({ stdout, stderr }: Streams, options: { readonly json: boolean }): Output {
  const { json } = options;
  const isTerminal = stdout.isTTY === true;
  let isNoticed = false;
  const clear = (): void => {
    if (isNoticed) stderr.write("\r\x1b[K");
    isNoticed = false;
  };
  const data = (text: string): void => {
    clear();
    stdout.write(text);
  };
  const talk = (text: string): void => {
    if (json) return;
    clear();
    stderr.write(text);
  };
  return {
    json,
    isTerminal,
    isTalkTerminal: stderr.isTTY === true,
    width: isTerminal ? stdout.columns : undefined,
    line: (text) => data(`${visible(text, "\t")}\n`),
    raw: data,
    octets: async (piece) => {
      clear();
      const isTaken = stdout.write(piece) !== false;
      if (!isTaken && stdout.once) await new Promise<void>((resolve) => stdout.once?.("drain", resolve));
    },
    document: (value) => data(`${visibleJson(JSON.stringify(value, jsonValue))}\n`),
    say: (text) => talk(`${visible(text)}\n`),
    sayRaw: talk,
    notice: (text) => {
      if (text === "") return clear();
      talk(visible(text));
      isNoticed = !json;
    },
  };
}

/** A result: with --json one document `{"success":true, …}`, else what `text` writes. */
export function report(output: Output, result: Readonly<Record<string, unknown>>, text: () => void): void {
  if (output.json) output.document({ success: true, ...result });
  else text();
}

/** Values that JSON has no form for: octets as base64url, big integers as decimal text. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value;
}
