/**
 * Keeps a radio going: a deadline on every call, another radio when one has ended, and a ladder for an adapter that has gone deaf, which hears
 * nothing of anybody for a minute: restart the scan, then reset the adapter, then say that it is degraded and go on trying. All of it is counted.
 */
import { unlessAborted } from "../../base/abandon.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";
import { Keeper } from "../../base/keeper.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { MediumStatus } from "../medium.ts";
import { reasonOf } from "../probe.ts";
import type { Radio, RadioLink, RadioListener } from "./radio.ts";

/** How a radio is kept. */
export interface RadioKeeperOptions {
  readonly make: () => Radio;
  /** Why there is no use in trying, in words for the owner; undefined when there is. */
  readonly absent?: () => Promise<string | undefined>;
  /** Told what the radio in force tells. */
  readonly listener: RadioListener;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Milliseconds without anything heard before something is done about it. */
  readonly silenceMs?: number;
}

const deadlines = { start: 15_000, scan: 5000, connect: 25_000, write: 5000, disconnect: 5000, reset: 5000, stop: 5000 } as const;
const usualSilenceMs = 60_000;
/** An adapter that is plugged in is looked for so often: it costs to read one directory. */
const lookAgainMs = 5000;
const deaf = "nothing is heard of any device, of ours or others";

interface Running {
  readonly radio: Radio;
  /** Aborted, with the reason, once it is of no use any more. */
  readonly over: AbortController;
}

/** What has been done to keep the radio going, since the start. */
interface Counts {
  restarts: number;
  scans: number;
  resets: number;
}

/** The radio of a hub, for as long as the hub runs. */
export class RadioKeeper {
  readonly #options: RadioKeeperOptions;
  readonly #log: Log;
  readonly #counts: Counts = { restarts: 0, scans: 0, resets: 0 };
  readonly #keeper: Keeper;
  #running: Running | undefined;
  #isUp = false;
  /** Why it is not up, or was not. */
  #detail: string | undefined;
  #isAbsent = false;
  #heardAt = 0;
  /** Steps of the ladder taken since something was heard. */
  #steps = 0;

  constructor(options: RadioKeeperOptions) {
    this.#options = options;
    this.#log = options.log;
    const { clock, random } = options;
    this.#keeper = new Keeper({
      isPossible: () => this.#isPossible(),
      lookAgainMs,
      live: (signal) => this.#live(signal),
      ended: (why) => this.#ended(why),
      clock,
      random,
    });
  }

  /** Begins; the radio may come up later, or never. */
  start(): void {
    this.#keeper.start();
  }

  stop(): Promise<void> {
    return this.#keeper.stop();
  }

  status(): MediumStatus {
    if (!this.#keeper.isStarted) return { state: "down" };
    if (this.#isAbsent) return { state: "unavailable", ...this.#said() };
    if (!this.#isUp) return { state: "down", ...this.#said() };
    return this.#steps > 2 ? { state: "degraded", ...this.#said(deaf) } : { state: "up" };
  }

  /** Connects. Errors: ERR_DEVICE_OFFLINE; ERR_ADAPTER without a radio. */
  connect(link: number, address: string): Promise<RadioLink> {
    return this.#call("connect", (radio) => radio.connect(link, address));
  }

  /** Errors: ERR_LINK, ERR_ADAPTER. */
  write(link: number, packet: Uint8Array): Promise<void> {
    return this.#call("write", (radio) => radio.write(link, packet));
  }

  /** Never fails: a connection that does not end takes its radio with it. */
  async disconnect(link: number): Promise<void> {
    await this.#call("disconnect", (radio) => radio.disconnect(link)).catch((error: Error) =>
      this.#log.debug("ble.disconnect", { reason: error.message }),
    );
  }

  #said(detail = this.#detail): { readonly detail?: string } {
    const { restarts, scans, resets } = this.#counts;
    const done = restarts + scans + resets === 0 ? "" : ` (restarted ${restarts}, scan begun again ${scans}, adapter reset ${resets} times)`;
    return detail === undefined ? {} : { detail: `${detail}${done}` };
  }

  async #isPossible(): Promise<boolean> {
    const missing = await this.#options.absent?.();
    this.#isAbsent = missing !== undefined;
    if (missing !== undefined) this.#detail = missing;
    return missing === undefined;
  }

  #ended(why: string): void {
    this.#detail = why;
    this.#counts.restarts++;
    this.#log.warn("ble.radio_ended", { reason: why, ...this.#counts });
  }

  /** The life of one radio. @returns why it has ended */
  async #live(signal: AbortSignal): Promise<string> {
    const running: Running = { radio: this.#options.make(), over: new AbortController() };
    const over = AbortSignal.any([running.over.signal, signal]);
    this.#running = running;
    try {
      await this.#call("start", (radio) => radio.start(this.#listener(running)));
      await this.#call("scan", (radio) => radio.scan(true));
      this.#heardAt = this.#options.clock.monotonic();
      this.#isUp = true;
      this.#log.info("ble.up", { ...this.#counts });
      while (!over.aborted) {
        await this.#pause((this.#options.silenceMs ?? usualSilenceMs) / 4, over);
        if (!over.aborted) await this.#listen();
      }
    } catch (error) {
      this.#over(running, reasonOf(error));
    }
    this.#over(running, "the hub is stopping");
    this.#isUp = false;
    this.#running = undefined;
    const late = await this.#answered("stop", running.radio.stop()).then(() => undefined, reasonOf);
    if (late !== undefined) this.#log.warn("ble.stop", { reason: late });
    return reasonOf(running.over.signal.reason);
  }

  /** The radio is of no use any more; the first reason counts. */
  #over({ over }: Running, reason: string): void {
    if (over.signal.aborted) return;
    over.abort(new MeshError("ERR_ADAPTER", reason));
    this.#options.listener.ended(reason);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal).catch(() => undefined);
  }

  /** Takes the next step of the ladder, when nothing was heard for long enough since the last. */
  async #listen(): Promise<void> {
    const { clock, silenceMs = usualSilenceMs } = this.#options;
    if (clock.monotonic() - this.#heardAt < silenceMs) return;
    this.#heardAt = clock.monotonic();
    this.#steps++;
    if (this.#steps === 1) {
      this.#counts.scans++;
      this.#log.warn("ble.scan_again", { ...this.#counts });
      await this.#call("scan", (radio) => radio.scan(false));
      await this.#call("scan", (radio) => radio.scan(true));
    } else if (this.#steps < 10 || this.#steps % 10 === 0) {
      this.#counts.resets++;
      this.#log.warn("ble.adapter_reset", { ...this.#counts });
      await this.#call("reset", (radio) => radio.reset());
    }
  }

  #listener(running: Running): RadioListener {
    const { listener, clock } = this.#options;
    const alive = (): void => {
      this.#heardAt = clock.monotonic();
      this.#steps = 0;
    };
    const inForce = (): boolean => !running.over.signal.aborted;
    return {
      heard: (advertisement) => {
        if (!inForce()) return;
        alive();
        listener.heard(advertisement);
      },
      alive: () => inForce() && alive(),
      packet: (link, packet) => {
        if (!inForce()) return;
        alive();
        listener.packet(link, packet);
      },
      closed: (link, reason) => inForce() && listener.closed(link, reason),
      ended: (reason) => this.#over(running, reason),
    };
  }

  /** A call that is not answered in time ends its radio: nobody knows what state it is in. */
  async #call<T>(name: keyof typeof deadlines, act: (radio: Radio) => Promise<T>): Promise<T> {
    const running = this.#running;
    if (running === undefined || running.over.signal.aborted) {
      throw new MeshError("ERR_ADAPTER", `the Bluetooth adapter is not ready: ${this.#detail ?? "it has not started"}`);
    }
    try {
      return await this.#answered(name, unlessAborted(act(running.radio), running.over.signal));
    } catch (error) {
      if (error instanceof NoAnswer) this.#over(running, error.message);
      throw error;
    }
  }

  /** What a call gives. Errors: NoAnswer when it takes too long. */
  #answered<T>(name: keyof typeof deadlines, call: Promise<T>): Promise<T> {
    const ms = deadlines[name];
    return inTime(call, { ms, clock: this.#options.clock, late: () => new NoAnswer("ERR_ADAPTER", `no answer to ${name} within ${ms / 1000} s`) });
  }
}

class NoAnswer extends MeshError {}
