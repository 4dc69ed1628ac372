/** A PIN that stands in a file or comes by stdin, so that it is in no list of processes and no history of a shell. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileError } from "../../base/atomic-file.ts";
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

const mostOctets = 4096;

/** Where to look for it. */
export interface PinSource {
  /** Path of a file; "-" is stdin. */
  readonly file: string;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array | string>;
}

/** The text of a PIN or of its URI. Errors: ERR_NOT_FOUND, ERR_USAGE when it is empty or too long, ERR_PERMISSION, ERR_STORE. */
export async function readPinText({ file, cwd, stdin }: PinSource): Promise<string> {
  if (file === "") throw new MeshError("ERR_USAGE", "--pin-file names no file", { hint: "give a path, or - for stdin" });
  const text = (file === "-" ? await readAll(stdin) : await readPath(resolve(cwd, file), file)).trim();
  if (text === "") throw new MeshError("ERR_USAGE", `${nameOf(file)} holds no PIN`, { hint: "write the URI of 'meshman account pin' into it" });
  return text;
}

const nameOf = (file: string): string => (file === "-" ? "stdin" : file);

async function readAll(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = "";
  for await (const part of stdin) {
    text += typeof part === "string" ? part : fromUtf8(part);
    if (text.length > mostOctets) throw tooLong("-");
  }
  return text;
}

async function readPath(path: string, file: string): Promise<string> {
  let octets: Uint8Array;
  try {
    octets = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, `cannot read ${file}`);
    throw new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { hint: "write the URI of 'meshman account pin' into it", cause: error });
  }
  if (octets.length > mostOctets) throw tooLong(file);
  return fromUtf8(octets);
}

function tooLong(file: string): MeshError {
  return new MeshError("ERR_USAGE", `${nameOf(file)} holds more than a PIN`, {
    hint: "it has to hold the URI of 'meshman account pin' and nothing else",
  });
}
