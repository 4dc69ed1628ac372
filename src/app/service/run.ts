/** `mesh-service run`: the service as a process. Ready line on stdout (`--json` for programs), log on stderr, sd_notify under systemd. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { fileError } from "../../base/atomic-file.ts";
import { systemClock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../../base/notify.ts";
import { systemRandom } from "../../base/random.ts";
import { readRegular } from "../../base/regular-file.ts";
import { nearest } from "../../config/nearest.ts";
import type { Dns } from "../../protocol/index.ts";
import { configuredPeer, dnsOf } from "../../protocol/index.ts";
import type { BindPolicy, Limits, TlsFiles } from "../../provider/index.ts";
import { bindPolicies, defaultLimits, MeshService } from "../../provider/index.ts";
import { createLog } from "../log.ts";
import { endOnSignals } from "../signals.ts";

interface Flags {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly domain?: readonly string[];
  readonly peer?: readonly string[];
  readonly discovery: boolean;
  readonly resolver?: string;
  readonly bind?: (typeof bindPolicies)[number];
  readonly open?: boolean;
  readonly list?: string;
  readonly limit?: readonly string[];
  readonly uri?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly json?: boolean;
}

/** Adds what the service itself takes. */
export function addRun(command: Command, options: { readonly failed: (error: unknown) => void }): void {
  command
    .description("keep accounts and carry their messages (the default command)")
    .requiredOption("--dir <directory>", "where seed and accounts are kept")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 8443)
    .option("--domain <domain...>", "domains whose addresses are taken (default: all)")
    .option("--peer <domain=url...>", "services of other domains; with ?udf=FINGERPRINT the service that it has to be")
    .option("--no-discovery", "speak to the services of --peer alone (default: with --domain, those that the DNS names, too)")
    .option("--resolver <address>", "DNS server that is asked for them (default: the machine's)")
    .addOption(
      new Option("--bind <policy>", "who may make a new account: whoever has an invitation, is on a list, all, nobody").choices(bindPolicies),
    )
    .option("--open", "let everybody make accounts, as --bind open does (default: by invitation, see 'mesh-service invite')")
    .option("--list <file>", "addresses that may make accounts, one a line; with --bind list")
    .option("--limit <name=number...>", "changes a limit on callers; 'mesh-service limits' lists them")
    .option("--uri <url>", "address by which clients reach it from outside (default: where it listens)")
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "private key, PEM")
    .option("--json", "print one line of JSON when ready")
    .action((flags: Flags) => run(flags, options.failed));
}

/** `mesh-service limits`: names and values of what the service bounds. */
export function listLimits(write: (text: string) => void): void {
  for (const [name, value] of Object.entries(defaultLimits)) write(`${name}=${value}\n`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return port;
}

function bindOf({ bind, open, list }: Flags): BindPolicy {
  if (open && bind !== undefined && bind !== "open") throw new MeshError("ERR_USAGE", `--open and --bind ${bind} contradict each other`);
  const kind = open ? "open" : (bind ?? (list === undefined ? "invitation" : "list"));
  if (kind !== "list") {
    if (list !== undefined) throw new MeshError("ERR_USAGE", `--list goes with --bind list, not with ${kind}`);
    return { kind };
  }
  if (list === undefined) throw new MeshError("ERR_USAGE", "--bind list needs a file of addresses", { hint: "give it with --list FILE" });
  return { kind, file: list };
}

/** Undefined when no service is looked up: without domains of its own a service knows nothing that is not its own. */
function dnsFor({ domain, discovery, resolver }: Flags): Dns | undefined {
  if (resolver !== undefined && (!discovery || domain === undefined))
    throw new MeshError("ERR_USAGE", "--resolver is for discovery, which needs --domain and no --no-discovery");
  return discovery && domain !== undefined ? dnsOf(resolver) : undefined;
}

function limitsOf({ limit = [] }: Flags): Partial<Limits> {
  const found: Record<string, number> = {};
  for (const text of limit) {
    const [name = "", value = ""] = text.split("=");
    if (!Object.hasOwn(defaultLimits, name)) {
      const near = nearest(name, Object.keys(defaultLimits));
      throw new MeshError("ERR_USAGE", `no limit ${JSON.stringify(name)}`, {
        hint: near === undefined ? "'mesh-service limits' lists them" : `did you mean ${near}?`,
      });
    }
    if (!/^[1-9]\d{0,11}$/.test(value))
      throw new MeshError("ERR_USAGE", `--limit ${name} needs a whole number above 0, not ${JSON.stringify(value)}`);
    found[name] = Number(value);
  }
  return found;
}

const mostTlsOctets = 1 << 20;

async function tlsOf({ tlsCert, tlsKey }: Flags): Promise<TlsFiles | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new MeshError("ERR_USAGE", "--tls-cert and --tls-key go together");
  const read = (path: string): Promise<Uint8Array> =>
    readRegular(path, mostTlsOctets).catch((error: unknown) => Promise.reject(fileError(error, `cannot read ${path}`)));
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}

async function run(flags: Flags, failed: (error: unknown) => void): Promise<void> {
  const log = createLog({ name: "service", level: "info", fd: 2 });
  process.on("SIGHUP", () => log.info("signal.ignored", { signal: "SIGHUP" }));
  // From here on: a signal in the middle of the start must not leave what the start began.
  const ending = new AbortController();
  endOnSignals(ending, { graceMs: 20_000 });
  const service = new MeshService();
  const tls = await tlsOf(flags);
  const { dir, host, port, domain: domains, uri } = flags;
  const rules = { bind: bindOf(flags), limits: limitsOf(flags), peers: (flags.peer ?? []).map(configuredPeer) };
  const dns = dnsFor(flags);
  const ports = { clock: systemClock, random: systemRandom, log };
  await service.start({
    dir,
    host,
    port,
    ...(tls && { tls }),
    ...(domains && { domains }),
    ...(uri && { uri }),
    ...(dns && { dns }),
    ...rules,
    ...ports,
  });
  const notifying = { env: process.env, log };
  const stopWatchdog = startWatchdog({ ...notifying, clock: systemClock, healthy: () => true });
  const stop = async (): Promise<void> => {
    stopWatchdog();
    await notifyStopping(notifying);
    await service.stop();
  };
  if (ending.signal.aborted) return stop();
  ending.signal.addEventListener("abort", () => void stop().catch(failed), { once: true });
  const { udf, isListening, listening } = service;
  if (!isListening) await notifyReady(`waits for the address ${host}`, notifying);
  if (!(await listening)) return;
  const { url } = service;
  process.stdout.write(flags.json ? `${JSON.stringify({ url, udf })}\n` : `Mesh service ${udf}\nlistening at ${url}\n`);
  await notifyReady(`listening at ${url}`, notifying);
}
