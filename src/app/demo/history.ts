/** Reads an account from a machine's own directory, as its programs do: what it has stored, verified and decrypted. */

import type { Ports } from "../../account/index.ts";
import { AccountContext, exclusively } from "../../account/index.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import { encodeObject } from "../../codec/index.ts";
import { CatalogedDevice, CatalogedPlace, CatalogedState, deviceCatalog, placeCatalog, stateCatalog } from "../../schema/index.ts";

const ports: Ports = { clock: systemClock, random: systemRandom, log: silentLog };

async function inDirectory<T>(dir: string, task: (context: AccountContext) => Promise<T>): Promise<T> {
  return exclusively({ dir, purpose: "mesh-hub demo", clock: systemClock }, async () => {
    const context = await AccountContext.open({ dir, ports });
    try {
      await context.sync();
      return await task(context);
    } finally {
      await context.close();
    }
  });
}

/** One entry of a device's history in MMM_State. */
export interface HistoryEntry {
  readonly sequence: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Every state of a device that a machine finds in the account, oldest first. */
export function historyOf(dir: string, deviceUdf: string): Promise<readonly HistoryEntry[]> {
  return inDirectory(dir, async (context) => {
    const entries: HistoryEntry[] = [];
    for (const { key, value } of await context.history(stateCatalog)) {
      if (key !== deviceUdf || !value?.Reported) continue;
      entries.push({ sequence: value.Sequence, values: Object.fromEntries(value.Reported.Values.map(({ Name, Value }) => [Name, Value])) });
    }
    return entries;
  });
}

/** The decrypted entries of a machine's catalogs, as octets. */
export function decryptedStores(dir: string): Promise<readonly Uint8Array[]> {
  return inDirectory(dir, async (context) => [
    ...context.list(deviceCatalog).map(({ value }) => encodeObject(CatalogedDevice, value)),
    ...context.list(placeCatalog).map(({ value }) => encodeObject(CatalogedPlace, value)),
    ...(await context.history(stateCatalog)).flatMap(({ value }) => (value ? [encodeObject(CatalogedState, value)] : [])),
  ]);
}
