/**
 * Two slots for programs and the record that a boot loader goes by (docs/device-link.md §7.3): a new program is chosen once, and kept when it has met its hub.
 * What stands in a slot is never run here, since the device is this process; which of them would run, and the version, are real.
 */
import { word } from "../../../src/codec/field.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { integer, struct } from "../../../src/codec/index.ts";
import type { Flash } from "./flash.ts";
import { Cell } from "./record.ts";

/** Slots by their areas of the flash. */
const slots = ["program-a", "program-b"] as const;
/** Octets of a slot. */
const room = 1 << 20;

/** What the boot loader reads and writes. */
interface Boot {
  /** Number of the slot whose program is kept. */
  readonly Slot: number;
  /** The highest version that was ever kept. */
  readonly Version: number;
  /** Of the program in the other slot, while there is one to be tried. */
  readonly Candidate: number;
  readonly Trial: "settled" | "new" | "tried";
}
const Boot: Struct<Boot> = struct<Boot>("Boot", { Slot: integer, Version: integer, Candidate: integer, Trial: word("settled", "new", "tried") });

/** The programs of one device. */
export class ProgramSlots {
  readonly #flash: Flash;
  readonly #boot: Cell<Boot>;
  readonly #builtIn: number;
  readonly room = room;
  /** Whether the program that runs is tried, and not kept yet. */
  #onTrial = false;

  /** @param builtIn version of the program that the device left its factory with */
  constructor(flash: Flash, builtIn: number) {
    this.#flash = flash;
    this.#builtIn = builtIn;
    this.#boot = new Cell(flash, "boot", Boot, { Slot: 0, Version: builtIn, Candidate: 0, Trial: "settled" });
    this.#choose();
  }

  get onTrial(): boolean {
    return this.#onTrial;
  }

  /** Version of the program that runs. */
  get running(): number {
    return this.#onTrial ? this.#boot.value.Candidate : this.kept;
  }

  /** The highest version that was ever kept. */
  get kept(): number {
    return Math.max(this.#builtIn, this.#boot.value.Version);
  }

  /** Empties the spare slot; what was half written before is never chosen. */
  erase(): void {
    if (this.#boot.value.Trial !== "settled") this.#boot.set({ ...this.#boot.value, Trial: "settled" });
    this.#flash.erase(this.#spare);
  }

  append(piece: Uint8Array): void {
    this.#flash.append(this.#spare, piece);
  }

  /** The spare slot as it stands. */
  content(): Uint8Array {
    return this.#flash.read(this.#spare) ?? new Uint8Array();
  }

  /** What is in the spare slot is to be tried at the next start. */
  offer(version: number): void {
    this.#boot.set({ ...this.#boot.value, Candidate: version, Trial: "new" });
  }

  /** The program on trial has met its hub. */
  keep(): void {
    const { Slot, Candidate } = this.#boot.value;
    this.#boot.set({ Slot: 1 - Slot, Version: Candidate, Candidate: 0, Trial: "settled" });
    this.#onTrial = false;
  }

  /** As the boot loader does at every start: a new program once; whoever starts again without having been kept goes back. */
  #choose(): void {
    const boot = this.#boot.value;
    if (boot.Trial === "settled") return;
    this.#onTrial = boot.Trial === "new";
    this.#boot.set({ ...boot, Trial: this.#onTrial ? "tried" : "settled" });
  }

  get #spare(): string {
    return slots[1 - this.#boot.value.Slot] ?? slots[1];
  }
}
