/**
 * A machine that was away for most of a year, while a store was written over again and again, begun anew each time: what its sync takes while the
 * service keeps all former epochs, and once they were forgotten by the owner's order, beside one that fetches the same live entries into an empty copy,
 * in turns. Service and machines are in this process; the service's time is the bench's.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AccountContext,
  attend,
  compactStores,
  completeConnection,
  createAccount,
  issuePin,
  purgeEpochs,
  put,
  requestConnection,
} from "../src/account/index.ts";
import { parseConnectUri } from "../src/crypto/index.ts";
import { MeshService } from "../src/provider/index.ts";
import { placeCatalog } from "../src/schema/index.ts";
import { ManualClock } from "../test/harness/manual-clock.ts";
import { ports } from "../test/kit/household.ts";
import { figureOf, openTable, quantile } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";

const live = Number(process.env.MESH_BENCH_AWAY_ENTRIES ?? 1000);
const epochs = Number(process.env.MESH_BENCH_AWAY_EPOCHS ?? 6);
const rounds = 5;
/** Entries of one Transact. */
const page = 200;
const dayMs = 86_400_000;

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-away-"));
const table = openTable(`A machine that was away (${machineLine()})`);
const clock = new ManualClock(Date.now());
const service = new MeshService();

async function write(alice: AccountContext, word: string): Promise<void> {
  for (let at = 0; at < live; at += page) {
    const keys = Array.from({ length: Math.min(page, live - at) }, (_, n) => `P${at + n}`);
    await alice.transact({ catalogs: keys.map((Key) => put(placeCatalog, { Key, LocalName: `${word} ${Key}` })) });
  }
}

/** Milliseconds of a sync in a copy of the machine's directory; without its copy of the store when `isEmpty`. */
async function syncOf(home: string, isEmpty: boolean): Promise<number> {
  const copy = join(dir, "copy");
  rmSync(copy, { recursive: true, force: true });
  cpSync(home, copy, { recursive: true });
  const stores = join(copy, "stores");
  if (isEmpty) for (const name of readdirSync(stores)) if (name.startsWith("MMM_Place.")) rmSync(join(stores, name));
  const context = await AccountContext.open({ dir: copy, ports });
  try {
    const begun = performance.now();
    await context.sync();
    const took = performance.now() - begun;
    const names = context.list(placeCatalog).filter(({ value }) => value.LocalName.startsWith(`${epochs} `));
    if (names.length !== live) throw new Error(`${names.length} entries came, not ${live}`);
    return took;
  } finally {
    await context.close();
  }
}

try {
  await service.start({ bind: { kind: "open" }, dir: join(dir, "service"), host: "127.0.0.1", port: 0, ...ports, clock });
  const alice = await createAccount({ dir: join(dir, "alice"), address: "alice@example.com", serviceUrl: service.url, localName: "alice", ports });
  const { uri } = await issuePin(alice, { roles: ["web"], minutes: 60, localName: "away" });
  const { account, code } = parseConnectUri(uri);
  const home = join(dir, "away");
  await requestConnection({ dir: home, address: account, pin: code, serviceUrl: service.url, ports });
  await alice.sync();
  await attend(alice, { claim: false });
  const away = await completeConnection({ dir: home, waitSeconds: 60, ports });
  await write(alice, "0");
  await away.sync();
  await away.close();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const word of ["a", "b", String(epoch)]) await write(alice, word);
    await compactStores(alice, ["MMM_Place"]);
    clock.advance((300 / epochs) * dayMs);
  }
  const measure = async (what: string): Promise<void> => {
    const [back, fresh]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      back.push(await syncOf(home, false));
      fresh.push(await syncOf(home, true));
    }
    const ratio = quantile(back, 0.5) / quantile(fresh, 0.5);
    table.add(
      figureOf(`${live} live entries after ${epochs} epochs of ${4 * live} frames, ${what}: a machine that was away`, "ms", back),
      figureOf("the same into an empty copy", "ms", fresh),
      figureOf("ratio", "×", [ratio], { bar: { better: "less", median: 1.5 } }),
    );
  };
  await measure("all kept by the service");
  const { purged } = await purgeEpochs(alice, ["MMM_Place"]);
  if (purged.length === 0) throw new Error("no former epoch was forgotten");
  await alice.close();
  await measure("the former forgotten");
} finally {
  await service.stop();
  rmSync(dir, { recursive: true, force: true });
}
