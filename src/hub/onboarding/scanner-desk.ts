/**
 * Codes that a scanner at the hub has read: each is an onboarding of its own, one after the other, told in the log and to whoever watches the hub. What is
 * no code of a device is refused by its kind; the same code again, while it waits or is being connected, is no second device.
 */
import type { OnboardLine, OnboardRequest } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import { deviceUri, digestOf } from "../../transport/hid/scanned-code.ts";
import type { Scanned } from "../../transport/hid/scanners.ts";

/** Codes that wait while one is connected. */
const mostWaiting = 32;

/** What the desk needs of the hub. */
export interface ScannerDeskOptions {
  readonly onboard: (request: OnboardRequest, signal: AbortSignal) => AsyncIterable<OnboardLine>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes what scanners say. */
export class ScannerDesk {
  readonly #options: ScannerDeskOptions;
  readonly #log: Log;
  /** For what whoever plugs something in, or holds a scanner, can cause at will. */
  readonly #paced: Log;
  readonly #stopping = new AbortController();
  /** By digest, in the order in which they came; the first is being connected. */
  readonly #waiting = new Map<string, string>();
  #work: Promise<void> | undefined;

  constructor(options: ScannerDeskOptions) {
    this.#options = options;
    this.#log = options.log.child("scanner");
    this.#paced = pacedLog(this.#log, options.clock);
  }

  /** Never throws. */
  take(scanned: Scanned): void {
    switch (scanned.kind) {
      case "attached":
        this.#paced.info("scanner.attached", { scanner: scanned.scanner });
        return;
      case "gone":
        this.#paced.warn("scanner.gone", { scanner: scanned.scanner, reason: scanned.reason });
        return;
      case "failed":
        this.#refused(scanned.scanner, scanned.error);
        return;
      case "code":
        try {
          this.#enter(deviceUri(scanned.text));
        } catch (error) {
          this.#refused(scanned.scanner, asMeshError(error));
        }
    }
  }

  /** Onboardings under way stay in their journal. */
  async stop(): Promise<void> {
    this.#stopping.abort(new MeshError("ERR_HUB_NOT_RUNNING", "the hub is stopping"));
    this.#waiting.clear();
    await this.#work;
  }

  #refused(scanner: string, { code, message, hint }: MeshError): void {
    this.#paced.warn("scanner.refused", { scanner, code, reason: message, hint });
  }

  #enter(uri: string): void {
    if (this.#stopping.signal.aborted) return;
    const digest = digestOf(uri);
    if (this.#waiting.has(digest)) return;
    if (this.#waiting.size >= mostWaiting)
      throw new MeshError("ERR_BUSY", `${mostWaiting} codes wait already`, { hint: "scan this one again later" });
    this.#waiting.set(digest, uri);
    this.#log.info("scanner.code", { waiting: this.#waiting.size });
    this.#work ??= this.#all().finally(() => {
      this.#work = undefined;
    });
  }

  async #all(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || signal.aborted) return;
      const [digest, uri] = next;
      try {
        for await (const { step, state, deviceUdf, error } of this.#options.onboard({ uri }, signal)) {
          const about = { step, state, ...(deviceUdf === undefined ? {} : { device: deviceUdf }) };
          if (state === "failed") this.#log.warn("scanner.onboarding", { ...about, code: error?.code, reason: error?.message });
          else this.#log.info("scanner.onboarding", about);
        }
      } catch (error) {
        if (!signal.aborted) this.#log.warn("scanner.onboarding", { reason: asMeshError(error).message });
      }
      this.#waiting.delete(digest);
    }
  }
}
