/**
 * Reading of vector files: members by path, octets in hexadecimal or base64url, and what a check gives back. A member that is missing or of
 * another kind is ERR_SCHEMA with its path, which makes the entry a failed one.
 */
import { fromHex, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { decodeBase64url, encodeJson, isObject } from "../codec/index.ts";

/** One entry with the file that it stands in, which some entries refer to. */
export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly entry: Members;
  readonly file: Datum;
}

/** What our code made of an entry: to be equal to what the file says, member by member; or why nothing can be recomputed. */
export type Made = { readonly came: Datum; readonly expected: Datum } | { readonly skip: string };

/** Runs one kind of entry. */
export type Check = (vector: Vector) => Made | Promise<Made>;

/** Checks by kind or section name. */
export type Checks = Readonly<Record<string, Check>>;

/** Members of an object of a vector file. */
export class Members {
  readonly #path: string;
  readonly value: DatumObject;

  constructor(value: Datum | undefined, path: string) {
    if (!isObject(value)) throw wrong(path, "an object");
    this.value = value;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.value[name] !== undefined && this.value[name] !== null;
  }

  datum(name: string): Datum {
    return this.value[name] ?? null;
  }

  members(name: string): Members {
    return new Members(this.value[name], this.#at(name));
  }

  list(name: string): readonly Datum[] {
    const value = this.value[name];
    if (!Array.isArray(value)) throw wrong(this.#at(name), "a list");
    return value as readonly Datum[];
  }

  each(name: string): readonly Members[] {
    return this.list(name).map((value, i) => new Members(value, `${this.#at(name)}[${i}]`));
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((value, i) => (typeof value === "string" ? value : failText(`${this.#at(name)}[${i}]`)));
  }

  text(name: string): string {
    const value = this.value[name];
    return typeof value === "string" ? value : failText(this.#at(name));
  }

  number(name: string): number {
    const value = this.value[name];
    if (typeof value !== "number") throw wrong(this.#at(name), "a number");
    return value;
  }

  /** A flag; false when absent. */
  flag(name: string): boolean {
    const value = this.value[name] ?? false;
    if (typeof value !== "boolean") throw wrong(this.#at(name), "true or false");
    return value;
  }

  /** One of the words given. */
  word<const W extends string>(name: string, ...words: readonly W[]): W {
    const found = words.find((word) => word === this.value[name]);
    if (found === undefined) throw wrong(this.#at(name), `one of ${JSON.stringify(words)}`);
    return found;
  }

  utf8(name: string): Uint8Array {
    return utf8(this.text(name));
  }

  hex(name: string): Uint8Array {
    const octets = fromHex(this.text(name));
    if (!octets) throw wrong(this.#at(name), "hexadecimal");
    return octets;
  }

  base64(name: string): Uint8Array {
    const octets = decodeBase64url(this.text(name));
    if (!octets) throw wrong(this.#at(name), "base64url");
    return octets;
  }

  /** Octets under a name that says how they are written: `dataHex`, `dataUtf8`, `dataBase64`. */
  octets(name: string): Uint8Array {
    if (this.has(`${name}Hex`)) return this.hex(`${name}Hex`);
    return this.has(`${name}Base64`) ? this.base64(`${name}Base64`) : this.utf8(`${name}Utf8`);
  }

  integer(name: string): bigint {
    const text = this.text(name);
    if (!/^[0-9]{1,1000}$/.test(text)) throw wrong(this.#at(name), "a decimal integer");
    return BigInt(text);
  }

  /** JSON octets of a member, for our decoders. */
  json(name: string): Uint8Array {
    return encodeJson(this.datum(name));
  }

  #at(name: string): string {
    return `${this.#path}.${name}`;
  }
}

function wrong(path: string, expected: string): MeshError {
  return new MeshError("ERR_SCHEMA", `${path}: expected ${expected}`, { detail: { path } });
}

function failText(path: string): never {
  throw wrong(path, "a string");
}

/** A vector that says what is to come out under `expected`. */
export function made(vector: Vector, came: Datum): Made {
  const expected = vector.entry.datum("expected");
  if (expected === null || (isObject(expected) && Object.keys(expected).length === 0))
    throw wrong(`${vector.id}.expected`, "something to compare with");
  return { came, expected };
}

/**
 * A vector whose members are themselves what is to come out, all but those named: inputs and prose. A member that is null was not printed
 * and is nothing to compare with, unless the check is `exact`.
 */
export function remade(vector: Vector, inputs: readonly string[], came: DatumObject, options: { readonly exact?: boolean } = {}): Made {
  const expected = Object.fromEntries(Object.entries(vector.entry.value).filter(([name]) => !inputs.includes(name) && !prose.includes(name)));
  if (Object.values(expected).every((value) => value === null || value === undefined)) throw wrong(vector.id, "something to compare with");
  const found = within(expected, came);
  return { came: options.exact ? found : unprinted(expected, found), expected };
}

/** What came, with null where the file prints nothing. */
function unprinted(expected: Datum | undefined, came: Datum): Datum {
  if (expected === null) return null;
  if (Array.isArray(expected) && Array.isArray(came)) {
    return (came as readonly Datum[]).map((item, i) => unprinted((expected as readonly Datum[])[i], item));
  }
  if (!isObject(expected) || !isObject(came)) return came;
  return Object.fromEntries(Object.entries(came).map(([name, member]) => [name, unprinted(expected[name], member ?? null)]));
}

/** Members that the file does not state are not missed: revisions print more or less of the same. */
export function within(expected: Datum, came: Datum): Datum {
  if (Array.isArray(expected) && Array.isArray(came))
    return (came as readonly Datum[]).map((item, i) => within((expected as readonly Datum[])[i] ?? null, item));
  if (!isObject(expected) || !isObject(came)) return came;
  const names = Object.keys(came).filter((name) => expected[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, within(expected[name] ?? null, came[name] ?? null)]));
}

/** Members that describe an entry and are the result of nothing. */
const prose = ["id", "kind", "source", "note", "run", "path", "origin", "type"];

/** Members under names that the file states, so that what it leaves out is not missed. */
export function stated(expected: Datum, values: Readonly<Record<string, () => Datum>>): Datum {
  if (!isObject(expected)) return null;
  return Object.fromEntries(Object.keys(expected).map((name) => [name, values[name]?.() ?? null]));
}

/** True when the task is refused with an error of ours, as the file expects; other errors pass through. */
export function isRefused(task: () => unknown): boolean {
  try {
    task();
    return false;
  } catch (error) {
    if (error instanceof MeshError) return true;
    throw error;
  }
}
