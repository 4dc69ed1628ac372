/**
 * Scanners that the hub reads all the time, by a process that is a child or a unit of its own (mesh-hub-scanner.service). It may die at any line or say
 * anything: it is ended, and another one is started.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { Keeper } from "../../base/keeper.ts";
import type { Log } from "../../base/log.ts";
import { ownProgram } from "../../base/package-root.ts";
import type { Random } from "../../base/random.ts";
import { withPipes } from "../../base/with-pipes.ts";
import { Lines } from "../lines.ts";
import type { MediumStatus } from "../medium.ts";
import { reasonOf } from "../probe.ts";
import { reachUnit } from "../unit-socket.ts";
import { readScannerLine } from "./scanner-line.ts";
import type { Scanned } from "./scanners.ts";

/** The unit that may run it. */
const scannerUnit = "mesh-hub-scanner";

/** A process that reads scanners. */
export interface ScannerProcess {
  readonly socket: Socket;
  /** Ends it. */
  end(): void;
}

/** How scanners are kept. */
export interface ScannerKeeperOptions {
  /** Starts a process, or reaches one. */
  readonly open: () => Promise<ScannerProcess>;
  readonly onScanned: (scanned: Scanned) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A code of 4096 characters, each of them escaped. */
const mostLine = 6 * 4096 + 1024;

/** The scanners of a hub. */
export class ScannerKeeper {
  readonly #options: ScannerKeeperOptions;
  readonly #keeper: Keeper;
  #status: MediumStatus = { state: "down" };

  constructor(options: ScannerKeeperOptions) {
    this.#options = options;
    const { clock, random, log } = options;
    this.#keeper = new Keeper({
      live: (signal) => this.#live(signal),
      ended: (why) => {
        this.#status = { state: "down", detail: why };
        log.warn("scanner.process_ended", { reason: why });
      },
      clock,
      random,
    });
  }

  start(): void {
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    await this.#keeper.stop();
    this.#status = { state: "down" };
  }

  status(): MediumStatus {
    return this.#status;
  }

  /** The life of one process. @returns why it is over */
  async #live(signal: AbortSignal): Promise<string> {
    const process = await this.#options.open();
    const { socket } = process;
    const end = (): void => void socket.destroy();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      return await new Promise<string>((resolve) => {
        const lines = new Lines((line) => this.#take(line), mostLine);
        socket.on("data", (chunk: Buffer) => {
          try {
            lines.read(chunk);
          } catch (error) {
            resolve(`the scanner process does not speak as it should: ${reasonOf(error)}`);
          }
        });
        socket.on("error", () => undefined);
        socket.once("close", () => resolve("the scanner process has ended"));
      });
    } finally {
      signal.removeEventListener("abort", end);
      socket.destroy();
      process.end();
    }
  }

  #take(line: string): void {
    const told = readScannerLine(line);
    if (told.kind === "state") {
      this.#status = told.detail === "" ? { state: "up" } : { state: "unavailable", detail: told.detail };
      return;
    }
    if (told.kind === "attached") this.#status = { state: "up" };
    this.#options.onScanned(told);
  }
}

/** A child of this process, without secrets in its environment. */
export async function scannerChild(env: Readonly<Record<string, string | undefined>>): Promise<ScannerProcess> {
  const words = ownProgram("src", "transport", "hid", "scanner-main");
  const child = withPipes(
    spawn(process.execPath, words, { env: env.PATH === undefined ? {} : { PATH: env.PATH }, stdio: ["ignore", "ignore", "ignore", "pipe"] }),
  );
  const socket = child.stdio[3] as Socket;
  child.once("error", () => socket.destroy());
  return { socket, end: () => void child.kill("SIGKILL") };
}

/** The unit at a socket. */
export async function scannerAt(path: string): Promise<ScannerProcess> {
  return { socket: await reachUnit(path, scannerUnit), end: () => undefined };
}
