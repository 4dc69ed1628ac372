/** A secret that stands in a file or comes by stdin (a PIN, an invitation), so that it is in no list of processes and no history of a shell. */
import { resolve } from "node:path";
import { fileError } from "../../base/atomic-file.ts";
import { readAtMost } from "../../base/bounded-file.ts";
import { fromUtf8, joinBytes, utf8 } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";

const mostOctets = 4096;

const kinds = {
  pin: { flag: "--pin-file", name: "PIN", content: "the URI of 'meshman account pin'" },
  contact: { flag: "--uri-file", name: "code", content: "the URI of 'meshman contact dynamic' or 'meshman contact static'" },
  key: { flag: "--key-file", name: "key", content: "the key that 'meshman key secret' prints" },
  password: { flag: "--password-file", name: "password", content: "the password" },
  shares: { flag: "--file", name: "share", content: "the shares, one on each line" },
  invitation: { flag: "--invitation-file", name: "invitation", content: "the invitation that whoever runs the service gave you" },
} as const;

/** Secrets that are read so. */
export type SecretKind = keyof typeof kinds;

/** What is looked for, and where. */
export interface SecretSource {
  readonly kind: SecretKind;
  /** Path of a file; "-" is stdin. */
  readonly file: string;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array | string>;
}

/** The text of a secret. Errors: ERR_NOT_FOUND, ERR_ENCODING, ERR_USAGE when it is empty or too long, ERR_PERMISSION, ERR_STORE. */
export async function readSecretText(source: SecretSource): Promise<string> {
  const { kind, file, cwd, stdin } = source;
  const { flag, name, content } = kinds[kind];
  if (file === "") throw new MeshError("ERR_USAGE", `${flag} names no file`, { hint: "give a path, or - for stdin" });
  const octets = file === "-" ? await readAll(stdin, kind) : await readPath({ path: resolve(cwd, file), file, kind });
  const text = textOf(octets, source).trim();
  if (text === "") throw new MeshError("ERR_USAGE", `${nameOf(file)} holds no ${name}`, { hint: `write ${content} into it` });
  // All that 'meshman account pin' prints will do, as one program hands it to the next.
  return (kind === "pin" && /^URI=(\S+)$/m.exec(text)?.[1]) || text;
}

const nameOf = (file: string): string => (file === "-" ? "stdin" : file);

function textOf(octets: Uint8Array, { kind, file }: SecretSource): string {
  try {
    return fromUtf8(octets);
  } catch (cause) {
    throw new MeshError("ERR_ENCODING", `${nameOf(file)} is no text in UTF-8`, { hint: `write ${kinds[kind].content} into it`, cause });
  }
}

async function readAll(stdin: SecretSource["stdin"], kind: SecretKind): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stdin) {
    const octets = typeof part === "string" ? utf8(part) : part;
    length += octets.length;
    if (length > mostOctets) throw tooLong("-", kind);
    parts.push(octets);
  }
  return joinBytes(parts);
}

async function readPath({ path, file, kind }: { readonly path: string; readonly file: string; readonly kind: SecretKind }): Promise<Uint8Array> {
  try {
    return await readAtMost(path, mostOctets);
  } catch (error) {
    if (isMeshError(error, "ERR_TOO_LARGE")) throw tooLong(file, kind);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, `cannot read ${file}`);
    throw new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { hint: `write ${kinds[kind].content} into it`, cause: error });
  }
}

function tooLong(file: string, kind: SecretKind): MeshError {
  const { name, content } = kinds[kind];
  return new MeshError("ERR_USAGE", `${nameOf(file)} holds more than a ${name}`, { hint: `it has to hold ${content} and nothing else` });
}
