/**
 * What the owner of the machine has decided about Matter: the devices that go out, and who may add the bridge to an ecosystem. The passcode lets in whoever
 * is near; it is random, new for each pairing, good while that lasts, and kept (matter.json, 0600) so that a process that starts anew goes on with it.
 */
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, readUint, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { mostBridged } from "../../matter/line.ts";

/** How long whoever has the code is let in. */
export const pairingMinutes = 15;

/** Most ecosystems of a bridge, by Matter. */
const mostFabrics = 255;
const fabricIndex = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(mostFabrics));

const pairing = v.strictObject({
  passcode: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99_999_998)),
  discriminator: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4095)),
  /** Milliseconds since 1970; 0 when nobody is let in. */
  until: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Numbers of the ecosystems that the bridge belonged to when it was opened, and has since: whoever has another one has come in. A count says none. */
  before: v.pipe(
    v.union([v.pipe(v.array(fabricIndex), v.maxLength(mostFabrics)), fabricIndex]),
    v.transform((before) => (typeof before === "number" ? [] : before)),
  ),
});
const content = v.strictObject({
  version: v.literal(1),
  /** What the bridge is called among others. */
  unique: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  pairing,
  devices: v.pipe(v.array(v.string()), v.maxLength(mostBridged)),
});
type Content = v.InferOutput<typeof content>;
/** The code in force, and until when. */
export type Pairing = Content["pairing"];

/** What it is opened with. */
export interface MatterBookOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The decisions. */
export class MatterBook {
  readonly #path: string;
  readonly #options: MatterBookOptions;
  readonly #turns = new Mutex();
  #content: Content;

  private constructor(path: string, options: MatterBookOptions, found: Content) {
    this.#path = path;
    this.#options = options;
    this.#content = found;
  }

  /** Opens the book of a directory; one that cannot be read is kept aside: nothing goes out, and nobody is let in. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(options: MatterBookOptions): Promise<MatterBook> {
    const { dir, random, log } = options;
    const path = join(dir, "matter.json");
    const octets = await readFileIfExists(path);
    const none: Content = { version: 1, unique: newUnique(random), pairing: newPairing(random), devices: [] };
    if (octets === undefined) return new MatterBook(path, options, none);
    try {
      return new MatterBook(path, options, v.parse(content, JSON.parse(fromUtf8(octets))));
    } catch (error) {
      log.error("matter.book_damaged", { path, reason: asMeshError(error).message });
      const place = keptPlace(path);
      if (place !== undefined) await moveAside(path, place);
      return new MatterBook(path, options, none);
    }
  }

  /** Fingerprints of the devices on the list. */
  get devices(): readonly string[] {
    return this.#content.devices;
  }

  get unique(): string {
    return this.#content.unique;
  }

  /** The code, and whether it counts now. A clock that was put back does not make it count longer than a pairing lasts. */
  get pairing(): Pairing & { readonly isOpen: boolean } {
    const { pairing: kept } = this.#content;
    const left = kept.until - this.#options.clock.now();
    return { ...kept, isOpen: left > 0 && left <= pairingMinutes * 60_000 };
  }

  /** A new code in the place of any before, for fifteen minutes. @param ecosystems numbers of those that the bridge belongs to. Errors: ERR_STORE. */
  openPairing(ecosystems: readonly number[]): Promise<Pairing> {
    return this.#turns.run(async () => {
      const { random, clock } = this.#options;
      const made = newPairing(random, { until: clock.now() + pairingMinutes * 60_000, before: [...ecosystems] });
      await this.#write({ ...this.#content, pairing: made });
      return made;
    });
  }

  /**
   * The bridge belongs to these ecosystems now. Whoever has come in with the code was the last: it counts no more. A number that has become free may be
   * that of the next who comes.
   * @returns whether somebody has come in. Errors: ERR_STORE.
   */
  met(ecosystems: readonly number[]): Promise<boolean> {
    return this.#turns.run(async () => {
      const { pairing: kept } = this.#content;
      if (!this.pairing.isOpen) return false;
      if (ecosystems.some((index) => !kept.before.includes(index))) {
        await this.#write({ ...this.#content, pairing: newPairing(this.#options.random) });
        return true;
      }
      if (ecosystems.length < kept.before.length) await this.#write({ ...this.#content, pairing: { ...kept, before: [...ecosystems] } });
      return false;
    });
  }

  /** The code counts no more. Errors: ERR_STORE. */
  closePairing(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#content.pairing.until > 0) await this.#write({ ...this.#content, pairing: newPairing(this.#options.random) });
    });
  }

  /** The bridge is another one from here on; the list stays. Errors: ERR_STORE. */
  renew(): Promise<void> {
    return this.#turns.run(async () => {
      const { random } = this.#options;
      await this.#write({ ...this.#content, unique: newUnique(random), pairing: newPairing(random) });
    });
  }

  /** Puts devices on the list or takes them off. Errors: ERR_QUOTA, ERR_STORE. */
  share(udfs: readonly string[], isShared: boolean): Promise<void> {
    return this.#turns.run(async () => {
      const others = this.#content.devices.filter((udf) => !udfs.includes(udf));
      const devices = isShared ? [...others, ...udfs] : others;
      if (devices.length > mostBridged) throw new MeshError("ERR_QUOTA", `at most ${mostBridged} devices go out to Matter`);
      await this.#write({ ...this.#content, devices });
    });
  }

  async #write(next: Content): Promise<void> {
    await writeFileAtomic(this.#path, utf8(`${JSON.stringify(next, null, 2)}\n`));
    this.#content = next;
  }
}

function newUnique(random: Random): string {
  return Buffer.from(random.bytes(16)).toString("hex");
}

/** Those that Matter forbids: anybody would try them first. */
const forbidden: ReadonlySet<number> = new Set([12_345_678, 87_654_321, ...Array.from({ length: 9 }, (_, i) => 11_111_111 * (i + 1))]);

function newPairing(random: Random, times: Pick<Pairing, "until" | "before"> = { until: 0, before: [] }): Pairing {
  for (;;) {
    // Whatever is beyond the last passcode is thrown away, so that all are alike.
    const passcode = readUint(random.bytes(4), 0, 4) & 0x7ff_ffff;
    if (passcode < 1 || passcode > 99_999_998 || forbidden.has(passcode)) continue;
    return { passcode, discriminator: readUint(random.bytes(2), 0, 2) & 0xfff, ...times };
  }
}
