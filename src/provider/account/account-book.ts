/**
 * The accounts in use at this host. Each is one object for as long as anybody uses it; a number of those used last are kept besides, so
 * that memory does not grow with the accounts there are. Whatever is in memory can be read again.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Told } from "../../base/told.ts";
import type { AccountRecord, ServiceStore } from "../store/service-store.ts";
import type { Account } from "./account.ts";
import { firstSpoolFrames } from "./spool.ts";

/** How accounts are opened. */
export interface AccountBookOptions {
  readonly store: ServiceStore;
  /** Accounts kept although nobody uses them. */
  readonly keep: number;
  readonly open: (address: string) => Promise<Account>;
  /** Told when an account was opened; it may have deliveries that a stop left open. */
  readonly opened: (account: Account) => void;
  readonly clock: Clock;
  readonly told: Told;
  readonly log: Log;
}

/** A damaged account is not read again for so long. */
const refuseMs = 60_000;
const mostRefused = 1024;

/** Finds accounts by address. */
export class AccountBook {
  readonly #options: AccountBookOptions;
  readonly #live = new Map<string, WeakRef<Account>>();
  /** Least recently used first. */
  readonly #kept = new Map<string, Account>();
  readonly #opening = new Map<string, Promise<Account>>();
  /** Damaged accounts, and until when they are refused without another look. */
  readonly #refused = new Map<string, { readonly error: MeshError; readonly until: number }>();
  readonly #gone = new FinalizationRegistry<string>((address) => {
    if (this.#live.get(address)?.deref() === undefined) this.#live.delete(address);
  });
  readonly #unwatch: () => void;
  #isClosed = false;

  constructor(options: AccountBookOptions) {
    this.#options = options;
    this.#unwatch = options.store.watch((address) => void this.#changed(address));
  }

  /** The account of a folded address. Errors: ERR_ACCOUNT_UNKNOWN; ERR_STORE_DAMAGED, ERR_BUSY and the like when it cannot be used now. */
  async get(address: string): Promise<Account> {
    if (this.#isClosed) throw new MeshError("ERR_BUSY", "the service is stopping");
    const account = this.#live.get(address)?.deref() ?? (await this.#open(address));
    this.#keep(account);
    return account;
  }

  /** True when asking for the account costs nothing. */
  isOpen(address: string): boolean {
    return this.#live.get(address)?.deref() !== undefined;
  }

  /** Makes an account; all of it is there after a crash, or nothing. ERR_ACCOUNT_EXISTS, ERR_BUSY. */
  async create(record: AccountRecord): Promise<Account> {
    await this.#options.store.requireReserve();
    await this.#options.store.create(record, firstSpoolFrames());
    return await this.get(record.AccountAddress);
  }

  /** Removes an account with everything it holds. */
  async remove(account: Account): Promise<void> {
    await account.exclusively(() => this.#options.store.remove(account.address));
    this.#forget(account.address);
    account.close();
  }

  /** Ends all waits, now and later. */
  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    for (const account of this.#live.values()) account.deref()?.room.close();
    this.#live.clear();
    this.#kept.clear();
  }

  #open(address: string): Promise<Account> {
    const refused = this.#refused.get(address);
    if (refused !== undefined && this.#options.clock.monotonic() < refused.until) return Promise.reject(refused.error);
    const known = this.#opening.get(address);
    if (known !== undefined) return known;
    const opening = this.#openAnew(address).finally(() => this.#opening.delete(address));
    this.#opening.set(address, opening);
    return opening;
  }

  async #openAnew(address: string): Promise<Account> {
    const { open, opened } = this.#options;
    this.#refused.delete(address);
    try {
      const account = await open(address);
      this.#live.set(address, new WeakRef(account));
      this.#gone.register(account, address);
      opened(account);
      return account;
    } catch (error) {
      this.#notOpened(address, asMeshError(error));
      throw error;
    }
  }

  #notOpened(address: string, error: MeshError): void {
    const { clock, told, log } = this.#options;
    const { code, message: reason, hint: remedy } = error;
    if (code === "ERR_ACCOUNT_UNKNOWN") return;
    const isDamaged = code === "ERR_STORE_DAMAGED";
    if (isDamaged) {
      if (this.#refused.size >= mostRefused) this.#refused.clear();
      this.#refused.set(address, { error, until: clock.monotonic() + refuseMs });
    }
    if (!told.isDue(`${address} ${code}`)) return;
    if (isDamaged) log.error("account.damaged", { code, reason });
    else log.error("account.not-opened", { code, reason, remedy });
  }

  #keep(account: Account): void {
    this.#kept.delete(account.address);
    this.#kept.set(account.address, account);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.keep) break;
      this.#kept.delete(oldest);
    }
  }

  async #changed(address: string): Promise<void> {
    try {
      await this.#live.get(address)?.deref()?.changed();
    } catch (error) {
      // What is in memory may be behind: whoever comes next reads it anew.
      this.#forget(address);
      if (!isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) this.#options.log.warn("account.not-refreshed", { reason: asMeshError(error).message });
    }
  }

  #forget(address: string): void {
    this.#live.delete(address);
    this.#kept.delete(address);
  }
}
