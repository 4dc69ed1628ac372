#!/usr/bin/env node
/** mesh-service: a Mesh Service Provider as a process. Ready line on stdout (`--json` for programs), log on stderr, sd_notify under systemd. */
import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { fileError } from "../base/atomic-file.ts";
import { systemClock } from "../base/clock.ts";
import { MeshError } from "../base/errors.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../base/notify.ts";
import { systemRandom } from "../base/random.ts";
import { refuseEmpty } from "../cli/term/empty.ts";
import { fail } from "../cli/term/failure.ts";
import { createOutput } from "../cli/term/output.ts";
import { dressProgram, tellUsage, wantsJson } from "../cli/term/usage.ts";
import type { TlsFiles } from "../provider/index.ts";
import { MeshService } from "../provider/index.ts";
import { createLog } from "./log.ts";

interface Flags {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly domain?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly json?: boolean;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return port;
}

async function tlsOf({ tlsCert, tlsKey }: Flags): Promise<TlsFiles | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new MeshError("ERR_USAGE", "--tls-cert and --tls-key go together");
  const read = (path: string): Promise<Uint8Array> =>
    readFile(path).catch((error: unknown) => Promise.reject(fileError(error, `cannot read ${path}`)));
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}

async function run(flags: Flags): Promise<void> {
  const log = createLog({ name: "service", level: "info", write: (line) => process.stderr.write(line) });
  const service = new MeshService();
  const tls = await tlsOf(flags);
  const { dir, host, port, domain: domains } = flags;
  await service.start({ dir, host, port, ...(tls && { tls }), ...(domains && { domains }), clock: systemClock, random: systemRandom, log });
  const { url, udf } = service;
  process.stdout.write(flags.json ? `${JSON.stringify({ url, udf })}\n` : `Mesh service ${udf}\nlistening at ${url}\n`);
  const notifying = { env: process.env, log };
  const stopWatchdog = startWatchdog({ ...notifying, clock: systemClock, healthy: () => true });
  const stop = async (): Promise<void> => {
    stopWatchdog();
    await notifyStopping(notifying);
    await service.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop().catch(failed));
  await notifyReady(`listening at ${url}`, notifying);
}

function failed(error: unknown): void {
  process.exitCode = fail(createOutput(process, { json: wantsJson(process.argv) }), error);
}

const program = new Command("mesh-service")
  .description("Mesh Service Provider: keeps the encrypted stores of accounts and carries their messages")
  .requiredOption("--dir <directory>", "where seed and accounts are kept")
  .option("--host <address>", "address to listen on", "127.0.0.1")
  .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 8443)
  .option("--domain <domain...>", "domains whose addresses are taken (default: all)")
  .option("--tls-cert <file>", "certificate chain, PEM")
  .option("--tls-key <file>", "private key, PEM")
  .option("--json", "print one line of JSON when ready")
  .action((flags: Flags, command: Command) =>
    Promise.resolve()
      .then(() => refuseEmpty(command))
      .then(() => run(flags))
      .catch(failed),
  );
dressProgram(program, process);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tellUsage(error, { args: process.argv, streams: process, commands: "see 'mesh-service --help'" });
}
