/**
 * The runner can fail: in every entry that passes, every value that is not an input is changed, one at a time, and the entry must fail then.
 * What may be changed without notice is prose, and listed here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import type { Datum } from "../../src/codec/index.ts";
import { isObject, parseJson } from "../../src/codec/index.ts";
import { entriesOf, runEntry } from "../../src/conformance/run-file.ts";
import { assert, describe } from "../harness/suite.ts";

const directory = packagePath("test/vectors");
const jsonIn = (place: string): string[] =>
  readdirSync(join(directory, place))
    .filter((file) => file.endsWith(".json"))
    .map((file) => `${place}${file}`);

/** Members of entries without `expected` that describe the entry or are its input. */
const descriptive = new Set([
  ...["id", "kind", "source", "note", "run", "path", "origin", "found_in", "printed_as", "object", "key_type", "activation_type", "observation"],
  ...["constructed", "draft_defect", "direction", "where", "what", "field", "base_field", "connection_field"],
]);

/** Inputs of sections whose entries have no `expected`, beside what their checks read. */
const inputs: Readonly<Record<string, readonly string[]>> = { assertions: ["envelope"], message_ids: ["type"] };

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: string | number | boolean | null;
}

function leaves(value: Datum | undefined, path: readonly (string | number)[] = []): Leaf[] {
  if (Array.isArray(value)) return (value as readonly Datum[]).flatMap((item, i) => leaves(item, [...path, i]));
  if (isObject(value)) return Object.entries(value).flatMap(([name, member]) => (descriptive.has(name) ? [] : leaves(member, [...path, name])));
  return [{ path, value: value as Leaf["value"] }];
}

/** Leaves that an entry expects: under `expected` where there is one; else all but the vector's own text. */
function expectedLeaves(kind: string, entry: Datum): Leaf[] {
  if (!isObject(entry)) return [];
  if (kind === "messages") return leaves(entry.envelopes, ["envelopes"]);
  if (entry.expected !== undefined) return leaves(entry.expected, ["expected"]);
  return leaves(Object.fromEntries(Object.entries(entry).filter(([name]) => !inputs[kind]?.includes(name))));
}

/** Another value of the same kind: one digit another where there is one, else one letter. */
function changed(value: Leaf["value"]): Leaf["value"] {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (value === null) return "x";
  if (value === "") return "0";
  const digits = [...value.matchAll(/[0-9]/g)].map((match) => match.index);
  const at = digits[Math.floor(digits.length / 2)] ?? Math.floor(value.length / 2);
  const letter = value[at] ?? "";
  const other = /[0-8]/.test(letter)
    ? String(Number(letter) + 1)
    : letter === "9"
      ? "3"
      : letter === "A"
        ? "B"
        : letter === "a"
          ? "b"
          : letter === letter.toUpperCase()
            ? "A"
            : "a";
  return value.slice(0, at) + other + value.slice(at + 1);
}

function withLeaf(value: Datum, path: readonly (string | number)[], leaf: Datum): Datum {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? withLeaf(item, rest, leaf) : item));
  const members = value as { readonly [name: string]: Datum };
  return { ...members, [step]: withLeaf(members[step] ?? null, rest, leaf) };
}

describe("conformance: mutation", (it) => {
  for (const name of [...jsonIn("./"), ...jsonIn("./revisions/")]) {
    it(
      `${name}: a changed value fails its entry`,
      async () => {
        const file = parseJson(readFileSync(join(directory, name)), { maxOctets: 1 << 24, maxItems: 1 << 22 });
        let count = 0;
        const unnoticed: string[] = [];
        for (const found of entriesOf(file)) {
          if ((await runEntry(found, file)).status !== "passed") continue;
          for (const leaf of expectedLeaves(found.kind, found.value)) {
            const value = withLeaf(found.value, leaf.path, changed(leaf.value));
            const { status } = await runEntry({ ...found, value }, file);
            if (status !== "failed")
              unnoticed.push(`${found.id} ${leaf.path.join(".")}: ${String(leaf.value).slice(0, 40)} -> ${String(changed(leaf.value)).slice(0, 40)}`);
            count++;
          }
        }
        assert.equal(unnoticed, []);
        assert.ok(count > 0, "nothing was changed");
        console.log(`${name}: ${count} values changed`);
      },
      { timeoutMs: 200_000 },
    );
  }
});
