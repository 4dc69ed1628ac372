/**
 * The hosts that serve a domain (wsd-06, protocol-09 §5.1, RFC 2782): SRV `_mmm._tcp.<domain>`, with TXT of the same name and of
 * `_mmm._tcp.<host>`, which outranks it; without SRV https://mmm.<domain>. Of the TXT keys `path`, `version` and `udf` (the service's profile)
 * are read. Nobody vouches for a record: what it says is a hint, `udf` a further condition.
 */
import type { SrvRecord } from "node:dns";
import type { Dns } from "./dns.ts";

/** Where a service may be. */
export interface ServiceLocation {
  readonly url: string;
  /** UDF that the domain gives for its service. */
  readonly udf?: string;
}

/** Hosts of one domain that are looked at; texts of one name; characters of one text. */
const mostHosts = 8;
const mostTexts = 16;
const mostCharacters = 512;

/** Major versions of the protocol that this program speaks. */
const major = 3;

type Properties = Readonly<Record<string, string>>;

/** Where the service of a domain is when its DNS names none. */
export function usualUrl(domain: string): string {
  return `https://mmm.${domain}`;
}

/** The hosts of a domain, the preferred one first; the fallback alone when it names none. ERR_SERVICE_UNREACHABLE. */
export async function findService(domain: string, dns: Dns): Promise<readonly ServiceLocation[]> {
  const name = `_mmm._tcp.${domain}`;
  const records = inOrder(await dns.srv(name)).slice(0, mostHosts);
  if (records.length === 0) return [{ url: usualUrl(domain) }];
  const service = propertiesOf(await dns.txt(name));
  const found: ServiceLocation[] = [];
  for (const record of records) {
    const own = record.name === domain ? {} : propertiesOf(await dns.txt(`_mmm._tcp.${record.name}`));
    const location = locationOf(record, { ...service, ...own });
    if (location !== undefined) found.push(location);
  }
  return found;
}

/** Lowest priority, then highest weight (RFC 2782 without its lottery: few hosts do not balance load). A "." says that there is no service. */
function inOrder(records: readonly SrvRecord[]): readonly SrvRecord[] {
  return [...records].filter(({ name }) => name !== "" && name !== ".").sort((a, b) => a.priority - b.priority || b.weight - a.weight);
}

function locationOf({ name, port }: SrvRecord, { path, version, udf }: Properties): ServiceLocation | undefined {
  if (version !== undefined && !speaks(version)) return undefined;
  const base = `https://${name}${port === 443 ? "" : `:${port}`}`;
  const url = path === undefined || !path.startsWith("/") ? base : `${base}${path}`;
  return URL.canParse(url) ? { url, ...(udf === undefined ? {} : { udf }) } : undefined;
}

/** A version or a range of them, as in "1.0-3.0". */
function speaks(version: string): boolean {
  const [from = Number.NaN, to = from] = version.split("-").map((part) => Number.parseInt(part, 10));
  return Number.isNaN(from) || (from <= major && major <= to);
}

/** `key=value`, one a text or several with blanks between; the first of a key counts (RFC 6763 §6.4). */
function propertiesOf(records: readonly (readonly string[])[]): Properties {
  const found: Record<string, string> = Object.create(null);
  for (const text of records.flat().slice(0, mostTexts)) {
    for (const pair of text.slice(0, mostCharacters).split(" ")) {
      const at = pair.indexOf("=");
      if (at > 0) found[pair.slice(0, at).toLowerCase()] ??= pair.slice(at + 1);
    }
  }
  return found;
}
