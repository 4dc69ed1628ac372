/**
 * What a service takes that keeps a thousand accounts: the time from its start to its ready line, descriptors and memory then and after every
 * account was asked for and written to once, and how many Transacts a second one writer gets. The accounts are copies of one that a device made.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newNonce } from "../src/crypto/index.ts";
import { accountFolder } from "../src/provider/account-folder.ts";
import { clientOf, message, Person, random } from "../test/kit/service.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { rssOf } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const accounts = Number(process.env.MESH_BENCH_ACCOUNTS ?? 1000);
const writes = Number(process.env.MESH_BENCH_WRITES ?? 400);
const starts = Number(process.env.MESH_BENCH_STARTS ?? 5);
/** Requests under way at once. */
const lanes = 8;

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

const addressOf = (n: number): string => `user${n}@example.com`;

/** One account that a device made and wrote to, and copies of it under other addresses. */
async function fill(dir: string): Promise<Person> {
  const service = await startService(dir);
  const person = await (await Person.meet(addressOf(0), service.url)).bind();
  for (let n = 0; n < 4; n++)
    await person.write(n % 2 === 0 ? "MMM_Place" : "MMM_State", [{ key: `k${n}`, entry: { CatalogedPlace: { Key: `k${n}` } } }]);
  await service.stop();
  const first = join(dir, "accounts", accountFolder(addressOf(0)));
  const record = readFileSync(join(first, "account.json"), "utf8");
  for (let n = 1; n < accounts; n++) {
    const folder = join(dir, "accounts", accountFolder(addressOf(n)));
    cpSync(first, folder, { recursive: true });
    writeFileSync(join(folder, "account.json"), record.replace(`"${addressOf(0)}"`, `"${addressOf(n)}"`));
  }
  return person;
}

/** Asks every account for its state and writes a message to it, all in one session, which is a stranger's to all but one; gives the milliseconds of each, and how many were refused. */
async function touchAll(person: Person, url: string): Promise<{ readonly times: number[]; readonly refused: number }> {
  const times: number[] = [];
  let refused = 0;
  let next = 0;
  const client = clientOf(url, person.device.link);
  const lane = async (): Promise<void> => {
    for (let n = next++; n < accounts; n = next++) {
      const begun = performance.now();
      try {
        await client.status({ Account: addressOf(n) });
        await client.transact({ Account: addressOf(n), RequestId: newNonce(random), Local: [message({ type: "MessagePin", body: {} })] });
        times.push(performance.now() - begun);
      } catch {
        refused += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  client.close();
  return { times, refused };
}

/** One writer, one message after the other: Transacts in each second. */
async function writeMany(person: Person, url: string): Promise<number> {
  const client = clientOf(url, person.device.link, addressOf(0));
  const begun = performance.now();
  for (let n = 0; n < writes; n++) {
    await client.transact({ Account: addressOf(0), RequestId: newNonce(random), Local: [message({ type: "MessagePin", body: {} })] });
  }
  client.close();
  return (1000 * writes) / (performance.now() - begun);
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-service-"));
const table = openTable(`service with ${accounts} accounts`);
try {
  const person = await fill(dir);
  const ready: number[] = [];
  const idle: number[] = [];
  const resting: number[] = [];
  for (let n = 0; n < starts; n++) {
    const service = await startService(dir);
    ready.push(service.readyMs);
    idle.push(descriptorsOf(service.pid));
    resting.push(rssOf(service.pid));
    await service.stop();
  }
  table.add(
    figureOf("start to ready", "ms", ready, { bar: { better: "less", median: 1000 } }),
    figureOf("descriptors after the start", "", idle, { bar: { better: "less", median: 200 } }),
    figureOf("memory after the start", "MB", resting),
  );
  const service = await startService(dir);
  const { times, refused } = await touchAll(person, service.url);
  table.add(
    figureOf("first Status and Transact of an account, 8 at once", "ms", times, { note: refused === 0 ? "" : `${refused} refused` }),
    figureOf("descriptors after all were used", "", [descriptorsOf(service.pid)], { bar: { better: "less", median: 200 } }),
    figureOf("memory after all were used", "MB", [rssOf(service.pid)]),
    figureOf("Transacts of one writer", "/s", [await writeMany(person, service.url)]),
  );
  await service.stop();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
