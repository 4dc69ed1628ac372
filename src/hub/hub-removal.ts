/**
 * How a running hub leaves the account when its owner's evidence has come (extensions §4): it notes it, stops, and erases its keys, psks, hail
 * keys and stores while its directories are still locked. What a crash leaves of the erasure is done at the next start.
 */
import { finishErasure, makeRoomForRemoval, noteRemoval } from "../account/hub.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Enveloped, RevokedDevice } from "../schema/index.ts";

/** What a hub keeps of its devices and their states, relative to its account's directory. */
const hubRooms = ["../state", "../device", "../onboarding", "../broker", "../alarm.json", "../kept"] as const;

/** How a hub tells that its owner removed it. */
export function asRemoved(error: MeshError): MeshError {
  return new MeshError("ERR_REVOKED", error.message, {
    hint: "'mesh-hub init' joins again, with a new PIN of the owner; start the hub then: systemd leaves it stopped",
    cause: error,
  });
}

type NotedRemoval = Parameters<typeof noteRemoval>[1];

/** The removal of one hub, which may never come. */
export class HubRemoval {
  readonly #dir: string;
  readonly #log: Log;
  /** What was taken and is not on the disk yet. */
  #open: NotedRemoval | undefined;
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

  /**
   * Takes verified evidence, once: the note is on the disk before anything else happens. `stop` is to call `erase` before it gives up the locks.
   * A disk that is full takes the note when the hub has stopped and its journals and stores are gone.
   */
  async carryOut(removal: {
    readonly address: string;
    readonly evidence: Enveloped<RevokedDevice>;
    readonly stop: () => Promise<void>;
  }): Promise<void> {
    if (this.#open !== undefined) return;
    const { address, evidence, stop } = removal;
    this.#open = { address, evidence, rooms: hubRooms };
    this.#log.error("hub.removed", { account: address });
    try {
      await noteRemoval(this.#dir, this.#open);
      this.#isNoted = true;
    } catch (error) {
      this.#log.error("hub.removal_not_noted", { reason: asMeshError(error).message });
    }
    await stop();
    this.#tell(
      asRemoved((await this.erase()) ?? new MeshError("ERR_REVOKED", `removed from the account ${address}; its keys are still on the disk`)),
    );
  }

  /** Erases what the hub held, once a removal was taken. @returns what to tell; undefined when nothing was erased */
  async erase(): Promise<MeshError | undefined> {
    if (this.#open === undefined) return undefined;
    try {
      if (!this.#isNoted) {
        await makeRoomForRemoval(this.#dir, hubRooms);
        await noteRemoval(this.#dir, this.#open);
        this.#isNoted = true;
      }
      return await finishErasure(this.#dir);
    } catch (error) {
      this.#log.error("hub.erasure_failed", { reason: asMeshError(error).message });
      return undefined;
    }
  }
}
