/**
 * What may become a name: something that people can say, that fits into an MQTT topic and a terminal, and that means one thing in its place.
 * Refused here, at the time of naming, rather than asked about at every command.
 */
import { MeshError } from "../../base/errors.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { placePath } from "./name-index.ts";
import { keyOf } from "./text.ts";

/** Most characters that a name has. */
export const nameLimit = 64;

/** Words that topics use for the hub itself. */
const reserved = ["bridge"];

/** What is to be named, and where. */
export interface Naming {
  readonly index: NameIndex;
  /** The thing that gets the name; its own present names are no clash. */
  readonly udf?: string | undefined;
  /** Key of the place where it will stand. */
  readonly place?: string | undefined;
}

/**
 * The name as it is stored: NFC, without blanks around it and with single ones inside.
 * @throws ERR_NAME saying what is wrong, with the thing that has the name already
 */
export function checkName(name: string, { index, udf, place }: Naming): string {
  const clean = checkText(name);
  const { language } = index.vocabulary;
  const key = keyOf(clean, language);
  if (key === "") throw new MeshError("ERR_NAME", `the name ${JSON.stringify(clean)} has no letter or digit`);
  const first = key.split(" ")[0] ?? "";
  if (reserved.includes(key)) throw new MeshError("ERR_NAME", `the name "${key}" is kept for the hub itself`);
  if ([...language.All, ...language.Everything].includes(first))
    throw new MeshError("ERR_NAME", `the name "${clean}" starts with "${first}", which means several devices`);
  const clash = index.byKey.get(key)?.find((thing) => thing.udf !== udf && thing.place === place);
  if (clash !== undefined) throw taken(clean, clash, index);
  return clean;
}

function checkText(name: string): string {
  // The length is looked at first: nothing below runs over a text of any size.
  if (name.length > 4 * nameLimit) throw tooLong();
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) throw new MeshError("ERR_NAME", "a name must not have control characters");
  // Direction overrides and invisible characters make one name look like another; the two joiners are part of emoji and of some scripts.
  if (/[\p{Cf}]/u.test(name.replace(/[\u200C\u200D]/gu, "")))
    throw new MeshError("ERR_NAME", "a name must not have invisible or direction characters");
  const clean = name
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
  if (clean === "") throw new MeshError("ERR_NAME", "a name must not be empty");
  if ([...clean].length > nameLimit) throw tooLong();
  // Also their full-width twins, which the common form turns into them.
  const sign = /[/+#$]/.exec(clean.normalize("NFKC"));
  if (sign !== null) throw new MeshError("ERR_NAME", `a name must not have ${sign[0]}`);
  return clean;
}

function tooLong(): MeshError {
  return new MeshError("ERR_NAME", `a name must not be longer than ${nameLimit} characters`);
}

function taken(name: string, clash: NamedThing, index: NameIndex): MeshError {
  const where = placePath(index, clash).join(" / ");
  return new MeshError(
    "ERR_NAME",
    `the name "${name}" is taken by ${clash.name}${where === "" ? "" : ` in ${where}`} (${clash.class} ${clash.udf.slice(0, 14)})`,
    {
      detail: { clash: clash.udf },
    },
  );
}
