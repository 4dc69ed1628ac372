/**
 * Keeps what is shown of devices that judge orders their own word (extensions §15): when such a device reports something that it has not signed (a
 * command that does no harm, a start), it is asked to sign how it is. One question at a time for each device, and not one after the other at once.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Random } from "../../base/random.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import { judgesOrders, orderNonceLength } from "../../schema/index.ts";
import type { DevicePort } from "../device/device-port.ts";
import type { Shadow } from "./shadow-book.ts";
import { isOwnWord } from "./shadow-book.ts";
import type { StateKeeper } from "./state-keeper.ts";

/** What it works with. */
export interface OwnWordsOptions {
  readonly devices: Pick<DevicePort, "signedReport">;
  readonly keeper: Pick<StateKeeper, "onChange" | "shadow">;
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Between two questions to one device. */
const pauseMs = 2000;

/** Asks devices for their signature. */
export class OwnWords {
  readonly #options: OwnWordsOptions;
  readonly #log: Log;
  readonly #asking = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #undo: (() => void) | undefined;

  constructor(options: OwnWordsOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("state"), options.clock);
  }

  start(): void {
    this.#undo ??= this.#options.keeper.onChange(({ shadow }) => this.#look(shadow));
  }

  /** Ends after the questions under way. */
  async stop(): Promise<void> {
    this.#undo?.();
    this.#stopping.abort();
    await Promise.all(this.#asking.values());
  }

  #look(shadow: Shadow): void {
    const { deviceUdf } = shadow;
    const description = this.#options.describe(deviceUdf);
    if (this.#stopping.signal.aborted || !description || !judgesOrders(description) || !this.#isWanted(deviceUdf) || this.#asking.has(deviceUdf))
      return;
    this.#asking.set(
      deviceUdf,
      this.#ask(deviceUdf).finally(() => this.#asking.delete(deviceUdf)),
    );
  }

  #isWanted(deviceUdf: string): boolean {
    const shadow = this.#options.keeper.shadow(deviceUdf);
    return shadow?.status === "Online" && shadow.reported !== undefined && !isOwnWord(shadow);
  }

  async #ask(deviceUdf: string): Promise<void> {
    const { devices, clock, random } = this.#options;
    while (!this.#stopping.signal.aborted && this.#isWanted(deviceUdf)) {
      try {
        await devices.signedReport(deviceUdf, random.bytes(orderNonceLength));
      } catch (error) {
        this.#log.warn("state.unsigned", { device: deviceUdf, reason: asMeshError(error).message });
        return;
      }
      await clock.sleep(pauseMs, this.#stopping.signal).catch(() => undefined);
    }
  }
}
