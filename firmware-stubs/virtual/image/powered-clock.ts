/** Hours of use: a device has no clock that survives a power cut, but it can count the seconds it is powered. extensions §4 (provisional lock). */
import type { Clock } from "../../../src/base/clock.ts";
import type { DeviceImage } from "./image.ts";

/** Counts powered seconds on top of those in the image. A power cut loses what was not saved, which only makes a lock provisional for longer. */
export class PoweredClock {
  readonly #image: DeviceImage;
  readonly #clock: Clock;
  #base: number;
  #since: number;

  constructor(image: DeviceImage, clock: Clock) {
    this.#image = image;
    this.#clock = clock;
    this.#base = image.poweredSeconds;
    this.#since = clock.monotonic();
  }

  /** Whole seconds. */
  get seconds(): number {
    return this.#base + Math.floor((this.#clock.monotonic() - this.#since) / 1000);
  }

  /** Lets hours pass at once, for tests. */
  skip(hours: number): void {
    this.#base += Math.round(hours * 3600);
    this.save();
  }

  save(): void {
    this.#image.poweredSeconds = this.seconds;
  }
}
