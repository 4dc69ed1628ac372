/**
 * The structure of JSON text (RFC 8259 §4, §5), which JSON-B keeps (jsonbcd-21 §4): brackets, members, separators.
 * Binary items come in through a hook, so that the strict text parser knows nothing of them.
 */
import type { Datum, DatumObject } from "./datum.ts";
import type { Source } from "./source.ts";
import { countItem, keepSpan, refuse, refuseHere, skipBlanks } from "./source.ts";
import { readLiteral, readNumber, readString } from "./text.ts";

/** Reads what begins with an octet of 0x80 or above. */
export interface BinaryItems {
  /** A value; undefined when the item only defined a code. */
  readValue(source: Source): Datum | undefined;
  readName(source: Source): string;
  /** Changes whenever a code is defined or used. */
  readonly codeUses: () => number;
}

/** How a value was written, which decides about the comma after it. */
type Form = "text" | "brackets" | "binary";

const comma = 0x2c;

/** Reads one value, blanks before it included. */
export function readTree(source: Source, binary?: BinaryItems): Datum {
  skipBlanks(source);
  return readValue(source, binary, 0).value;
}

function readValue(source: Source, binary: BinaryItems | undefined, depth: number): { value: Datum; form: Form } {
  let octet = source.octets[source.at];
  while (binary && octet !== undefined && octet >= 0x80) {
    countItem(source);
    const value = binary.readValue(source);
    if (value !== undefined) return { value, form: "binary" };
    skipBlanks(source);
    octet = source.octets[source.at];
  }
  countItem(source);
  switch (octet) {
    case 0x7b:
      return { value: readContainer(source, binary, depth, readMembers), form: "brackets" };
    case 0x5b:
      return { value: readContainer(source, binary, depth, readElements), form: "brackets" };
    case 0x22:
      return { value: readString(source), form: "text" };
    default: {
      const isNumber = octet === 0x2d || (octet !== undefined && octet >= 0x30 && octet <= 0x39);
      return { value: isNumber ? readNumber(source) : readLiteral(source), form: "text" };
    }
  }
}

type ReadContent<T> = (source: Source, binary: BinaryItems | undefined, depth: number) => T;

function readContainer<T extends object>(source: Source, binary: BinaryItems | undefined, depth: number, read: ReadContent<T>): T {
  if (depth >= source.maxDepth) refuse(source, `nested deeper than ${source.maxDepth}`);
  const start = source.at;
  const codeUses = binary?.codeUses();
  source.at += 1;
  const value = read(source, binary, depth + 1);
  if (binary?.codeUses() === codeUses) keepSpan(source, value, start);
  return value;
}

const readElements: ReadContent<Datum[]> = (source, binary, depth) => {
  const out: Datum[] = [];
  skipBlanks(source);
  let done = closes(source, 0x5d);
  while (!done) {
    const { value, form } = readValue(source, binary, depth);
    out.push(value);
    done = readSeparator(source, 0x5d, form, binary !== undefined);
  }
  return out;
};

const readMembers: ReadContent<DatumObject> = (source, binary, depth) => {
  // Without a prototype, so that members named __proto__ or constructor are members like others.
  const out = Object.create(null) as DatumObject;
  skipBlanks(source);
  let done = closes(source, 0x7d);
  while (!done) {
    const at = source.at;
    const name = readName(source, binary);
    if (name in out) refuse(source, "member given twice", at);
    skipBlanks(source);
    const { value, form } = readValue(source, binary, depth);
    out[name] = value;
    done = readSeparator(source, 0x7d, form, binary !== undefined);
  }
  return out;
};

function readName(source: Source, binary: BinaryItems | undefined): string {
  countItem(source);
  const octet = source.octets[source.at];
  if (binary && octet !== undefined && octet >= 0x80) return binary.readName(source);
  if (octet !== 0x22) refuseHere(source, "a member name");
  const name = readString(source);
  skipBlanks(source);
  if (source.octets[source.at] !== 0x3a) refuseHere(source, "a colon");
  source.at += 1;
  return name;
}

function closes(source: Source, bracket: number): boolean {
  if (source.octets[source.at] !== bracket) return false;
  source.at += 1;
  return true;
}

/**
 * Moves to the next element; true at the closing bracket. In JSON-B a comma may follow any value and must follow a text
 * scalar; the reference writes one after a binary item even where none belongs (dare digest §1).
 */
function readSeparator(source: Source, bracket: number, form: Form, isJsonB: boolean): boolean {
  skipBlanks(source);
  if (closes(source, bracket)) return true;
  if (source.octets[source.at] === comma) {
    source.at += 1;
    skipBlanks(source);
    if (form === "binary") return closes(source, bracket);
  } else if (!isJsonB || form === "text") {
    refuseHere(source, "a comma or the closing bracket");
  }
  return false;
}
