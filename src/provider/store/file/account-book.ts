/**
 * All accounts of a service, each in `accounts/<SHA-256 of its address>`. All are opened at the start, so that what a crash left is put
 * right before anybody asks; one that is damaged is refused by name while the others go on.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, syncDirectory } from "../../../base/atomic-file.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { asMeshError, MeshError } from "../../../base/errors.ts";
import { Mutex } from "../../../base/mutex.ts";
import { SequenceFile } from "../../../dare/index.ts";
import { spoolLabels } from "../../../schema/index.ts";
import type { Account } from "../../account/account.ts";
import { firstSpoolFrame } from "../../account/spool.ts";
import { accountFolder } from "../../account-folder.ts";
import type { AccountRecord } from "./record.ts";
import { writeRecord } from "./record.ts";

const folderName = /^[0-9a-f]{64}$/;

/** Opens the account of a folder. */
export type OpenAccount = (dir: string) => Promise<Account>;

/** The accounts of a service. */
export class AccountBook {
  readonly #dir: string;
  readonly #openAccount: OpenAccount;
  readonly #accounts = new Map<string, Account>();
  readonly #damaged = new Map<string, MeshError>();
  readonly #turns = new Mutex();

  private constructor(dir: string, open: OpenAccount) {
    this.#dir = dir;
    this.#openAccount = open;
  }

  /** Opens every account under `dir`; `damaged` tells of those that cannot be. */
  static async open(options: {
    readonly dir: string;
    readonly open: OpenAccount;
    readonly damaged: (folder: string, error: MeshError) => void;
  }): Promise<AccountBook> {
    const dir = join(options.dir, "accounts");
    const book = new AccountBook(dir, options.open);
    await makeDirectory(dir);
    for (const name of await readdir(dir)) {
      if (!folderName.test(name)) {
        // What is not named as an account was being made or removed.
        await rm(join(dir, name), { recursive: true, force: true });
        continue;
      }
      const error = await book.#openFolder(name);
      if (error !== undefined) options.damaged(name, error);
    }
    return book;
  }

  /** Accounts in use. */
  get all(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** The account of a folded address. Errors: ERR_ACCOUNT_UNKNOWN; ERR_STORE_DAMAGED and the like when it cannot be used. */
  async get(address: string): Promise<Account> {
    const name = accountFolder(address);
    const account = this.#accounts.get(name);
    if (account !== undefined && !account.isBroken) return account;
    return await this.#turns.run(async () => {
      await this.#reopen(name);
      const found = this.#accounts.get(name);
      if (found !== undefined) return found;
      throw this.#damaged.get(name) ?? new MeshError("ERR_ACCOUNT_UNKNOWN", `no account ${address} at this service`);
    });
  }

  /** Makes an account; all of it is there after a crash, or nothing. ERR_ACCOUNT_EXISTS. */
  create(record: AccountRecord): Promise<Account> {
    return this.#turns.run(async () => {
      const name = accountFolder(record.AccountAddress);
      if (this.#accounts.has(name) || this.#damaged.has(name)) throw new MeshError("ERR_ACCOUNT_EXISTS", `${record.AccountAddress} is taken`);
      const draft = join(this.#dir, `new-${name}`);
      try {
        await rm(draft, { recursive: true, force: true });
        await mkdir(draft, { mode: 0o700 });
        await writeRecord(draft, record);
        for (const label of spoolLabels) await makeSpool(join(draft, `${label}.dare`));
        await rename(draft, join(this.#dir, name));
        await syncDirectory(this.#dir);
      } catch (error) {
        throw fileError(error, `cannot make account ${record.AccountAddress}`);
      }
      const account = await this.#openAccount(join(this.#dir, name));
      this.#accounts.set(name, account);
      return account;
    });
  }

  /** Removes an account with everything it holds. */
  remove(account: Account): Promise<void> {
    return this.#turns.run(async () => {
      const name = accountFolder(account.address);
      if (this.#accounts.get(name) !== account) return;
      this.#accounts.delete(name);
      await account.close();
      const gone = join(this.#dir, `gone-${name}`);
      await rename(join(this.#dir, name), gone);
      await syncDirectory(this.#dir);
      await rm(gone, { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => {
      for (const account of this.#accounts.values()) await account.close();
      this.#accounts.clear();
    });
  }

  async #reopen(name: string): Promise<void> {
    const account = this.#accounts.get(name);
    if (account !== undefined && !account.isBroken) return;
    if (account !== undefined) {
      this.#accounts.delete(name);
      await account.close();
      await this.#openFolder(name);
    } else if (this.#damaged.has(name)) {
      // Whoever mended the folder need not restart the service.
      await this.#openFolder(name);
    }
  }

  async #openFolder(name: string): Promise<MeshError | undefined> {
    try {
      this.#accounts.set(name, await this.#openAccount(join(this.#dir, name)));
      this.#damaged.delete(name);
      return undefined;
    } catch (error) {
      const failure = asMeshError(error);
      this.#damaged.set(name, failure);
      return failure;
    }
  }
}

async function makeSpool(path: string): Promise<void> {
  const file = await SequenceFile.open({ path, create: true });
  await file.append([firstSpoolFrame()]);
  await file.close();
}
