/** Other programs that a hub brings (docs/device-link.md §7.3): the device demands its maker's signature, its own product, a rising version, and room. */
import { equalBytes } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { publicKey, sha512 } from "../../../src/crypto/index.ts";
import type { Answer, Update } from "../../../src/link/index.ts";
import { type FirmwareManifest, verifyManifest } from "../../../src/schema/index.ts";
import type { ProgramSlots } from "../image/program-slots.ts";
import type { DeviceEvent } from "./request.ts";

/** What a program knows of itself. */
export interface BuiltIn {
  /** Ed25519, 32 octets. */
  readonly maker: Uint8Array;
  readonly product: string;
}

/** What updates need of the device. */
export interface UpdatesOptions {
  readonly slots: ProgramSlots;
  readonly builtIn: BuiltIn;
  readonly clock: Clock;
  readonly onEvent: DeviceEvent;
  /** Starts the device again, as a reset does. */
  readonly restart: () => void;
}

const partingMs = 200;
const trialMs = 10 * 60_000;
const accept: Answer = { tag: "Result", value: { Result: "Accept" } };

/** Takes programs. */
export class Updates {
  readonly #options: UpdatesOptions;
  /** What is on its way, and how much of it is there. */
  #coming: { readonly manifest: FirmwareManifest; have: number } | undefined;
  /** It stands in the slot, and starts in a moment. */
  #isWhole = false;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    if (options.slots.onTrial) void options.clock.sleep(trialMs).then(() => options.slots.onTrial && options.restart());
  }

  /** What a person at the device can see. */
  status(): Readonly<Record<string, unknown>> {
    const { running, onTrial } = this.#options.slots;
    return { version: running, trial: onTrial };
  }

  /** The hub in force is proven: what runs is kept. */
  met(): void {
    const { slots, onEvent } = this.#options;
    if (!slots.onTrial) return;
    slots.keep();
    onEvent("update-kept", { version: slots.kept });
  }

  /** Errors: ERR_VERIFICATION, ERR_REPLAY, ERR_BUSY, ERR_TOO_LARGE, ERR_REJECTED, ERR_SCHEMA. */
  take({ Manifest, Offset, Data }: Omit<Update, "Id">): Answer {
    if (Manifest !== undefined) return this.#begin(Manifest);
    if (Offset === undefined || Data === undefined || Data.length === 0) throw new MeshError("ERR_SCHEMA", "neither a manifest nor a piece");
    return this.#goOn(Offset, Data);
  }

  #begin(signed: Uint8Array): Answer {
    const { slots, builtIn } = this.#options;
    const manifest = verifyManifest(signed, publicKey("Ed25519", builtIn.maker));
    const { Product, Version, Length } = manifest;
    if (Product !== builtIn.product) throw new MeshError("ERR_VERIFICATION", "the program is for another product");
    if (slots.onTrial) throw new MeshError("ERR_BUSY", "the program that runs is on trial");
    if (this.#isWhole) throw new MeshError("ERR_BUSY", "another program is about to be tried");
    if (Version <= slots.running || Version <= slots.kept) throw new MeshError("ERR_REPLAY", "the version is not above the one that runs");
    if (Length === 0 || Length > slots.room) throw new MeshError("ERR_TOO_LARGE", "the program does not fit into a slot");
    this.#coming = undefined;
    slots.erase();
    this.#coming = { manifest, have: 0 };
    return accept;
  }

  #goOn(offset: number, piece: Uint8Array): Answer {
    const { slots, onEvent, clock, restart } = this.#options;
    const coming = this.#coming;
    if (!coming) throw new MeshError("ERR_REJECTED", "the manifest comes first");
    const { manifest, have } = coming;
    // A piece that came already, since its answer was lost.
    if (offset < have && piece.length <= have - offset) return accept;
    if (offset !== have || piece.length > manifest.Length - have) throw new MeshError("ERR_REJECTED", "another piece is due");
    slots.append(piece);
    coming.have += piece.length;
    if (coming.have < manifest.Length) return accept;
    if (!equalBytes(sha512(slots.content()), manifest.Digest)) {
      this.#coming = undefined;
      throw new MeshError("ERR_VERIFICATION", "the program is not the one that its maker has signed");
    }
    slots.offer(manifest.Version);
    this.#isWhole = true;
    onEvent("update-written", { version: manifest.Version });
    void clock.sleep(partingMs).then(restart);
    return accept;
  }
}
