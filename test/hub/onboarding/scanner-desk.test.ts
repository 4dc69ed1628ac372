/** A scanner that the hub reads all the time: codes in a row, junk, hot plug, a scanner process of its own that dies or raves. */
import { existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { OnboardLine, OnboardRequest } from "../../../src/api/index.ts";
import type { Log } from "../../../src/base/log.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { hubScanner } from "../../../src/hub/hub-scanner.ts";
import { ScannerDesk } from "../../../src/hub/onboarding/scanner-desk.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { run } from "../../kit/hub-terminal.ts";
import { SimulatedPort, SimulatedUsb } from "../../kit/simulated-usb.ts";

const codeOf = (letter: string): string => `mcu://maker@example.com/EAAA-${letter.repeat(4)}-AAAA-AAAA-AAAA-AAAA-AAAA`;

/** Keeps what is logged. */
function listen(): { readonly log: Log; readonly said: { event: string; data: Record<string, unknown> }[] } {
  const said: { event: string; data: Record<string, unknown> }[] = [];
  const note = (event: string, data: Record<string, unknown> = {}): void => void said.push({ event, data });
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  return { log, said };
}

/** The hub's part, with a socket for the scanner process. */
function startHubPart(options: { readonly holdMs?: number } = {}) {
  const dir = tempDirectory();
  const socket = join(dir, "scanner.sock");
  const { config } = loadConfig({ env: {}, cwd: dir, flags: { stateDir: dir, "scanner.enabled": "on", "scanner.socket": socket } });
  const onboarded: string[] = [];
  const over = new AbortController();
  let running = 0;
  let most = 0;
  async function* onboard({ uri }: OnboardRequest): AsyncGenerator<OnboardLine> {
    running += 1;
    most = Math.max(most, running);
    onboarded.push(uri);
    yield { step: "scan", state: "started", message: "reading the code" };
    await ports.clock.sleep(options.holdMs ?? 10, over.signal).catch(() => undefined);
    yield { step: "register", state: "done", message: "connected" };
    running -= 1;
  }
  const { log, said } = listen();
  const scanner = hubScanner({ config, ports: { ...ports, log }, env: process.env, onboard });
  if (!scanner) throw new Error("the configuration says on");
  scanner.start();
  onCleanup(() => {
    over.abort();
    return scanner.stop();
  });
  return { dir, socket, scanner, onboarded, said, most: () => most };
}

/** `mesh-hub scanner SOCKET`, with simulated USB ports. */
function startProcess(dir: string, socket: string, usb: SimulatedPort): { readonly ended: Promise<unknown>; end(): void } {
  const end = new AbortController();
  const ended = run(dir, ["scanner", socket], { usb, signal: end.signal });
  onCleanup(async () => {
    end.abort();
    await ended;
  });
  return { ended, end: () => end.abort() };
}

describe("scanner of a hub", (it) => {
  it("connects what is scanned, one after the other, in the order of the scans, and a code that waits once", async () => {
    const { dir, socket, scanner, onboarded, said, most } = startHubPart({ holdMs: 50 });
    await eventually("it is missed by its name", () => /mesh-hub-scanner is not there/.test(scanner.status().detail ?? ""));
    const usb = new SimulatedPort();
    const gun = usb.attach(new SimulatedUsb("/dev/hidraw0"));
    startProcess(dir, socket, usb);
    await eventually("attached", () => scanner.status().state === "up" && said.some(({ event }) => event === "scanner.attached"));
    for (const letter of ["A", "B", "B", "C"]) gun.scans(codeOf(letter));
    await eventually("all are connected", () => onboarded.length === 3 && said.filter(({ data }) => data.step === "register").length === 3);
    assert.equal(onboarded, ["A", "B", "C"].map(codeOf));
    assert.is(most(), 1);
    assert.not.ok(JSON.stringify(said).includes("AAAA-AAAA"), "no code is logged");
  });

  it("refuses junk, half codes and codes of another kind by their kind, and goes on", async () => {
    const { dir, socket, onboarded, said } = startHubPart();
    const usb = new SimulatedPort();
    const gun = usb.attach(new SimulatedUsb("/dev/hidraw0"));
    startProcess(dir, socket, usb);
    await eventually("attached", () => said.some(({ event }) => event === "scanner.attached"));
    const before = said.length;
    gun.scans("4006381333931");
    gun.scans(codeOf("A").slice(0, 30));
    gun.sends(Uint8Array.of(1, 2, 3));
    gun.scans("mcu://alice@example.com/NAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA");
    gun.scans(codeOf("D"));
    await eventually("the good one is connected", () => onboarded.length === 1);
    assert.equal(onboarded, [codeOf("D")]);
    const refused = said.slice(before).filter(({ event }) => event === "scanner.refused");
    assert.is(refused.length, 4, JSON.stringify(refused));
    for (const { data } of refused) assert.ok(["ERR_CODE_KIND", "ERR_CODE_DAMAGED", "ERR_ENCODING"].includes(String(data.code)), String(data.code));
  });

  it("follows scanners that come and go, and a process that dies", async () => {
    const { dir, socket, scanner, onboarded, said } = startHubPart();
    const usb = new SimulatedPort();
    const first = startProcess(dir, socket, usb);
    await eventually("none is there yet", () => scanner.status().state === "unavailable");
    const gun = usb.attach(new SimulatedUsb("/dev/hidraw0"));
    await eventually("attached", () => scanner.status().state === "up");
    usb.pull(gun);
    await eventually("gone", () => said.some(({ event }) => event === "scanner.gone"));
    first.end();
    await first.ended;
    await eventually("the process is missed", () => scanner.status().state === "down");
    const again = usb.attach(new SimulatedUsb("/dev/hidraw1"));
    startProcess(dir, socket, usb);
    await eventually("attached again", () => said.filter(({ event }) => event === "scanner.attached").length === 2);
    again.scans(codeOf("E"));
    await eventually("connected", () => onboarded.length === 1);
  });

  it("lets go of a process that raves: no line, an endless one, what a scanner never says; memory stays", async () => {
    const { socket, scanner, onboarded, said } = startHubPart();
    const lines = [
      "this is no JSON\n",
      '{"kind":"format","disk":"/"}\n',
      `{"kind":"code","scanner":"x","text":"${"x".repeat(5000)}"}\n`,
      "x".repeat(200_000),
    ];
    let served = 0;
    const server = createServer((hub: Socket) => {
      hub.on("error", () => undefined);
      hub.resume();
      hub.write(lines[served++] ?? '{"kind":"state","detail":""}\n');
    });
    assert.not.ok(existsSync(socket));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onCleanup(() => void server.close());
    await eventually("it is served in the end", () => scanner.status().state === "up");
    assert.is(said.filter(({ data }) => String(data.reason).startsWith("the scanner process does not speak as it should")).length, lines.length);
    assert.equal(onboarded, []);
  });

  it("what is scanned without end, and is no code, fills no log; the next code is taken", async () => {
    const { log, said } = listen();
    const onboarded: string[] = [];
    // biome-ignore lint/correctness/useYield: it is over at once.
    async function* onboard({ uri }: OnboardRequest): AsyncGenerator<OnboardLine> {
      onboarded.push(uri);
    }
    const desk = new ScannerDesk({ onboard, clock: ports.clock, log });
    onCleanup(() => desk.stop());
    for (let count = 0; count < 2000; count++) {
      desk.take({ kind: "attached", scanner: "a stick" });
      desk.take({ kind: "code", scanner: "a stick", text: `junk ${count}` });
      desk.take({ kind: "gone", scanner: "a stick", reason: "it was pulled out" });
    }
    assert.ok(said.length > 10 && said.length < 100, `${said.length} lines`);
    desk.take({ kind: "code", scanner: "a stick", text: codeOf("F") });
    await eventually("connected", () => onboarded.length === 1);
    assert.ok(said.some(({ event }) => event === "scanner.code"));
  });

  it("takes thirty-two codes at once, and says so of the next", async () => {
    const { dir, socket, onboarded, said } = startHubPart({ holdMs: 60_000 });
    const usb = new SimulatedPort();
    const gun = usb.attach(new SimulatedUsb("/dev/hidraw0"));
    startProcess(dir, socket, usb);
    await eventually("attached", () => said.some(({ event }) => event === "scanner.attached"));
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (const letter of alphabet) gun.scans(codeOf(letter));
    await eventually("all wait", () => said.filter(({ event }) => event === "scanner.code").length === 32);
    gun.scans(codeOf("A").replace("EAAA", "EAAB"));
    await eventually("the next is refused", () => said.some(({ data }) => data.code === "ERR_BUSY"));
    assert.is(onboarded.length, 1);
  });
});
