/**
 * Other programs for the devices behind this hub (docs/device-link.md §7.3). Before it carries an octet the hub sees for itself that the device's maker has
 * signed the program, for this product, and that the version does not fall; the device judges again. In each place one device at a time gets another program,
 * and the next one when the first is back: a program that is no good takes no room at once.
 */
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { readRegular } from "../../base/regular-file.ts";
import { type PublicKey, publicKey } from "../../crypto/index.ts";
import type { Result, Update } from "../../link/index.ts";
import type { CatalogedDevice, FirmwareManifest } from "../../schema/index.ts";
import { ownDescription, verifyManifest } from "../../schema/index.ts";
import type { DeviceStatus } from "./device-port.ts";

/** A piece of a program, on its way to a device. */
export interface ProgramPiece {
  readonly piece: Omit<Update, "Id">;
  /** The owner's word who may sign, for a device whose description does not say: an Ed25519 key, 32 octets. */
  readonly signer?: Uint8Array;
}

/** What is needed of the hub. */
export interface DeviceProgramsOptions {
  readonly links: {
    update(deviceUdf: string, piece: Omit<Update, "Id">): Promise<Result>;
    onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void;
  };
  readonly entryOf: (deviceUdf: string) => CatalogedDevice | undefined;
  /** Keys of the places around a device, innermost first. */
  readonly placesOf: (deviceUdf: string) => readonly string[];
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A device that is being given a program, or tries it. */
interface Running {
  readonly udf: string;
  readonly manifest: FirmwareManifest;
  /** Octets that it has taken. */
  have: number;
  /** When it is given up, on the monotonic clock. */
  until: number;
}

/** Whoever hands the pieces over may be gone. */
const idleMs = 120_000;
/** A device tries a program for ten minutes at most. */
const trialMs = 11 * 60_000;
const mostOctets = 1 << 20;

/** The programs of a hub's devices. */
export class DevicePrograms {
  readonly #options: DeviceProgramsOptions;
  readonly #log: Log;
  readonly #path: string;
  /** By place. */
  readonly #running = new Map<string, Running>();
  /** The highest version that a device has taken whole, by device. */
  #given: Record<string, number> = {};
  #undo: () => void = () => undefined;

  constructor(options: DeviceProgramsOptions) {
    this.#options = options;
    this.#log = options.log.child("program");
    this.#path = join(options.dir, "programs.json");
  }

  async start(): Promise<void> {
    try {
      this.#given = JSON.parse(fromUtf8(await readRegular(this.#path, mostOctets))) as Record<string, number>;
    } catch {
      // Absent or damaged: the devices know what they have.
      this.#given = {};
    }
    this.#undo = this.#options.links.onStatus((udf, status) => status === "Online" && this.#back(udf));
  }

  stop(): void {
    this.#undo();
    this.#running.clear();
  }

  /** Hands a piece over. Errors: ERR_VERIFICATION, ERR_REPLAY, ERR_BUSY, ERR_REJECTED, ERR_NOT_FOUND where no signer is known, and those of the link. */
  async update(deviceUdf: string, { piece, signer }: ProgramPiece): Promise<Result> {
    if (piece.Manifest !== undefined) return this.#begin(deviceUdf, piece.Manifest, signer);
    const running = [...this.#running.values()].find(({ udf }) => udf === deviceUdf);
    if (!running || piece.Offset === undefined || piece.Data === undefined)
      throw new MeshError("ERR_REJECTED", "the manifest of a program comes first");
    running.until = this.#now() + idleMs;
    const result = await this.#options.links.update(deviceUdf, piece);
    if (result.Result !== "Accept") {
      this.#end(deviceUdf);
      return result;
    }
    running.have = Math.max(running.have, piece.Offset + piece.Data.length);
    if (running.have >= running.manifest.Length) await this.#whole(running);
    return result;
  }

  async #begin(udf: string, signed: Uint8Array, signer: Uint8Array | undefined): Promise<Result> {
    const manifest = this.#judge(udf, signed, signer);
    const place = this.#placeOf(udf);
    const other = this.#running.get(place);
    if (other && other.udf !== udf && other.until > this.#now()) {
      throw new MeshError("ERR_BUSY", `another device of the same place is getting a program: ${other.udf}`, {
        hint: "wait until it is back, which 'mesh-hub devices' shows",
      });
    }
    const running = { udf, manifest, have: 0, until: this.#now() + idleMs };
    this.#running.set(place, running);
    try {
      const result = await this.#options.links.update(udf, { Manifest: signed });
      if (result.Result !== "Accept") this.#end(udf);
      return result;
    } catch (error) {
      this.#end(udf);
      throw error;
    }
  }

  /** What the hub can see without the device. */
  #judge(udf: string, signed: Uint8Array, signer: Uint8Array | undefined): FirmwareManifest {
    const entry = this.#options.entryOf(udf);
    const programs = entry && ownDescription(entry)?.Programs;
    const key = programs?.Signer ?? signer;
    if (key === undefined) {
      throw new MeshError("ERR_NOT_FOUND", "the device does not say who signs its programs", {
        hint: "its maker publishes the key: give it by --signer",
      });
    }
    const manifest = verifyManifest(signed, keyOf(key));
    if (programs && manifest.Product !== programs.Product) {
      throw new MeshError(
        "ERR_VERIFICATION",
        `the program is for ${JSON.stringify(manifest.Product)}, the device is ${JSON.stringify(programs.Product)}`,
      );
    }
    const given = this.#given[udf] ?? 0;
    if (manifest.Version < given)
      throw new MeshError("ERR_REPLAY", `version ${manifest.Version} is below ${given}, which the device was given before`);
    return manifest;
  }

  async #whole(running: Running): Promise<void> {
    const { udf, manifest } = running;
    running.until = this.#now() + trialMs;
    this.#given = { ...this.#given, [udf]: manifest.Version };
    for (const other of Object.keys(this.#given)) if (!this.#options.entryOf(other)) delete this.#given[other];
    try {
      await writeFileAtomic(this.#path, utf8(JSON.stringify(this.#given)), { mode: 0o600 });
    } catch (error) {
      // The device has it, and keeps its versions itself: it is no failure of the program.
      this.#log.error("program.unwritten", { device: udf, reason: asMeshError(error).message });
    }
    this.#log.info("program.given", { device: udf, product: manifest.Product, version: manifest.Version });
  }

  /** It has started again, with the new program or the old one. */
  #back(udf: string): void {
    const running = [...this.#running.values()].find((candidate) => candidate.udf === udf);
    if (running && running.have >= running.manifest.Length) this.#end(udf);
  }

  #end(deviceUdf: string): void {
    for (const [place, { udf }] of this.#running) if (udf === deviceUdf) this.#running.delete(place);
  }

  #placeOf(udf: string): string {
    return this.#options.placesOf(udf)[0] ?? "";
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

function keyOf(octets: Uint8Array): PublicKey {
  if (octets.length !== 32) throw new MeshError("ERR_KEY", `a signer's key has 32 octets, and not ${octets.length}`);
  return publicKey("Ed25519", octets);
}
