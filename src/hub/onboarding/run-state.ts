/** What an onboarding has reached, as the journal keeps it: enough to go on after kill -9 without a new scan. */

import { join } from "node:path";
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import type { RecordFormat } from "../../base/journal-map.ts";
import { JournalMap } from "../../base/journal-map.ts";
import { decodeBase64url } from "../../codec/index.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** An offer that was made, or is about to be: its names are fixed before it is sent, so that it is sent once. */
export interface OfferState {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Frames of MMM_Command when the offer was made: answers come after them. */
  readonly from: number;
  readonly sent: boolean;
  /** UDF of the AdministratorEncryption that it is sealed to; absent where 0.2.0 sent it. */
  readonly sealedTo?: string;
}

/** The owner's machine that connects the device by a split, in the place of an administrator. */
export interface Joiner {
  readonly udf: string;
  readonly splitId: string;
}

/** One onboarding. Octets are base64url. */
export interface RunState {
  /** PublicationId of the code. */
  readonly id: string;
  /** The scanned code, secret; erased at commit. */
  readonly uri?: string;
  readonly localName?: string;
  readonly place?: string;
  /** Sealed description that belongs to the code. */
  readonly description?: string;
  readonly deviceUdf?: string;
  /** EnvelopedDeviceContribution. */
  readonly contribution?: string;
  /** UDF of the fresh link key in the contribution. */
  readonly linkUdf?: string;
  readonly witness?: string;
  readonly offer?: OfferState;
  /** Absent: the administrators are asked. */
  readonly joiner?: Joiner;
  readonly dealEpoch?: number;
  /** The device has stored what the owner sent. */
  readonly delivered?: boolean;
  /** The device's acceptance is safe with the account. */
  readonly committed?: boolean;
}

const lost = "devices that were being connected have to be scanned again";

const format: RecordFormat<RunState, RunState> = {
  read: (state) => [state.id, state],
  write: (_id, state) => [state],
};

/** All onboardings under way, in one journal. */
export class RunJournal {
  readonly #states: JournalMap<RunState, RunState>;

  private constructor(states: JournalMap<RunState, RunState>) {
    this.#states = states;
  }

  /** Opens the journal of a directory. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string, openFile: OpenFile = openAsItIs): Promise<RunJournal> {
    await makeDirectory(dir);
    const path = join(dir, "onboarding.journal");
    return new RunJournal(await openFile({ path, lost, open: () => JournalMap.open({ path, format }) }));
  }

  get states(): readonly RunState[] {
    return [...this.#states.values()];
  }

  /** Records a state; resolves when it is on the disk. */
  record(state: RunState): Promise<void> {
    return this.#states.set(state.id, state);
  }

  /** Records a state and rewrites the file, so that what the state no longer holds is gone from the disk. */
  recordErasing(state: RunState): Promise<void> {
    return this.#states.replace(state.id, state);
  }

  /** Forgets an onboarding that is over. */
  forget(id: string): Promise<void> {
    return this.#states.delete(id);
  }

  close(): Promise<void> {
    return this.#states.close();
  }
}

/** Octets of a journal field. Errors: ERR_STORE_DAMAGED. */
export function octetsOf(text: string): Uint8Array {
  const octets = decodeBase64url(text);
  if (!octets) throw new MeshError("ERR_STORE_DAMAGED", "a field of the onboarding journal is not base64url");
  return octets;
}
