/**
 * Records that survive a power failure at any octet: each is kept in two banks, written in turn, whole, with a sequence number and
 * a checksum. A torn write spoils only the bank that was not in force.
 * Layout: "MVD1" || sequence u32 || length u32 || payload || first 16 octets of SHA-256 over all before.
 */
import { concat, equalBytes, readUint, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { decodeObject, encodeObjectB } from "../../../src/codec/index.ts";
import { sha256 } from "../../../src/crypto/index.ts";
import type { Flash } from "./flash.ts";

const magic = utf8("MVD1");
const headLength = 12;
const checkLength = 16;

/** A valid bank. */
export interface Bank<T> {
  readonly name: string;
  readonly sequence: number;
  readonly value: T;
}

function frame(sequence: number, payload: Uint8Array): Uint8Array {
  const body = concat(magic, uintBytes(sequence, 4), uintBytes(payload.length, 4), payload);
  return concat(body, sha256(body).subarray(0, checkLength));
}

/** Sequence and payload of a bank; undefined when it is torn. */
function unframe(octets: Uint8Array): { sequence: number; payload: Uint8Array } | undefined {
  if (octets.length < headLength + checkLength || !equalBytes(octets.subarray(0, 4), magic)) return undefined;
  const body = octets.subarray(0, -checkLength);
  if (readUint(octets, 8, 4) !== body.length - headLength) return undefined;
  if (!equalBytes(octets.subarray(-checkLength), sha256(body).subarray(0, checkLength))) return undefined;
  return { sequence: readUint(octets, 4, 4), payload: body.subarray(headLength) };
}

/** Two banks of one kind of object. */
export class BankPair<T> {
  readonly #flash: Flash;
  readonly #names: readonly [string, string];
  readonly #struct: Struct<T>;

  constructor(flash: Flash, names: readonly [string, string], struct: Struct<T>) {
    this.#flash = flash;
    this.#names = names;
    this.#struct = struct;
  }

  /** The valid banks, newest first. Errors: ERR_STORE_DAMAGED when both were written and neither is whole: no power failure does that. */
  read(): Bank<T>[] {
    const banks: Bank<T>[] = [];
    let torn = 0;
    for (const name of this.#names) {
      const octets = this.#flash.read(name);
      if (octets === undefined) continue;
      const found = unframe(octets);
      if (found === undefined) torn += 1;
      else banks.push({ name, sequence: found.sequence, value: decodeObject(this.#struct, found.payload) });
    }
    if (torn === 2) throw new MeshError("ERR_STORE_DAMAGED", `${this.#names.join(" and ")} are damaged`);
    return banks.sort((a, b) => b.sequence - a.sequence);
  }

  /** Writes the bank that `keep` does not use (the first one when nothing is kept), under the sequence number after the newest. */
  write(value: T, keep: string | undefined): Bank<T> {
    const name = keep === this.#names[0] ? this.#names[1] : this.#names[0];
    const sequence = (this.read()[0]?.sequence ?? 0) + 1;
    this.#flash.write(name, frame(sequence, encodeObjectB(this.#struct, value)));
    return { name, sequence, value };
  }

  /** Whether both banks hold the same. */
  isSettled(): boolean {
    const [newest, other] = this.read();
    if (newest === undefined) return true;
    return other !== undefined && equalBytes(encodeObjectB(this.#struct, newest.value), encodeObjectB(this.#struct, other.value));
  }

  /** Empties every bank but one. */
  eraseAllBut(keep: readonly (string | undefined)[]): void {
    for (const name of this.#names) if (!keep.includes(name)) this.#flash.erase(name);
  }
}

/** One object that is replaced as a whole: the newest valid bank counts. */
export class Cell<T> {
  readonly #pair: BankPair<T>;
  #bank: Bank<T> | undefined;
  readonly #initial: T;

  /** @param initial its value until the first write */
  constructor(flash: Flash, name: string, struct: Struct<T>, initial: T) {
    this.#pair = new BankPair(flash, [`${name}-a`, `${name}-b`], struct);
    this.#initial = initial;
    this.#bank = this.#pair.read()[0];
  }

  get value(): T {
    return this.#bank?.value ?? this.#initial;
  }

  /** Replaces the object: after this, or after a power failure within, it is either the old or the new one. */
  set(value: T): void {
    this.#bank = this.#pair.write(value, this.#bank?.name);
  }

  /** Writes it into the other bank, too, where that holds something else: nothing is left there of what was taken away. Done before, it costs no write. */
  settle(): void {
    if (!this.#pair.isSettled()) this.set(this.value);
  }

  /** Back to its first value, with nothing of another left in the memory; done before, it costs no write. */
  erase(): void {
    this.#pair.eraseAllBut([]);
    this.#bank = undefined;
  }
}
