/** The first day at a booted box: how a phone in the house comes in, what is written into the hub's configuration, and what else is in the network. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assert, onCleanup } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { openBrowser } from "../kit/browser.ts";
import { eventually } from "../kit/eventually.ts";
import { nodeWords } from "../kit/node-words.ts";
import { homeThatTrusts } from "../kit/trusting-home.ts";
import type { Namespace } from "../network/namespaces.ts";
import type { Machine } from "./machine.ts";

/** Where the phone finds the box. */
export const box = "10.77.0.1";
const password = "open sesame";

/**
 * Comes in as a person does who has only the terminal and the phone: the plain page gives the hub's certificate, which is trusted when its fingerprint is
 * the one that the terminal shows; then the link is opened.
 */
export async function comeIn(machine: Machine, phone: Namespace): Promise<BrowserPage> {
  const { url, fingerprint = "" } = await machine.ask<{ url: string; fingerprint?: string }>("mesh-hub open");
  const { hostname } = new URL(url);
  const rules = [`--host-resolver-rules=MAP ${hostname} ${box}`];
  const stranger = await (await openBrowser(rules, {}, phone.through)).page();
  await stranger.goto(`http://${hostname}:7380/`);
  await stranger.shows(fingerprint);
  const der = Buffer.from(
    await stranger.evaluate<string>(
      `fetch("/authority.crt").then((r) => r.arrayBuffer()).then((b) => btoa(String.fromCharCode(...new Uint8Array(b))))`,
    ),
    "base64",
  );
  assert.is(createHash("sha256").update(der).digest("hex").toUpperCase(), fingerprint.replaceAll(":", "").toUpperCase());
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`;
  const page = await (await openBrowser(rules, { HOME: homeThatTrusts(pem) }, phone.through)).page();
  await page.look({ width: 390, height: 844 });
  await page.goto((await machine.ask<{ url: string }>("mesh-hub open")).url);
  await page.shows("Live");
  return page;
}

/** Gives the bridges their logins, as docs/first-day.md has it, and the broker TLS; the hub starts anew. */
export async function letBridgesIn(machine: Machine): Promise<void> {
  const bridges = [];
  for (const [kind, username] of [
    ["zigbee2mqtt", "z2m"],
    ["tasmota", "tasmota"],
  ] as const) {
    const file = `/etc/mesh-hub/${username}`;
    await machine.run(`umask 077; echo '${password}' > ${file} && chown mesh-hub ${file}`);
    bridges.push({ kind, username, password: `file:${file}` });
  }
  const path = join(machine.root, "etc", "mesh-hub", "hub.config.json");
  const before = readFileSync(path, "utf8");
  const after = before
    .replace('"bridges": []', `"bridges": ${JSON.stringify(bridges)}`)
    .replace(/("tls": \{\s*\/\/[^\n]*\s*"enabled": )false/, "$1true");
  assert.is(after.length - before.length, JSON.stringify(bridges).length - "[]".length + "true".length - "false".length);
  writeFileSync(path, after);
  await machine.run("systemctl restart mesh-hub");
}

/** Starts what else is in the phone's network. */
export function startNeighbours(phone: Namespace) {
  const [command = "", ...words] = [...phone.through, process.execPath, ...nodeWords("test/service/neighbours.ts")];
  const child = spawn(command, [...words, `mqtt://${box}:1883`, password], { stdio: ["pipe", "pipe", "inherit"] });
  onCleanup(() => void child.kill());
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return {
    tell: (login: unknown) => void child.stdin.write(`${JSON.stringify(login)}\n`),
    async says(isIt: (line: string) => boolean): Promise<string> {
      await eventually("the neighbours answer", () => {
        if (child.exitCode !== null) throw new Error("they have ended");
        return lines.some(isIt);
      });
      return lines.find(isIt) ?? "";
    },
  };
}
