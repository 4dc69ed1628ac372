/**
 * A store that ends with what cannot be believed. Any device that may write it can put such frames there, and the service cannot tell: it stops
 * neither the other stores nor what is done with them. Who follows an account tells of it and goes on.
 */
import type { ErrorCode } from "../../base/errors.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { MissingKeyError } from "../store/epoch-keys.ts";

/** What frames of a writer can fail with. */
const ofFrames: readonly ErrorCode[] = ["ERR_VERIFICATION", "ERR_SCHEMA", "ERR_ENCODING", "ERR_KEY", "ERR_TOO_LARGE"];

/** Why the end of a store is not believed. */
export interface Doubt {
  readonly store: StoreLabel;
  readonly error: MeshError;
}

/** True for what concerns one store alone. Whatever MMM_Device says decides who is believed in all others: nothing goes on without it. */
export function isOfOneStore(store: StoreLabel, error: unknown): error is MeshError {
  return store !== "MMM_Device" && isMeshError(error) && (error instanceof MissingKeyError || ofFrames.includes(error.code));
}

/**
 * Frames of a device whose right to write had ended before: it wrote in the moment of its removal, or would like to be believed again. Nobody believes
 * them, and the next epoch of the store leaves them behind: what stands before them holds, so a sync tells of them and goes on.
 */
export class LateFramesError extends MeshError {
  constructor(text: string) {
    super("ERR_VERIFICATION", text, {
      hint: "nothing of it was taken over; an administration device begins the store anew without it: its agent, or 'meshman account sync' there",
    });
  }
}

/** What a sync brought for one store. */
export interface StoreSync {
  readonly store: StoreLabel;
  readonly from: number;
  readonly to: number;
  /** What the service has after that, and was left out. */
  readonly late?: LateFramesError;
}

/** The error of a sync that brought everything else. A class, because a service can put any member into the detail of what it refuses. */
export class DoubtError extends MeshError {
  readonly doubts: readonly Doubt[];
  readonly brought: readonly StoreSync[];

  constructor(doubts: readonly [Doubt, ...Doubt[]], brought: readonly StoreSync[]) {
    const [{ store, error }] = doubts;
    const doubted = doubts.map((doubt) => doubt.store);
    super(error.code, `${store}: ${error.message}`, { detail: { ...error.detail, doubted }, cause: error, hint: error.hint });
    this.doubts = doubts;
    this.brought = brought;
  }

  /** True when all of it is what removed devices wrote last. */
  get isOfRemoved(): boolean {
    return this.doubts.every(({ error }) => error instanceof LateFramesError);
  }
}

/** True for what fails only for want of a key: newer ones of this device may be there. */
export function isForWantOfKey(error: unknown): boolean {
  return error instanceof MissingKeyError || (error instanceof DoubtError && error.doubts.some((doubt) => doubt.error instanceof MissingKeyError));
}

/** Stores whose end was left out. */
function lateIn(brought: readonly StoreSync[]): readonly Doubt[] {
  return brought.flatMap(({ store, late }) => (late ? [{ store, error: late }] : []));
}

/** Errors: the one of a store that ends with late frames: whoever wants to write there cannot go on from them. */
export function refuseLate(brought: readonly StoreSync[]): void {
  const [first, ...others] = lateIn(brought);
  if (first) throw new DoubtError([first, ...others], brought);
}

/** Runs a sync and tells of stores whose end is not believed, or was left out. @returns what it brought. Errors: all others of the sync. */
export async function syncWhatHolds(sync: () => Promise<readonly StoreSync[]>, tell: (doubt: DoubtError) => void): Promise<readonly StoreSync[]> {
  try {
    const brought = await sync();
    const [first, ...others] = lateIn(brought);
    if (first) tell(new DoubtError([first, ...others], brought));
    return brought;
  } catch (error) {
    if (!(error instanceof DoubtError)) throw error;
    tell(error);
    return error.brought;
  }
}
