/** The URL of the service of an account address: a configured one, else the first host of its domain. */
import { MeshError } from "../../base/errors.ts";
import { accountAddress, domainOf } from "../../schema/index.ts";
import type { Dns } from "./dns.ts";
import { dnsOf } from "./dns.ts";
import { findService } from "./find-service.ts";

/** Where services are, for those who know: one URL for all, or a URL by domain or by address. */
export type ConfiguredServices = string | Readonly<Record<string, string>>;

/** How to look. */
export interface ServiceUrlOptions {
  readonly configured?: ConfiguredServices;
  /** Stands in for the machine's DNS. */
  readonly dns?: Dns;
}

/** The URL of the service that holds an address. ERR_USAGE when it is no address; ERR_SERVICE_UNREACHABLE. */
export async function serviceUrl(address: string, { configured, dns }: ServiceUrlOptions = {}): Promise<string> {
  const folded = accountAddress(address);
  const domain = domainOf(folded);
  const known = typeof configured === "string" ? configured : (configured?.[folded] ?? configured?.[domain]);
  if (known !== undefined) return known;
  const [first] = await findService(domain, dns ?? dnsOf());
  if (first === undefined) throw new MeshError("ERR_SERVICE_UNREACHABLE", `no host of ${domain} speaks a version of the protocol that is known here`);
  return first.url;
}
