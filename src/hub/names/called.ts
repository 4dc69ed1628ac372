/** What somebody means by a key or a name where one thing is wanted, as in the arguments of a command: names count as alike as they do in sentences. */
import { MeshError } from "../../base/errors.ts";
import { fold } from "../../driver/index.ts";

interface Named {
  readonly name: string;
}

/** What a text names: the one thing whose key it is, else all that are called so. */
export function called<T extends Named>(things: Iterable<T>, text: string, keyOf: (thing: T) => string): readonly T[] {
  const all = [...things];
  const one = all.find((thing) => keyOf(thing) === text);
  const wanted = fold(text.trim());
  return one ? [one] : all.filter(({ name }) => fold(name) === wanted);
}

/** The only one. @param words what is said when there is none, and of several. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function onlyOne<T extends Named>(
  found: readonly T[],
  { none, many, hint }: { readonly none: string; readonly many: string; readonly hint?: string },
): T {
  const [first, second] = found;
  if (!first) throw new MeshError("ERR_NOT_FOUND", none, hint === undefined ? {} : { hint });
  if (second) throw new MeshError("ERR_AMBIGUOUS", `${found.length} ${many}`, { hint: "name it by its key or fingerprint" });
  return first;
}
