/** Services that a person names instead of the DNS: `DOMAIN=URL`, and with `?udf=` the fingerprint that it has to have. */
import { MeshError } from "../../base/errors.ts";
import { parseUdf } from "../../crypto/index.ts";
import { domainName, domainOf } from "../../schema/index.ts";

/** Where the service of a domain is. */
export interface ConfiguredPeer {
  readonly domain: string;
  readonly url: string;
  /** UDF of its profile. */
  readonly udf?: string;
}

const hint = "write it as example.net=https://mesh.example.net?udf=MB2C-... ('mesh-service' there prints its fingerprint when it starts)";

/** Reads one. ERR_USAGE. */
export function configuredPeer(text: string): ConfiguredPeer {
  const at = text.indexOf("=");
  const address = text.slice(at + 1);
  if (at < 1 || !URL.canParse(address)) throw new MeshError("ERR_USAGE", `no domain with a URL: ${JSON.stringify(text.slice(0, 200))}`, { hint });
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new MeshError("ERR_USAGE", `not an http or https URL: ${address}`, { hint });
  const udf = url.searchParams.get("udf");
  url.searchParams.delete("udf");
  return { domain: domainName(text.slice(0, at)), url: url.href, ...(udf === null ? {} : { udf: fingerprint(udf) }) };
}

/** The one that was named for the domain of an address. */
export function peerOf(peers: readonly ConfiguredPeer[] | undefined, address: string): ConfiguredPeer | undefined {
  return peers?.find(({ domain }) => domain === domainOf(address));
}

function fingerprint(text: string): string {
  try {
    return parseUdf(text).text;
  } catch (cause) {
    throw new MeshError("ERR_USAGE", `no fingerprint: ${JSON.stringify(text.slice(0, 200))}`, { hint, cause });
  }
}
