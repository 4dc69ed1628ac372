/**
 * Schema descriptors: an interface and a descriptor of the same name, the descriptor typed against the interface, so that a
 * forgotten field does not compile (docs/architecture.md). They check and convert a value tree; the octets are made by json.ts and jbcd.
 * Members that a descriptor does not know are kept and written again (extensions: readers keep and forward tags they do not know).
 */

import { fromDateTime } from "../base/clock.ts";
import { MeshError } from "../base/errors.ts";
import { decodeBase64url } from "./base64url.ts";
import type { Datum, DatumObject } from "./datum.ts";
import { Encoded, isObject } from "./datum.ts";

/** One kind of field: how to read it from and write it to a value tree. */
export interface Field<T> {
  readonly optional?: true;
  /** What an absent field is read as. */
  readonly absent?: () => T;
  decode(value: Datum, path: string): T;
  encode(value: T): Datum;
}

function mismatch(path: string, expected: string): never {
  throw new MeshError("ERR_SCHEMA", `${path}: expected ${expected}`, { detail: { path } });
}

/** UTF-8 text. */
export const string: Field<string> = {
  decode: (value, path) => (typeof value === "string" ? value : mismatch(path, "a string")),
  encode: (value) => value,
};

/** One of the words given. */
export function word<const W extends string>(...words: readonly W[]): Field<W> {
  return {
    decode: (value, path) => (words.includes(value as W) ? (value as W) : mismatch(path, `one of ${words.join(", ")}`)),
    encode: (value) => value,
  };
}

/** Integer within the safe range of a number. */
export const integer: Field<number> = {
  decode: (value, path) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    return typeof number === "number" && Number.isSafeInteger(number) ? number : mismatch(path, "an integer");
  },
  encode: (value) => value,
};

/** Integer that counts something: not below 0. */
export const count: Field<number> = {
  decode: (value, path) => {
    const number = integer.decode(value, path);
    return number >= 0 ? number : mismatch(path, "a count, not below 0");
  },
  encode: (value) => value,
};

/** Finite number. */
export const real: Field<number> = {
  decode: (value, path) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : mismatch(path, "a number");
  },
  encode: (value) => value,
};

/** true or false. */
export const boolean: Field<boolean> = {
  decode: (value, path) => (typeof value === "boolean" ? value : mismatch(path, "true or false")),
  encode: (value) => value,
};

/** Octets: base64url text in JSON, a data item in JSON-B. */
export const binary: Field<Uint8Array> = {
  decode: (value, path) => {
    if (value instanceof Uint8Array) return value;
    const octets = typeof value === "string" ? decodeBase64url(value) : undefined;
    return octets ?? mismatch(path, "octets in base64url");
  },
  encode: (value) => value,
};

/** RFC 3339 date-time in UTC, kept as its text. */
export const dateTime: Field<string> = {
  decode: (value, path) => (typeof value === "string" && !Number.isNaN(fromDateTime(value)) ? value : mismatch(path, "an RFC 3339 time in UTC")),
  encode: (value) => value,
};

/** Any value, kept as it is. */
export const anything: Field<Datum> = { decode: (value) => value, encode: (value) => value };

/** A list of values of one kind. */
export function list<T>(item: Field<T>): Field<readonly T[]> {
  return {
    decode: (value, path) => {
      if (!Array.isArray(value)) return mismatch(path, "a list");
      return (value as readonly Datum[]).map((entry, i) => item.decode(entry, `${path}[${i}]`));
    },
    encode: (value) => value.map((entry) => item.encode(entry)),
  };
}

/** A field that may be absent. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    optional: true,
    decode: (value, path) => field.decode(value, path),
    encode: (value) => field.encode(value as T),
  };
}

/** A field that is read as `value` when it is absent; it is always written. */
export function orElse<T extends string | number | boolean>(field: Field<T>, value: T): Field<T> {
  return { ...field, absent: () => value };
}

/** Descriptor of an object with a type tag. */
export interface Struct<T> extends Field<T> {
  readonly tag: string;
  /** Names of other revisions that are read as these and never written. */
  readonly otherNames: { readonly fields?: Readonly<Record<string, readonly string[] | undefined>>; readonly tags?: readonly string[] };
  readonly fields: { readonly [K in keyof T]-?: Field<T[K]> };
  /** False for an object of this tag that is of another kind, which a member tells; absent when the tag says all. */
  readonly takes?: (value: Datum) => boolean;
}

/** A value of a struct whose decoder kept members it did not know. */
type Members = Record<string, Datum | undefined>;

/** Names that other revisions of a specification use: read, never written. */
export interface OtherNames<T> {
  /** Other names of fields. A member under two of its names at once is refused. */
  readonly fields?: { readonly [K in keyof T]?: readonly string[] };
  readonly tags?: readonly string[];
}

/** Declares an object: its type tag and its fields, in the order in which they are written. */
export function struct<T extends object>(tag: string, fields: { readonly [K in keyof T]-?: Field<T[K]> }, otherNames: OtherNames<T> = {}): Struct<T> {
  const known = new Map<string, Field<unknown>>(Object.entries(fields) as [string, Field<unknown>][]);
  const aliases = new Map<string, string>();
  for (const [name, others] of Object.entries(otherNames.fields ?? {}) as [string, readonly string[]][]) {
    for (const other of others) aliases.set(other, name);
  }
  return {
    tag,
    otherNames,
    fields,
    decode(value, path) {
      if (!isObject(value)) return mismatch(path, `an object (${tag})`);
      const members = aliases.size === 0 ? value : renamed(value, aliases, path);
      const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const [name, field] of known) {
        const member = members[name];
        if (member === undefined || member === null) {
          if (field.absent) out[name] = field.absent();
          else if (!field.optional) mismatch(`${path}.${name}`, "a value, found none");
        } else {
          out[name] = field.decode(member, `${path}.${name}`);
        }
      }
      for (const name of Object.keys(members)) if (!known.has(name)) out[name] = members[name];
      return out as T;
    },
    encode(value) {
      const out: DatumObject = Object.create(null) as DatumObject;
      const members = value as Members;
      for (const [name, field] of known) {
        const member = members[name];
        if (member !== undefined) out[name] = field.encode(member);
      }
      for (const name of Object.keys(members)) if (!known.has(name) && members[name] !== undefined) out[name] = members[name];
      return out;
    },
  };
}

/** Members under their present names. */
function renamed(value: DatumObject, aliases: ReadonlyMap<string, string>, path: string): DatumObject {
  const out: DatumObject = Object.create(null) as DatumObject;
  for (const [given, member] of Object.entries(value)) {
    const name = aliases.get(given) ?? given;
    if (name in out) mismatch(`${path}.${name}`, `one value, found another under the name ${given}`);
    out[name] = member;
  }
  return out;
}

/** A struct for those objects of its tag that have an object of one of these tags in a member. */
export function ofKind<T extends object>(full: Struct<T>, member: keyof T & string, tags: readonly string[]): Struct<T> {
  return {
    ...full,
    takes: (value) => {
      const held = isObject(value) ? value[member] : undefined;
      return held !== undefined && isObject(held) && Object.keys(held).some((name) => tags.includes(name));
    },
  };
}

/** The same object with every field optional, as the drafts' tables have it: for objects of others, which lack what we demand of ours. */
export function partial<T extends object>(full: Struct<T>): Struct<Partial<T>> {
  const relaxed = Object.fromEntries(
    Object.entries(full.fields).map(([name, field]) => [name, { ...(field as Field<unknown>), optional: true, absent: undefined }]),
  );
  return struct<Partial<T>>(full.tag, relaxed as unknown as Struct<Partial<T>>["fields"], full.otherNames as OtherNames<Partial<T>>);
}

/** The descriptor of a tag, under its own name or another. */
export function findStruct<T>(structs: readonly Struct<T>[], tag: string): Struct<T> | undefined {
  return structs.find((candidate) => candidate.tag === tag) ?? structs.find((candidate) => candidate.otherNames.tags?.includes(tag));
}

/** An object that stands inside another with its type tag: `{"PublicKeyECDH":{...}}`. Tags outside the list are refused. */
export function tagged<T>(...structs: readonly Struct<T>[]): Field<{ readonly tag: string; readonly value: T }> {
  return {
    decode: (value, path) => {
      const [tag, body] = untag(value, path);
      const found = findStruct(structs, tag);
      if (!found) return mismatch(path, `one of ${structs.map((s) => s.tag).join(", ")}, found ${JSON.stringify(tag.slice(0, 64))}`);
      return { tag: found.tag, value: found.decode(body, `${path}.${tag}`) };
    },
    encode: ({ tag, value }) => {
      const found = structs.find((candidate) => candidate.tag === tag);
      if (!found) throw new MeshError("ERR_INTERNAL", `no descriptor for ${tag}`);
      return { [tag]: found.encode(value) };
    },
  };
}

/** A tagged object of a known type, or one of an unknown type as it came, which is passed on unchanged. */
export type OpenTagged<T> =
  | { readonly tag: string; readonly value: T; readonly unknown?: undefined }
  | { readonly tag: string; readonly unknown: Datum };

/** As tagged, but objects of other types are kept and written again. */
export function openTagged<T>(...structs: readonly Struct<T>[]): Field<OpenTagged<T>> {
  const known = tagged(...structs);
  return {
    decode: (value, path) => {
      const [tag, body] = untag(value, path);
      return findStruct(structs, tag) ? known.decode(value, path) : { tag, unknown: body };
    },
    encode: (value) => (value.unknown === undefined ? known.encode(value as { tag: string; value: T }) : { [value.tag]: value.unknown }),
  };
}

/** Splits `{"Tag":value}` into its two parts. */
export function untag(value: Datum, path: string): [string, Datum] {
  if (!isObject(value)) return mismatch(path, "an object with one type tag");
  const names = Object.keys(value);
  const tag = names[0];
  if (tag === undefined || names.length !== 1) return mismatch(path, "an object with one type tag");
  return [tag, value[tag] ?? null];
}

/** `{"Tag":{...}}` of a value, ready for an encoder. */
export function tag<T>(descriptor: Struct<T>, value: T): Datum {
  return { [descriptor.tag]: descriptor.encode(value) };
}

/** Octets that are already JSON, as a value. */
export function encoded(octets: Uint8Array): Encoded {
  return new Encoded(octets);
}
