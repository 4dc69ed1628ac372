/** One line of a vCard: `group.NAME;PARAMETER=value:value`. RFC 6350 §3.3; values of parameters: RFC 6868. */
import { MeshError } from "../../base/errors.ts";
import type { Line } from "./fold.ts";

/** A parameter; its values are plain text. */
export interface VcardParameter {
  /** In upper case. */
  readonly name: string;
  readonly values: readonly string[];
}

/** A property of a card. */
export interface VcardProperty {
  readonly group?: string;
  /** In upper case. */
  readonly name: string;
  readonly parameters: readonly VcardParameter[];
  /** As it stands in the line: escaped where its type has escapes (text-value.ts). */
  readonly value: string;
}

const mostParameters = 32;
const head = /^(?:([A-Za-z0-9-]{1,64})\.)?([A-Za-z0-9-]{1,64})(?=[;:])/;
// The whole grammar of one parameter; each alternative ends where the other begins, so that no text takes more than one pass.
const parameter = /;([A-Za-z0-9-]{1,64})(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?/y;
const oneValue = /"([^"]*)"|[^",]+/g;

/** Reads a line. Errors: ERR_ENCODING that names the line, ERR_TOO_LARGE. */
export function parseContentLine({ number, text }: Line): VcardProperty {
  const refuse = (why: string): never => {
    throw new MeshError("ERR_ENCODING", `line ${number} of the card ${why}`);
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const control = /[\x00-\x08\x0a-\x1f\x7f]/.exec(text)?.[0];
  if (control !== undefined) refuse(`holds the control character ${control.charCodeAt(0)}`);
  const [start = "", group, name] = head.exec(text) ?? [];
  if (name === undefined) return refuse("is no line of a vCard");
  const parameters: VcardParameter[] = [];
  let at = start.length;
  while (text[at] === ";") {
    parameter.lastIndex = at;
    const [whole, key, given] = parameter.exec(text) ?? [];
    if (whole === undefined || key === undefined) return refuse("has a parameter that is none");
    if (parameters.length === mostParameters)
      throw new MeshError("ERR_TOO_LARGE", `line ${number} of the card has more than ${mostParameters} parameters`);
    // vCard 2.1 and some of today's write a bare word for a TYPE.
    parameters.push(given === undefined ? { name: "TYPE", values: [key] } : { name: key.toUpperCase(), values: valuesOf(given) });
    at += whole.length;
  }
  if (text[at] !== ":") refuse("has no value");
  return { ...(group === undefined ? {} : { group }), name: name.toUpperCase(), parameters, value: text.slice(at + 1) };
}

function valuesOf(text: string): string[] {
  return [...text.matchAll(oneValue)].map(([bare, quoted]) => decoded(quoted ?? bare));
}

const decoded = (text: string): string => text.replace(/\^([n'^])/g, (_, code: string) => (code === "n" ? "\n" : code === "'" ? '"' : "^"));
const encoded = (text: string): string =>
  text
    .replaceAll("^", "^^")
    .replace(/\r\n|[\r\n]/g, "^n")
    .replaceAll('"', "^'");

/** Writes a line, unfolded. Errors: ERR_INTERNAL for a name that is none. */
export function formatContentLine({ group, name, parameters, value }: VcardProperty): string {
  for (const word of [...(group === undefined ? [] : [group]), name, ...parameters.map((given) => given.name)]) {
    if (!/^[A-Za-z0-9-]+$/.test(word)) throw new MeshError("ERR_INTERNAL", `${JSON.stringify(word)} is no name of a vCard`);
  }
  const written = parameters.map((given) => `;${given.name}=${given.values.map(formatValue).join(",")}`).join("");
  return `${group === undefined ? "" : `${group}.`}${name}${written}:${value}`;
}

function formatValue(text: string): string {
  const safe = encoded(text);
  return /[,;:]/.test(safe) ? `"${safe}"` : safe;
}
