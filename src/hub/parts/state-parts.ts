/** What devices report, on its way into the account. */
import { stateCatalog } from "../../schema/index.ts";
import { Compaction } from "../state/compaction.ts";
import { History } from "../state/history.ts";
import { Outbox } from "../state/outbox.ts";
import { Publisher } from "../state/publisher.ts";
import { StateKeeper } from "../state/state-keeper.ts";
import type { DeviceParts } from "./device-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** The states of a hub. */
export interface StateParts {
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly keeper: StateKeeper;
  readonly history: History;
  /** The highest Sequence of a device's state in the account. */
  readonly floor: (udf: string) => number;
  start(): void;
}

/** Errors: those of the outbox's file. */
export async function openStateParts(given: Surroundings, { devices, book, shadows }: DeviceParts): Promise<StateParts> {
  const { config, ports, account, openFile, stateFile, atEnd } = given;
  const { random, log } = ports;
  const { clock } = account.ports;
  const outbox = await Outbox.open({ path: stateFile("outbox.journal"), log: log.child("state"), openFile });
  atEnd("outbox", () => outbox.close());
  const floor = (udf: string): number => account.get(stateCatalog, udf)?.Sequence ?? 0;
  const publisher = new Publisher({ account, outbox, clock, random, log });
  const compaction = new Compaction({ account, clock, log });
  const { coalesceMs, telemetryMs } = config.state;
  const describe = (udf: string) => book.describe(udf);
  const hubUdf = account.deviceUdf;
  const keeper = new StateKeeper({ hubUdf, book: shadows, outbox, devices, describe, floor, coalesceMs, telemetryMs, clock, log });
  const history = new History(clock);
  keeper.onChange((change) => history.note(change));
  const start = (): void => {
    atEnd("publisher", () => publisher.stop());
    atEnd("compaction", () => compaction.stop());
    atEnd("keeper", () => keeper.stop());
    keeper.start();
    publisher.start();
    compaction.start();
  };
  return { outbox, publisher, keeper, history, floor, start };
}
