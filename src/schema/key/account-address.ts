/**
 * Account addresses `user@domain` (protocol-09 §2): the one grammar of clients and service. ASCII only and kept in lower case, which is the form that
 * goes into a MAC. The domain is made of DNS labels (RFC 1123 §2.1); the user is one word without quotes or comments.
 */
import { lowerAscii } from "../../base/ascii.ts";
import { MeshError } from "../../base/errors.ts";

const longest = 254;
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const domainForm = new RegExp(`^${label}(?:\\.${label}){0,8}$`);
const userForm = /^[a-z0-9][a-z0-9._+-]{0,63}$/;

/** The address in its stored form. Errors: ERR_USAGE when it is none. */
export function accountAddress(text: string): string {
  const address = text.length > longest ? "" : lowerAscii(text);
  const [user = "", domain = "", ...rest] = address.split("@");
  if (rest.length > 0 || !userForm.test(user) || !domainForm.test(domain)) {
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 80))} is not an account address`, { hint: "write it as name@example.com" });
  }
  return address;
}

/** A domain in its stored form. Errors: ERR_USAGE when it is none. */
export function domainName(text: string): string {
  const domain = text.length > longest ? "" : lowerAscii(text);
  if (!domainForm.test(domain)) {
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 80))} is not a domain`, { hint: "write it as example.com" });
  }
  return domain;
}

/** Characters that the user part has at least and at most, and the ASCII characters that stand nowhere in it. */
export const userPolicy: { readonly minimum: number; readonly maximum: number; readonly invalid: string } = {
  minimum: 1,
  maximum: 64,
  invalid: Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    .filter((character) => !userForm.test(lowerAscii(`a${character}`)))
    .join(""),
};

/** Domain of an address in its stored form. */
export function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}

/**
 * Whose domain an address is of, for shares: its last two labels, since whoever has a domain has all below it. Domains under a suffix of two labels,
 * like co.uk, have one share.
 */
export function siteOf(address: string): string {
  return domainOf(address).split(".").slice(-2).join(".");
}
