/** The scanner of a hub, as its configuration wants it: read all the time when it is on. */
import type { Ports } from "../account/hub.ts";
import type { HubConfig } from "../config/index.ts";
import { ScannerKeeper, scannerAt, scannerChild } from "../transport/hid/scanner-keeper.ts";
import type { MediumStatus } from "../transport/medium.ts";
import { ScannerDesk, type ScannerDeskOptions } from "./onboarding/scanner-desk.ts";

/** What it needs. */
export interface HubScannerOptions {
  readonly config: HubConfig;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onboard: ScannerDeskOptions["onboard"];
}

/** A scanner that is read. */
export interface HubScanner {
  start(): void;
  stop(): Promise<void>;
  status(): MediumStatus;
}

/** Undefined unless the configuration says on. */
export function hubScanner({ config, ports, env, onboard }: HubScannerOptions): HubScanner | undefined {
  const { enabled, socket } = config.scanner;
  if (enabled !== "on") return undefined;
  const { clock, random, log } = ports;
  const desk = new ScannerDesk({ onboard, clock, log });
  const open = socket === undefined ? () => scannerChild(env) : () => scannerAt(socket);
  const keeper = new ScannerKeeper({ open, onScanned: (scanned) => desk.take(scanned), clock, random, log: log.child("scanner") });
  return {
    start: () => keeper.start(),
    status: () => keeper.status(),
    async stop() {
      await keeper.stop();
      await desk.stop();
    },
  };
}
