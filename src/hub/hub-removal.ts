/**
 * How a running hub leaves the account when its owner's evidence has come (extensions §4): it notes it, stops, and erases its keys, psks, hail
 * keys and stores while its directories are still locked. What a crash leaves of the erasure is done at the next start.
 */
import { finishErasure, noteRemoval } from "../account/index.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Enveloped, RevokedDevice } from "../schema/index.ts";

/** What a hub keeps of its devices and their states, relative to its account's directory. */
const hubRooms = ["../state", "../device", "../onboarding", "../broker", "../alarm.json"] as const;

/** How a hub tells that its owner removed it. */
export function asRemoved(error: MeshError): MeshError {
  return new MeshError("ERR_REVOKED", error.message, { hint: "'mesh-hub init' joins again, with a new PIN of the owner", cause: error });
}

/** The removal of one hub, which may never come. */
export class HubRemoval {
  readonly #dir: string;
  readonly #log: Log;
  #isNoted = false;
  #tell: (error: MeshError) => void = () => undefined;
  /** Resolves when the hub was removed, has stopped and has erased its keys. */
  readonly done: Promise<MeshError> = new Promise((resolve) => {
    this.#tell = resolve;
  });

  /** @param options.dir directory of the account */
  constructor(options: { readonly dir: string; readonly log: Log }) {
    this.#dir = options.dir;
    this.#log = options.log;
  }

  /** Takes verified evidence: the note is on the disk before anything else happens. `stop` is to call `erase` before it gives up the locks. */
  async carryOut(removal: {
    readonly address: string;
    readonly evidence: Enveloped<RevokedDevice>;
    readonly stop: () => Promise<void>;
  }): Promise<void> {
    const { address, evidence, stop } = removal;
    this.#log.error("hub.removed", { account: address });
    try {
      await noteRemoval(this.#dir, { address, evidence, rooms: hubRooms });
      this.#isNoted = true;
    } catch (error) {
      this.#log.error("hub.removal_not_noted", { reason: asMeshError(error).message });
    }
    await stop();
    this.#tell(
      asRemoved((await this.erase()) ?? new MeshError("ERR_REVOKED", `removed from the account ${address}; its keys are still on the disk`)),
    );
  }

  /** Erases what the hub held, once the removal was noted. @returns what to tell; undefined when nothing was erased */
  async erase(): Promise<MeshError | undefined> {
    if (!this.#isNoted) return undefined;
    try {
      return await finishErasure(this.#dir);
    } catch (error) {
      this.#log.error("hub.erasure_failed", { reason: asMeshError(error).message });
      return undefined;
    }
  }
}
