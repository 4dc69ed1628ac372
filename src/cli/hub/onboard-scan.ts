/** `onboard --scan`: one code after the other from a scanner, each an onboarding of its own; what is no code of a device is told and passed. */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { Wake } from "../../base/wake.ts";
import { nodeHidPort } from "../../transport/hid/node-hid-port.ts";
import { deviceUri, digestOf } from "../../transport/hid/scanned-code.ts";
import type { Scanned } from "../../transport/hid/scanners.ts";
import { Scanners } from "../../transport/hid/scanners.ts";
import { fail } from "../term/failure.ts";
import type { Invocation } from "./invocation.ts";
import { onboard } from "./talk.ts";

/** What `onboard --scan` takes. */
export interface ScanFlags {
  readonly place?: string;
  /** Path of a scanner that acts as a keyboard. */
  readonly keyboard?: string;
}

/** Codes that wait while one is connected; a person who scans on is told. */
const mostWaiting = 32;

/** Reads codes until it is interrupted. @returns the exit status: that of the last thing that failed, a code that was none or a device that was not connected */
export async function onboardScan(invocation: Invocation, { place, keyboard }: ScanFlags): Promise<number> {
  const { output, surroundings } = invocation;
  const { clock, signal, usb: port = nodeHidPort } = surroundings;
  const wake = new Wake(clock);
  const waiting: string[] = [];
  /** Digests of codes that were scanned: a second look at the same code is no second device. */
  const seen = new Set<string>();
  let status = 0;
  const fails = (error: MeshError): void => {
    status = fail(output, error);
  };
  const take = (scanned: Scanned): void => {
    if (scanned.kind === "attached") output.say(`${scanned.scanner}: ready; scan the code of a device (Ctrl-C ends)`);
    else if (scanned.kind === "gone") output.say(`${scanned.scanner} is gone (${scanned.reason}); attach it again to go on`);
    else if (scanned.kind === "failed") fails(scanned.error);
    else {
      try {
        const uri = deviceUri(scanned.text);
        const digest = digestOf(uri);
        if (seen.has(digest)) {
          output.say("this code was scanned already");
          return;
        }
        if (waiting.length >= mostWaiting)
          throw new MeshError("ERR_BUSY", `${mostWaiting} codes wait already`, { hint: "scan this one again later" });
        seen.add(digest);
        waiting.push(uri);
        if (waiting.length > 1) output.say(`${waiting.length} codes wait`);
        wake.ring();
      } catch (error) {
        if (!isMeshError(error)) throw error;
        fails(error);
      }
    }
  };
  const scanners = new Scanners({ port, clock, onScanned: take, ...(keyboard === undefined ? {} : { keyboard }) });
  const end = (): void => wake.ring();
  signal.addEventListener("abort", end);
  try {
    if ((await scanners.start()) === 0) output.say(`waiting for a scanner (Ctrl-C ends): ${scanners.trouble}`);
    while (!signal.aborted) {
      const uri = waiting[0];
      if (uri === undefined) {
        await wake.sleep(3_600_000);
        continue;
      }
      try {
        await onboard(invocation, uri, place === undefined ? {} : { place });
      } catch (error) {
        if (!isMeshError(error)) throw error;
        if (signal.aborted) break;
        fails(error);
        // A device that was not connected may be scanned again.
        seen.delete(digestOf(uri));
      }
      waiting.shift();
      if (waiting.length === 0) output.say("next: scan another code, or end with Ctrl-C");
    }
    return status;
  } finally {
    signal.removeEventListener("abort", end);
    await scanners.stop();
  }
}
