/** Content that commands read whole: a file, or stdin as "-", in pieces, counted for the progress line, and given up when a signal comes. */
import { constants } from "node:fs";
import { resolve } from "node:path";
import { fileError } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { openRegular } from "../../base/regular-file.ts";
import type { Output } from "./output.ts";
import { Transfer } from "./transfer.ts";

/** What a command reads. */
export interface Content {
  /** As the person named it; "stdin" for a pipe. */
  readonly name: string;
  /** Octets, where that is known beforehand. */
  readonly size?: number;
  /** Path of the file; undefined for stdin, which can be read once. */
  readonly path?: string;
  /** The octets from the beginning. `doing` reads "encoding". */
  read(doing: string): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Where content comes from, and who is told. */
export interface ContentOptions {
  readonly stdin: AsyncIterable<Uint8Array | string> & { destroy?(error?: Error): unknown };
  readonly output: Output;
  readonly ports: { readonly clock: Clock };
  readonly signal: AbortSignal;
}

const pieceOctets = 0x10000;

/** The content of an argument: a path, or "-". Errors: ERR_NOT_FOUND, ERR_STORE for what is no file, ERR_PERMISSION. */
export async function contentOf(options: ContentOptions, file: string): Promise<Content> {
  if (file === "-") return { name: "stdin", read: (doing) => counted(options, { octets: piped(options), doing, name: "stdin" }) };
  const path = resolve(file);
  const size = await inFile(path, file, async (handle) => (await handle.stat()).size);
  return { name: file, path, size, read: (doing) => counted(options, { octets: filed(path, file), doing, name: file, total: size }) };
}

async function* counted(
  { output, ports, signal }: ContentOptions,
  source: { readonly octets: AsyncIterable<Uint8Array>; readonly doing: string; readonly name: string; readonly total?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const transfer = new Transfer({ output, clock: ports.clock, ...source });
  try {
    for await (const piece of source.octets) {
      signal.throwIfAborted();
      transfer.moved(piece.length);
      yield piece;
    }
    signal.throwIfAborted();
  } finally {
    transfer.end();
  }
}

async function* filed(path: string, file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await inFile(path, file, async (opened) => opened, true);
  try {
    for (;;) {
      const piece = new Uint8Array(pieceOctets);
      const { bytesRead } = await handle.read(piece, 0, pieceOctets, null).catch((error: unknown) => Promise.reject(named(error, file)));
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Stdin waits for whoever writes to it: a signal ends that. */
async function* piped({ stdin, signal }: ContentOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const end = (): void => void stdin.destroy?.(signal.reason as Error);
  signal.addEventListener("abort", end, { once: true });
  try {
    for await (const part of stdin) yield typeof part === "string" ? utf8(part) : part;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

type Handle = Awaited<ReturnType<typeof openRegular>>;

async function inFile<T>(path: string, file: string, task: (handle: Handle) => Promise<T>, keep = false): Promise<T> {
  const handle = await openRegular(path, constants.O_RDONLY).catch((error: unknown) => Promise.reject(named(error, file)));
  try {
    return await task(handle);
  } finally {
    if (!keep) await handle.close();
  }
}

function named(error: unknown, file: string): MeshError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { cause: error });
  if (isMeshError(error, "ERR_STORE"))
    return new MeshError("ERR_STORE", `${file} is a pipe, a device or a directory`, {
      hint: "give a file, or - and pipe the content in",
      cause: error,
    });
  if (code === "EISDIR") return new MeshError("ERR_STORE", `${file} is a directory`, { hint: "give a file", cause: error });
  return fileError(error, `cannot read ${file}`);
}
