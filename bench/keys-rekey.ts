/**
 * New keys after a removal: an account with many entries and machines loses one of them, and the first machine draws keys, hands them out and lets
 * every store that the removed one could read begin anew. The service is a process of its own; all machines are made in this one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountContext } from "../src/account/index.ts";
import { attend, completeConnection, createAccount, issuePin, put, replaceKeys, requestConnection, revokeDevice } from "../src/account/index.ts";
import { parseConnectUri } from "../src/crypto/index.ts";
import { placeCatalog } from "../src/schema/index.ts";
import { ports } from "../test/kit/household.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const entries = Number(process.env.MESH_BENCH_REKEY_ENTRIES ?? 10_000);
const devices = Number(process.env.MESH_BENCH_REKEY_DEVICES ?? 20);
/** Entries of one Transact. */
const page = 200;

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-rekey-"));
const table = openTable(`New keys after a removal (${machineLine()})`);
const service = await startService(join(dir, "service"));
const open: AccountContext[] = [];

async function admit(alice: AccountContext, name: string): Promise<AccountContext> {
  const { uri } = await issuePin(alice, { roles: ["web"], minutes: 60, localName: name });
  const { account, code, udf } = parseConnectUri(uri);
  const home = join(dir, name);
  await requestConnection({
    dir: home,
    address: account,
    pin: code,
    ...(udf === undefined ? {} : { accountUdf: udf }),
    serviceUrl: service.url,
    ports,
  });
  await alice.sync();
  await attend(alice, { claim: false });
  const context = await completeConnection({ dir: home, waitSeconds: 60, ports });
  open.push(context);
  return context;
}

try {
  const alice = await createAccount({ dir: join(dir, "alice"), address: "alice@example.com", serviceUrl: service.url, localName: "alice", ports });
  open.push(alice);
  const machines: AccountContext[] = [];
  for (let n = 0; n < devices; n++) machines.push(await admit(alice, `machine${n}`));
  for (let at = 0; at < entries; at += page) {
    const keys = Array.from({ length: Math.min(page, entries - at) }, (_, n) => `P${at + n}`);
    await alice.transact({ catalogs: keys.map((Key) => put(placeCatalog, { Key, LocalName: `place ${Key}` })) });
  }
  const [gone, witness] = machines;
  if (!gone || !witness) throw new Error("two machines are needed");
  await witness.sync();
  const begun = performance.now();
  await revokeDevice(alice, gone.deviceUdf);
  const removed = performance.now();
  const { stores, without } = await replaceKeys(alice);
  const rekeyed = performance.now();
  await witness.sync();
  const followed = performance.now();
  if (without.length > 0 || !stores.includes("MMM_Place")) throw new Error(`rekeyed ${stores.join()}, not given to ${without.length}`);
  if (witness.list(placeCatalog).length !== entries) throw new Error(`${witness.list(placeCatalog).length} entries came over, not ${entries}`);
  table.add(
    figureOf("the removal", "ms", [removed - begun]),
    figureOf(`new keys for ${entries} entries and ${devices} machines`, "s", [(rekeyed - removed) / 1000], { bar: { better: "less", median: 20 } }),
    figureOf("a machine that follows", "s", [(followed - rekeyed) / 1000]),
  );
} finally {
  for (const context of open) await context.close();
  await service.stop();
  rmSync(dir, { recursive: true, force: true });
}
