/** The table of an account's splits, kept in step with MMM_Joined; another epoch is read from its beginning. */
import type { SequenceFrame } from "../../dare/index.ts";
import { takeOver } from "../access/access-reading.ts";
import type { Account } from "../account/account.ts";
import type { ServiceReader } from "../account/service-reader.ts";
import type { StoreEnd } from "../store/service-store.ts";
import { SplitTable } from "./split-table.ts";

const label = "MMM_Joined";

/** The splits of one account. */
export class SplitBook {
  readonly #account: Pick<Account, "frames" | "reader">;
  #table = new SplitTable();
  #reader: ServiceReader | undefined;
  #place = { epoch: 0, index: 0 };

  constructor(account: Pick<Account, "frames" | "reader">) {
    this.#account = account;
  }

  /** As of the last refresh: of everything that this service has answered. */
  get table(): SplitTable {
    return this.#table;
  }

  /** Takes over what was written since. One call at a time. ERR_VERIFICATION, ERR_SCHEMA. */
  async refresh({ epoch, count }: StoreEnd): Promise<void> {
    const isAnew = epoch !== this.#place.epoch;
    const from = isAnew ? 0 : this.#place.index;
    if (from === count) return;
    const table = isAnew ? new SplitTable() : this.#table;
    const reader = isAnew || !this.#reader ? this.#account.reader(label, { epoch }) : this.#reader;
    const taken = (frame: SequenceFrame): void => {
      if (!isAnew) this.#place = { epoch, index: frame.index + 1 };
    };
    await takeOver(table, ({ from: next, to }) => this.#account.frames(label, { from: next, to: Math.min(to, count), epoch }), {
      from,
      reader,
      taken,
    });
    this.#table = table;
    this.#reader = reader;
    this.#place = { epoch, index: count };
  }
}
