/** What the devices of an account have staged for the next epochs of its catalogs, and what the account holds beside what is in force. */
import type { Clock } from "../../base/clock.ts";
import type { SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { IdleSequence, Page, ServiceStore, StageName, StoreEnd } from "../store/service-store.ts";
import type { Holding, Spender } from "./budget.ts";
import { requireBudget, requireStage } from "./budget.ts";

/** The staged sequences of one account. */
export class StageBook {
  readonly #address: string;
  readonly #store: ServiceStore;
  readonly #limits: Limits;
  readonly #clock: Clock;

  constructor(options: { readonly address: string; readonly store: ServiceStore; readonly limits: Limits; readonly clock: Clock }) {
    this.#address = options.address;
    this.#store = options.store;
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  async holding(): Promise<Holding> {
    return { ends: await this.#store.ends(this.#address), idle: await this.#store.idle(this.#address) };
  }

  /** How far a staged sequence has come; undefined when there is none of that name and epoch. */
  async end(label: CatalogLabel, stage: StageName, epoch: number): Promise<StoreEnd | undefined> {
    const found = (await this.#store.idle(this.#address)).find((idle) => idle.store === label && idle.stage?.sender === stage.sender);
    return found?.stage?.name === stage.name && found.end.epoch === epoch ? found.end : undefined;
  }

  frontier(label: CatalogLabel, stage: StageName): Promise<TreeFrontier> {
    return this.#store.frontier({ account: this.#address, store: label, stage });
  }

  frames(label: CatalogLabel, stage: StageName, range?: { readonly from?: number; readonly to?: number }): AsyncIterable<SequenceFrame> {
    return this.#store.frames({ account: this.#address, store: label, stage }, range);
  }

  frame(label: CatalogLabel, stage: StageName, index: number): Promise<SequenceFrame> {
    return this.#store.frame({ account: this.#address, store: label, stage }, index);
  }

  /** Removes sequences that are not in force. */
  async drop(sequences: readonly IdleSequence[]): Promise<void> {
    if (sequences.length === 0) return;
    const names = sequences.map(({ store, stage, end }) => ({ store, ...(stage === undefined ? { epoch: end.epoch } : { stage }) }));
    await this.#store.drop(this.#address, names);
  }

  /** Adds a checked page. ERR_QUOTA, ERR_CONFLICT, ERR_DISK_FULL, ERR_BUSY, ERR_STORE. */
  async add(page: Page, spender: Spender): Promise<StoreEnd> {
    const budgeting = { limits: this.#limits, spender };
    const holding = await this.holding();
    const others = holding.idle.filter(({ store, stage }) => store !== page.store || stage?.sender !== page.stage.sender);
    // What another name or epoch has staged before gives way; the same sequence counts.
    const kept = page.index === 0 ? others : holding.idle;
    if (page.index === 0) requireStage({ ...holding, idle: kept }, budgeting);
    requireBudget({ ...holding, idle: kept }, [page], budgeting);
    await this.#store.remind(this.#address, this.#clock.now() + this.#limits.stageMs);
    return await this.#store.stage(this.#address, page);
  }
}
