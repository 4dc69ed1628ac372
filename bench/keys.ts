/**
 * What epochs cost the service: a store of a million states goes on in a new epoch with what is live, staged in pages by one device while another
 * asks for the state of the account all the time; how large the account's folder gets meanwhile; and what it costs to hand a device the last
 * ten frames of a short and of a long store. The long store is written to the disk by this process while the service stands still.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeObject } from "../src/codec/index.ts";
import { newNonce } from "../src/crypto/index.ts";
import type { EncodedFrame } from "../src/dare/index.ts";
import { firstFrame, newExchange, SequenceFile, sealNext, TreeFrontier } from "../src/dare/index.ts";
import { accountFolder } from "../src/provider/account-folder.ts";
import { CatalogUpdate } from "../src/schema/index.ts";
import { prepare, sendPages, switchTo } from "../test/kit/epoch.ts";
import { clientOf, Person, random } from "../test/kit/service.ts";
import { figureOf, openTable, quantile } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const states = Number(process.env.MESH_BENCH_STATES ?? 1_000_000);
const live = Number(process.env.MESH_BENCH_LIVE ?? Math.max(100, states / 10));
const asks = Number(process.env.MESH_BENCH_ASKS ?? 200);
/** Frames of one page: as many as a request takes. */
const pageFrames = 400;
const behind = 10;

const entryOf = (n: number) => ({
  key: `D${n % live}`,
  entry: {
    CatalogedState: { DeviceUdf: `D${n % live}`, Sequence: n, Status: "Online", Reported: { Values: [{ Name: "Brightness", Value: n % 100 }] } },
  },
});

/** Writes a store of so many states into an account's folder, as the service would have. */
async function fill(folder: string, count: number, person: Person): Promise<void> {
  for (const name of readdirSync(folder)) if (name.startsWith("MMM_State") || name === "journal") rmSync(join(folder, name));
  const file = await SequenceFile.open({ path: join(folder, "MMM_State.dare"), create: true });
  const frontier = new TreeFrontier();
  const first = firstFrame({ contentType: "application/mmm-catalog" });
  frontier.push(first.treeDigest);
  const exchange = newExchange({ recipients: [person.storeKey.public], random });
  let batch: EncodedFrame[] = [first];
  for (let n = 0; n < count; n++) {
    const { key, entry } = entryOf(n);
    const payload = encodeObject(CatalogUpdate, { Store: "MMM_State", Event: n < live ? "New" : "Update", Key: key, Entry: entry });
    batch.push(sealNext(frontier, { payload, contentMeta: { UniqueId: key }, exchange, ...(n === 0 ? {} : { exchangePosition: 1 }), random }));
    if (batch.length >= 4096) await file.append(batch.splice(0), { sync: false });
  }
  const apex = person.apex("MMM_State", frontier);
  batch = [...batch, apex];
  await file.append(batch);
  await file.close();
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Milliseconds until a device has how far the store has come, and the last frames. */
async function syncTime(person: Person): Promise<number> {
  const begun = performance.now();
  const { ContainerStatus } = await person.client.status({ Account: person.address, Catalogs: ["MMM_State"] });
  const IndexMin = (ContainerStatus[0]?.Index ?? 0) - behind;
  const { Updates } = await person.client.download({ Account: person.address, Select: [{ Container: "MMM_State", IndexMin }] });
  if (Updates[0]?.Envelopes.length !== behind) throw new Error(`${Updates[0]?.Envelopes.length} frames came, not ${behind}`);
  return performance.now() - begun;
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-keys-"));
const table = openTable(`Epochs at the service (${machineLine()})`);
try {
  const first = await startService(dir);
  const port = Number(new URL(first.url).port);
  const person = await (await Person.meet("alice@example.com", first.url)).bind();
  const other = await (await Person.meet("bob@example.com", first.url)).bind();
  const folder = join(dir, "accounts", accountFolder(person.address));
  await first.stop();
  await fill(folder, states, person);
  await fill(join(dir, "accounts", accountFolder(other.address)), 100, other);
  const service = await startService(dir, port);
  const [short, long]: [number[], number[]] = [[], []];
  // In turns, so that both meet the same machine; the first of each opens the account.
  for (let n = 0; n <= asks; n++) {
    const times = [await syncTime(other), await syncTime(person)] as const;
    if (n === 0) continue;
    short.push(times[0]);
    long.push(times[1]);
  }
  table.add(
    figureOf("Status and the last 10 of 100 entries", "ms", short),
    figureOf(`Status and the last 10 of ${states} entries`, "ms", long),
    figureOf("the same, long by short", "×", [quantile(long, 0.5) / quantile(short, 0.5)], { bar: { better: "less", median: 1.5 } }),
  );

  const retention = statSync(join(folder, "MMM_State.dare")).size;
  const asking = clientOf(person.url, person.device.link, person.address);
  const latencies: number[] = [];
  const sizes: number[] = [sizeOf(folder)];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const begun = performance.now();
      await asking.status({ Account: person.address });
      latencies.push(performance.now() - begun);
      sizes.push(sizeOf(folder));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const prepared = await prepare(
    person,
    "MMM_State",
    Array.from({ length: live }, (_, n) => entryOf(states - live + n)),
  );
  const begun = performance.now();
  await sendPages(person, prepared, { page: pageFrames });
  const staged = performance.now();
  await person.client.transact({ Account: person.address, RequestId: newNonce(random), Switch: [switchTo(prepared)] });
  const switched = performance.now();
  isOver = true;
  await watching;
  asking.close();
  sizes.push(sizeOf(folder));
  const kept = statSync(join(folder, "MMM_State.1.dare")).size + retention;
  table.add(
    figureOf(`staging ${live} live of ${states} states`, "s", [(staged - begun) / 1000]),
    figureOf("states staged", "/s", [(1000 * live) / (staged - begun)]),
    figureOf("the switch", "ms", [switched - staged]),
    figureOf("largest folder, by live and retention", "×", [Math.max(...sizes) / kept], { bar: { better: "less", median: 1.3 } }),
    figureOf("Status meanwhile", "ms", latencies, { note: "the writer seals on the same machine" }),
  );
  await service.stop();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
