/** What discovery asks of the DNS, and how long it waits for it. */
import type { SrvRecord } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { MeshError } from "../../base/errors.ts";

/** SRV and TXT records of a name; none are an empty list. ERR_SERVICE_UNREACHABLE for a failure that is no answer and no silence. */
export interface Dns {
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** The texts of each record. */
  txt(name: string): Promise<readonly (readonly string[])[]>;
}

/** No record and no DNS are the same here: the fallback name then fails by itself. */
const missing: ReadonlySet<string> = new Set(["ENODATA", "ENOTFOUND", "ESERVFAIL", "ECONNREFUSED", "ETIMEOUT", "EREFUSED", "ENONAME", "EBADNAME"]);

/** Asks the machine's DNS server, or one at an address with or without a port. ERR_USAGE for what is no address. */
export function dnsOf(server?: string): Dns {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (server !== undefined) {
    const host = /^(?:\[([^\]]+)\]|([^:]+)|(.*:.*:.*))(?::\d{1,5})?$/.exec(server);
    if (isIP(host?.[1] ?? host?.[2] ?? host?.[3] ?? "") === 0) throw new MeshError("ERR_USAGE", `not the address of a DNS server: ${server}`);
    resolver.setServers([server]);
  }
  return {
    srv: (name) => answerOf(name, () => resolver.resolveSrv(name)),
    txt: (name) => answerOf(name, () => resolver.resolveTxt(name)),
  };
}

async function answerOf<T>(name: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (cause) {
    if (missing.has((cause as NodeJS.ErrnoException).code ?? "")) return [];
    throw new MeshError("ERR_SERVICE_UNREACHABLE", `cannot look up ${name}`, { cause });
  }
}
