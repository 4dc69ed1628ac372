/**
 * The copies of an account's stores as a device keeps them over troubles of its disk: after a write that failed they are opened anew with what is in
 * their files, and one that is damaged is set aside, to be fetched again.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Mutex } from "../../base/mutex.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { ReplicaOptions } from "../store/catalog-replica.ts";
import { storesFolder } from "../store/copy-path.ts";
import { damagedCopy, setAside } from "../store/set-aside.ts";
import type { Stores } from "../store/stores.ts";
import { closeStores, openStores } from "../store/stores.ts";
import type { Keyring } from "./keyring.ts";
import type { Ports } from "./ports.ts";

/** What copies are opened with. */
export interface CopiesOptions {
  readonly dir: string;
  readonly ports: Ports;
  /** The key that service-readable entries are also sealed to. */
  readonly serviceEncryption: PublicKey;
  /** Opens, together with the service, what this device has shares of. */
  readonly agree: NonNullable<ReplicaOptions["agree"]>;
}

/** After these nobody knows what the file of a copy holds. */
const doubtful = ["ERR_STORE", "ERR_DISK_FULL", "ERR_BUSY"] as const;

/** The copies in use. */
export class Copies {
  readonly #options: CopiesOptions;
  readonly #turn: Mutex;
  #keys: Keyring;
  #stores: Stores;
  #isInDoubt = false;

  private constructor(options: CopiesOptions, parts: { readonly keys: Keyring; readonly stores: Stores; readonly turn: Mutex }) {
    this.#options = options;
    this.#keys = parts.keys;
    this.#stores = parts.stores;
    this.#turn = parts.turn;
  }

  /** Opens the copies of a device. @param turn of whoever writes to them: nothing is set aside in the middle of a write */
  static async open(options: CopiesOptions, { keys, turn }: { readonly keys: Keyring; readonly turn: Mutex }): Promise<Copies> {
    return new Copies(options, { keys, turn, stores: await openStores({ ...options, keys }) });
  }

  get stores(): Stores {
    return this.#stores;
  }

  /** The keys that they are open with. */
  get keys(): Keyring {
    return this.#keys;
  }

  /** Runs a task that reads a copy's file, outside of any turn. One that is damaged is set aside, and the error says what fetches it again. */
  async reading<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      const kept = await this.#turn.run(() => this.#setAside(error));
      if (kept === undefined || !isMeshError(error)) throw error;
      const hint = "run 'meshman account sync', which fetches the store again, then try once more; the hub does so by itself";
      throw new MeshError("ERR_STORE_DAMAGED", `${error.message}; it is kept as ${kept}`, { hint, detail: error.detail, cause: error });
    }
  }

  /** Runs a task on copies that can be written, inside a turn; once more when a copy turned out to be damaged. */
  async writing<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isInDoubt) {
      await this.reopen(this.#keys);
      this.#isInDoubt = false;
    }
    try {
      return await task();
    } catch (error) {
      if (doubtful.some((code) => isMeshError(error, code))) this.#isInDoubt = true;
      if ((await this.#setAside(error)) === undefined) throw error;
      return task();
    }
  }

  /** Opens first and closes then, so that a disk that still fails leaves the copies readable. */
  async reopen(keys: Keyring): Promise<void> {
    const before = this.#stores;
    this.#stores = await openStores({ ...this.#options, keys });
    this.#keys = keys;
    await closeStores(before);
  }

  close(): Promise<void> {
    return closeStores(this.#stores);
  }

  /** @returns where the damaged copy that the error speaks of is kept; undefined when it speaks of none */
  async #setAside(error: unknown): Promise<string | undefined> {
    const path = damagedCopy(error, storesFolder(this.#options.dir));
    if (path === undefined || !isMeshError(error)) return undefined;
    const kept = await setAside(path, { ...this.#options.ports, error });
    if (kept !== undefined) await this.reopen(this.#keys);
    return kept;
  }
}
