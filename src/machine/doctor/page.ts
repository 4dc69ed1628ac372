/** Whether the page can be served where the configuration has it, or is by the hub that runs: what was changed since its start waits for the next one. */
import { createServer } from "node:net";
import type { HubConfig } from "../../config/index.ts";
import { missingAddress, systemInterfaces } from "../../transport/interfaces.ts";
import type { Check } from "./doctor.ts";
import { runningHub } from "./running-hub.ts";

const patienceMs = 1000;

/** Looks. */
export async function checkPage({ web, api }: Pick<HubConfig, "web" | "api">): Promise<Check> {
  const { enabled, addresses, port, tls } = web;
  if (!enabled) return { state: "ok", message: "off; 'mesh-hub config set web.enabled true' has it served" };
  const udf = await runningHub(api.socket);
  const missing = addresses.map((address) => missingAddress(address, systemInterfaces())).find((each) => each !== undefined);
  if (missing !== undefined) return { state: "warning", message: missing, hint: "the hub waits for it; correct web.addresses if it will not come" };
  const [address = "127.0.0.1"] = addresses;
  const where = `${address}:${port}`;
  if (udf !== undefined) {
    if (port === 0) return { state: "ok", message: "at a port that was free: 'mesh-hub open' prints it" };
    if ((await whoWelcomes(address, port)) === udf)
      return { state: "ok", message: `${where} is held by this hub, which runs: 'mesh-hub open' opens it` };
    return {
      state: "warning",
      message: `this hub runs and shows no page at ${where}, as the configuration has it`,
      hint: "web.* counts when the hub is started again; where it was, its log says what is wrong",
    };
  }
  for (const wanted of tls.enabled ? [port, tls.port] : [port]) {
    const refused = await refusedAt(address, wanted);
    if (refused === undefined) continue;
    const isInUse = refused.code === "EADDRINUSE";
    const key = wanted === port ? "web.port" : "web.tls.port";
    return {
      state: "failure",
      message: `${address}:${wanted} ${isInUse ? "is in use by another program" : `cannot be had: ${refused.message}`}`,
      hint: `${isInUse ? "stop the other program, or " : ""}set ${key} to another port`,
    };
  }
  return { state: "ok", message: `${where} is free` };
}

/** The hub that welcomes whoever comes there; undefined where none does. */
async function whoWelcomes(address: string, port: number): Promise<unknown> {
  const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "[::1]" : address.includes(":") ? `[${address}]` : address;
  try {
    const answer = await fetch(`http://${host}:${port}/welcome.json`, { signal: AbortSignal.timeout(patienceMs) });
    return ((await answer.json()) as { readonly hubUdf?: unknown }).hubUdf;
  } catch {
    // Whatever is there is no page of a hub's.
    return undefined;
  }
}

/** Why nobody can listen there. */
async function refusedAt(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    server.close();
  }
}
