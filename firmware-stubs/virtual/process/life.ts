/** One life of a virtual device: from the moment that it has power until it ends, or starts again with another program. */
import { toHex } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Random } from "../../../src/base/random.ts";
import { hailPeriodMs } from "../../../src/link/index.ts";
import type { Appliance } from "../appliance/appliance.ts";
import { makeAppliance, runAppliance } from "../appliance/classes.ts";
import { DeviceCore } from "../device/device-core.ts";
import { Updates } from "../device/updates.ts";
import { Flash } from "../image/flash.ts";
import { DeviceImage, writeFactory } from "../image/image.ts";
import { PoweredClock } from "../image/powered-clock.ts";
import { ProgramSlots } from "../image/program-slots.ts";
import { control } from "./control.ts";
import type { Flags } from "./flags.ts";
import { impostorFactory } from "./impostor.ts";
import type { DeviceMedium } from "./media.ts";
import { mediumOf } from "./medium-of.ts";

/** What it is made with. */
export interface LifeOptions {
  readonly flags: Flags;
  /** Tells whoever reads the standard output. */
  readonly say: (line: Readonly<Record<string, unknown>>) => void;
  /** Ends the process. */
  readonly exit: (status: number) => never;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Exit status after a power failure that was asked for. */
const powerLostStatus = 86;
const saveMs = 5 * 60_000;
/** How often a device that sleeps looks whether there is nothing left to do. */
const awakeMs = 100;

/** A device while it lives. */
export class Life {
  readonly #options: LifeOptions;
  readonly #flash: Flash;
  readonly #image: DeviceImage;
  readonly #powered: PoweredClock;
  readonly #appliance: Appliance;
  readonly #core: DeviceCore;
  readonly #medium: DeviceMedium;
  readonly #ending = new AbortController();
  /** Resolves when it is to start again. */
  readonly #restarted: Promise<void>;
  #startAgain: () => void = () => undefined;
  #shown: readonly string[] = [];

  constructor(options: LifeOptions) {
    const { flags, say, exit, clock, random, log } = options;
    this.#options = options;
    this.#restarted = new Promise((resolve) => {
      this.#startAgain = resolve;
    });
    this.#flash = new Flash(flags.image, () => exit(powerLostStatus));
    if (flags.impostor && this.#flash.read("factory.jbcd") === undefined) {
      const description = flags.replayDescription === undefined ? {} : { description: flags.replayDescription };
      writeFactory(this.#flash, impostorFactory({ random, ...description }));
    }
    this.#image = new DeviceImage(this.#flash);
    this.#powered = new PoweredClock(this.#image, clock);
    if (flags.poweredHours > 0) this.#powered.skip(flags.poweredHours);
    this.#appliance = makeAppliance(this.#image.factory.Class, flags.seed);
    this.#appliance.onIdentify(() => say({ event: "identify" }));
    const updates = this.#updates();
    this.#core = new DeviceCore({
      image: this.#image,
      ...(updates === undefined ? {} : { updates }),
      appliance: this.#appliance,
      powered: this.#powered,
      clock,
      random,
      log: log.child("core"),
      onEvent: (event, data) => say({ event, ...data }),
      onHails: (reconnect) => void (reconnect ? this.#medium.reconnect() : this.#medium.renew()).catch(this.#failed("device.renew_failed")),
    });
    this.#medium = mediumOf(flags, {
      hails: () => this.#hails(),
      password: (tag) => this.#core.password(tag),
      onStream: (stream) => this.#core.attach(stream),
      pace: () => this.#core.pace,
      clock,
      random,
      log,
    });
  }

  /** Can be reached from here on. */
  async start(): Promise<void> {
    await this.#medium.start();
    this.#options.say({ event: "ready", deviceUdf: this.#core.deviceUdf, medium: this.#options.flags.medium, ...this.#place() });
  }

  /** Carries out an order, and says what came of it. */
  obey(line: string): void {
    const { say, flags } = this.#options;
    if (line.trim() === "") return;
    try {
      const done = control(line, {
        core: this.#core,
        appliance: this.#appliance,
        flash: this.#flash,
        powered: this.#powered,
        loseNetwork: (ms) => void this.#loseNetwork(ms).catch(this.#failed("device.network_failed")),
        stop: () => this.stop(),
        status: () => ({ medium: flags.medium, hails: this.#shown, ...this.#place() }),
      });
      say({ ok: line.trim(), ...done });
    } catch (error) {
      const { code, message } = asMeshError(error);
      say({ error: code, order: line.trim(), message });
    }
  }

  /** Does what it does by itself, and resolves when it is to start again. */
  async untilRestart(): Promise<void> {
    const { flags, clock } = this.#options;
    const { seed, intervalMs, sleepSeconds } = flags;
    const loops = [
      this.#every(saveMs, () => this.#powered.save()),
      this.#every(hailPeriodMs, () => this.#medium.refresh().catch(this.#failed("device.renew_failed"))),
      runAppliance({
        appliance: this.#appliance,
        className: this.#image.factory.Class,
        seed,
        intervalMs,
        clock,
        signal: this.#ending.signal,
      }),
    ];
    if (sleepSeconds > 0) loops.push(this.#sleepAgainAndAgain(sleepSeconds));
    await Promise.race([Promise.all(loops), this.#restarted]);
  }

  /** Ends the process, once its links are closed. */
  stop(): void {
    const { exit } = this.#options;
    this.#end().then(
      (isFirst) => isFirst && exit(0),
      () => exit(1),
    );
  }

  /** @returns false where it ends already */
  async #end(): Promise<boolean> {
    if (this.#ending.signal.aborted) return false;
    this.#ending.abort();
    this.#powered.save();
    await this.#core.close();
    await this.#medium.stop();
    return true;
  }

  async #restart(): Promise<void> {
    if (!(await this.#end())) return;
    this.#options.say({ event: "restart" });
    this.#startAgain();
  }

  /** What replaces its program, where it knows which one it has. */
  #updates(): Updates | undefined {
    const { flags, say, clock } = this.#options;
    const { builtIn } = flags;
    if (!builtIn) return undefined;
    return new Updates({
      slots: new ProgramSlots(this.#flash, builtIn.version),
      builtIn,
      clock,
      onEvent: (event, data) => say({ event, ...data }),
      restart: () => void this.#restart().catch(this.#failed("device.restart_failed")),
    });
  }

  #hails(): readonly Uint8Array[] {
    const { flags, say } = this.#options;
    const fresh = flags.replayHail ? [flags.replayHail] : this.#core.hails();
    this.#shown = fresh.map(toHex);
    say({ event: "hail", hails: this.#shown });
    return fresh;
  }

  /** Where it listens, for media that do. */
  #place(): { readonly port?: number } {
    return this.#medium.port === undefined ? {} : { port: this.#medium.port };
  }

  async #loseNetwork(ms: number): Promise<void> {
    await this.#medium.stop();
    await this.#stayAway(ms);
    this.#options.say({ event: "network-back" });
  }

  /** It comes back after so long. */
  async #stayAway(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms);
    if (!this.#ending.signal.aborted) await this.#medium.start();
  }

  async #every(ms: number, task: () => void | Promise<void>): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#options.clock.sleep(ms);
      if (!this.#ending.signal.aborted) await task();
    }
  }

  #sleepAgainAndAgain(seconds: number): Promise<void> {
    const { say } = this.#options;
    return this.#every(awakeMs, async () => {
      if (!(await this.#core.sleep(seconds).catch(() => false)) || this.#ending.signal.aborted) return;
      await this.#medium.stop();
      say({ event: "asleep", seconds });
      await this.#stayAway(1000 * seconds);
      say({ event: "awake" });
    });
  }

  #failed(what: string): (error: unknown) => void {
    return (error) => this.#options.log.warn(what, { reason: asMeshError(error).message });
  }
}
