/**
 * Finds the service of an account address (wsd-06, protocol-09 §5.1): a configured URL, else the SRV record `_mmm._tcp.<domain>`, else
 * https://mmm.<domain>. Left out: TXT records (path, version, encoding), and trying the next host, which is left to the resolver's answer.
 */
import type { SrvRecord } from "node:dns";
import { resolveSrv } from "node:dns/promises";
import { MeshError } from "../../base/errors.ts";
import { accountAddress, domainOf } from "../../schema/index.ts";

/** Where services are, for those who know: one URL for all, or a URL by domain or by address. */
export type ConfiguredServices = string | Readonly<Record<string, string>>;

/** How to look. */
export interface ServiceUrlOptions {
  readonly configured?: ConfiguredServices;
  /** Stands in for the DNS. */
  readonly resolve?: (name: string) => Promise<readonly SrvRecord[]>;
}

const missing: ReadonlySet<string> = new Set(["ENODATA", "ENOTFOUND", "ESERVFAIL", "ECONNREFUSED", "ETIMEOUT", "EREFUSED"]);

/** The URL of the service that holds an address. ERR_USAGE when it is no address. */
export async function serviceUrl(address: string, options: ServiceUrlOptions = {}): Promise<string> {
  const folded = accountAddress(address);
  const domain = domainOf(folded);
  const { configured, resolve = resolveSrv } = options;
  const known = typeof configured === "string" ? configured : (configured?.[folded] ?? configured?.[domain]);
  if (known !== undefined) return known;
  const record = preferred(await lookUp(domain, resolve));
  if (record === undefined) return `https://mmm.${domain}`;
  return `https://${record.name}${record.port === 443 ? "" : `:${record.port}`}`;
}

/** No record and no DNS are the same here: the fallback name then fails by itself. */
async function lookUp(domain: string, resolve: (name: string) => Promise<readonly SrvRecord[]>): Promise<readonly SrvRecord[]> {
  try {
    return await resolve(`_mmm._tcp.${domain}`);
  } catch (error) {
    if (missing.has((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw new MeshError("ERR_SERVICE_UNREACHABLE", `cannot look up the service of ${domain}`, { cause: error });
  }
}

/** Lowest priority, then highest weight (RFC 2782 without its lottery: one household does not balance load). */
function preferred(records: readonly SrvRecord[]): SrvRecord | undefined {
  return [...records].filter(({ name }) => name !== "" && name !== ".").sort((a, b) => a.priority - b.priority || b.weight - a.weight)[0];
}
