/**
 * Strong Internet Names (udf-13 §1.3, §7): an address with a DNS label `mm--` + fingerprint (M or K) of the policy document that has
 * to be satisfied. Prefix form `user@mm--X.domain` also works for software that knows nothing of it, suffix form `user@domain.mm--X`
 * for no other. Left out: the policy documents. Old examples group by five digits: dashes say nothing.
 */
import { MeshError } from "../base/errors.ts";
import { parseUdf, udfType } from "./udf.ts";

/** A parsed address. */
export interface StrongName {
  readonly form: "none" | "prefix" | "suffix";
  /** The address to act on, without the label. */
  readonly address: string;
  /** Fingerprint as the label spells it, where there is one. */
  readonly label?: string;
  /** The same as canonical text. */
  readonly udf?: string;
}

const mark = "mm--";
const maxAddress = 320;
/** A DNS label has 63 characters: 48 digits with their dashes after the mark. */
const maxDigits = 48;
/** Digits of the 92 bits below which no fingerprint counts. */
const minDigits = 19;

function readLabel(label: string): string {
  const { type, text } = parseUdf(label.slice(mark.length));
  const isDigest = (type >= udfType.digestSha3 && type <= udfType.digestSha3 + 4) || (type >= udfType.digestSha2 && type <= udfType.digestSha2 + 4);
  const count = text.replaceAll("-", "").length;
  if (!isDigest || label.length > 63 || count < minDigits)
    throw new MeshError("ERR_ENCODING", `label ${JSON.stringify(label)} is no fingerprint of a policy`);
  return text;
}

/** Reads an address. Throws ERR_ENCODING when its label is no fingerprint, or there are several. */
export function parseStrongName(address: string): StrongName {
  if (address.length > maxAddress) throw new MeshError("ERR_ENCODING", `address of ${address.length} characters`);
  const at = address.lastIndexOf("@");
  const [user, labels] = [address.slice(0, at + 1), address.slice(at + 1).split(".")];
  const marked = labels.filter((label) => label.toLowerCase().startsWith(mark));
  const [label] = marked;
  if (label === undefined) return { form: "none", address };
  const rest = labels.filter((other) => other !== label);
  const form = labels[0] === label ? "prefix" : labels.at(-1) === label ? "suffix" : undefined;
  if (marked.length > 1 || form === undefined || rest.length === 0) throw new MeshError("ERR_ENCODING", "a strong name has one label, first or last");
  return { form, address: `${user}${rest.join(".")}`, label: label.slice(mark.length), udf: readLabel(label) };
}

/** DNS label of a fingerprint: lower case, groups of four, cut to the 240 bits that a label can hold. Throws ERR_ENCODING. */
export function strongLabel(udf: string): string {
  const { text } = parseUdf(udf);
  const digits = text.replaceAll("-", "").slice(0, maxDigits);
  const label = mark + digits.toLowerCase().replace(/.{4}(?=.)/g, "$&-");
  readLabel(label);
  return label;
}

/** Address with the label of a fingerprint. Throws ERR_ENCODING when the address already has one. */
export function formatStrongName(parts: { readonly address: string; readonly udf: string; readonly form: "prefix" | "suffix" }): string {
  if (parseStrongName(parts.address).form !== "none") throw new MeshError("ERR_ENCODING", "the address is a strong name already");
  const at = parts.address.lastIndexOf("@") + 1;
  const [user, domain] = [parts.address.slice(0, at), parts.address.slice(at)];
  const label = strongLabel(parts.udf);
  return parts.form === "prefix" ? `${user}${label}.${domain}` : `${user}${domain}.${label}`;
}
