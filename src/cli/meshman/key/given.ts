/** A symmetric key that a person gives: in a file or over stdin, or in the command itself, where the list of processes shows it. */
import { MeshError } from "../../../base/errors.ts";
import { canonicalUdf, parseUdf, udfType } from "../../../crypto/index.ts";
import { readSecretText } from "../../term/secret-text.ts";
import type { Invocation } from "../surroundings.ts";

/** Where the key is. */
export interface KeyFlags {
  readonly key?: string;
  readonly keyFile?: string;
}

/** Canonical text of the key; undefined when none is given. Errors: ERR_USAGE, ERR_ENCODING, ERR_NOT_FOUND. */
export async function givenKeyText({ stdin }: Invocation, { key, keyFile }: KeyFlags): Promise<string | undefined> {
  if (key !== undefined && keyFile !== undefined) throw new MeshError("ERR_USAGE", "--key and --key-file both name a key", { hint: "give one" });
  const file = key === "-" ? key : keyFile;
  const text = file === undefined ? key : await readSecretText({ kind: "key", file, cwd: process.cwd(), stdin });
  return text === undefined ? undefined : canonicalUdf(text);
}

/** Octets of a symmetric key. Errors: ERR_KEY for text that is another thing, and those of givenKeyText. */
export async function givenKey(call: Invocation, flags: KeyFlags): Promise<Uint8Array | undefined> {
  const text = await givenKeyText(call, flags);
  return text === undefined ? undefined : keyOctetsOf(text);
}

/** Fewest octets of a key that something is encrypted under. */
const leastOctets = 10;

/** Octets of an E type key. Errors: ERR_KEY, ERR_ENCODING. */
export function keyOctetsOf(text: string): Uint8Array {
  const { type, data } = parseUdf(text);
  const isKey = type === udfType.encryption || type === udfType.encryptionSign;
  if (!isKey || data.length < leastOctets)
    throw new MeshError("ERR_KEY", "the text is no symmetric key", { hint: "keys begin with E; 'meshman key secret' makes one" });
  return data;
}
