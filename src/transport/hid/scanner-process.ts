/**
 * What runs in the scanner process: reads the scanners of this machine for a hub, which may not open them, and says what was read (scanner-line.ts).
 * A scanner says what a stranger has printed: it is parsed where there are no keys. It ends with the hub.
 */
import type { Socket } from "node:net";
import { systemClock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { nodeHidPort } from "./node-hid-port.ts";
import { type ScannerTold, scannerLine } from "./scanner-line.ts";
import { type HidPort, Scanners } from "./scanners.ts";

/** Octets that may wait for a hub that does not read. */
const mostWaiting = 1 << 20;
const againMs = 10_000;

/** Serves a hub until it goes. Resolves then. */
export async function serveScanners(hub: Socket, port: HidPort = nodeHidPort): Promise<void> {
  const over = new AbortController();
  const tell = (told: ScannerTold): void => {
    if (hub.writableLength > mostWaiting) hub.destroy();
    else hub.write(scannerLine(told));
  };
  hub.on("error", () => undefined);
  hub.once("close", () => over.abort());
  // What the hub says is of no interest, its end is.
  hub.resume();
  let last: string | undefined;
  const tellState = (detail: string): void => {
    if (detail === last) return;
    last = detail;
    tell({ kind: "state", detail: detail.slice(0, 1024) });
  };
  while (!over.signal.aborted) {
    const scanners = new Scanners({
      port,
      clock: systemClock,
      onScanned: (scanned) => {
        tell(scanned);
        tellState(scanners.trouble);
      },
      onLooked: () => tellState(scanners.trouble),
    });
    try {
      await scanners.start();
      await new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve(), { once: true }));
    } catch (error) {
      tellState(asMeshError(error).message);
      await systemClock.sleep(againMs, over.signal).catch(() => undefined);
    } finally {
      await scanners.stop();
    }
  }
}
