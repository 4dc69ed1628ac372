/** Reading of the vector files in test/vectors. */
import { readFileSync } from "node:fs";
import { fromHex } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { decodeBase64url } from "../../src/codec/base64url.ts";

/** One vector: members by name; each test names the ones it reads. */
export type Fields = Readonly<Record<string, string>>;

/** A vector of the files that are tables of kinds. */
export interface Vector<Input = Fields, Expected = Fields> {
  readonly id: string;
  readonly kind: string;
  readonly verified: unknown;
  readonly input: Input;
  readonly expected: Expected;
}

/** A whole vector file. */
export function loadVectors<T>(name: string): T {
  return JSON.parse(readFileSync(packagePath(`test/vectors/${name}.json`), "utf8")) as T;
}

/** Octets of hexadecimal text. */
export function hex(text: string | undefined): Uint8Array {
  const octets = text === undefined ? undefined : fromHex(text);
  if (!octets) throw new Error(`vector member is not hexadecimal: ${text}`);
  return octets;
}

/** Octets of base64url text. */
export function b64(text: string | undefined): Uint8Array {
  const octets = text === undefined ? undefined : decodeBase64url(text);
  if (!octets) throw new Error(`vector member is not base64url: ${text}`);
  return octets;
}

/** A member that has to be there. */
export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("vector lacks a member");
  return value;
}
