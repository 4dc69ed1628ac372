/**
 * Two services on one machine: from the Transact of a message at one until whoever waits at the other has it, and a whole exchange of contacts, from
 * asking until both sides have each other. Both sides' cryptography and both disks are in it; the people of both services are in this process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountContext } from "../src/account/index.ts";
import { acceptContact, attend, contactOfAddress, createAccount, pendingContacts, requestContact } from "../src/account/index.ts";
import { freePort } from "../test/kit/free-port.ts";
import { ports } from "../test/kit/household.ts";
import { Person } from "../test/kit/service.ts";
import { contactFrom, send } from "../test/kit/two-services.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const posts = Number(process.env.MESH_BENCH_POSTS ?? 60);
const exchanges = Number(process.env.MESH_BENCH_EXCHANGES ?? 10);
const many = ["strangerMessages", "strangerMessagesEach", "peerIntroduceBurst", "sendBurst", "bindBurst"].map((name) => `${name}=100000`);

/** From sending until the recipient, who waits, is told. */
async function postTimes(alice: Person, bob: Person): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n <= posts; n++) {
    const { ContainerStatus: Known } = await bob.client.status({ Account: bob.address, Spools: ["MMM_Inbound"] });
    const waiting = bob.client.status({ Account: bob.address, Spools: ["MMM_Inbound"], Known, Wait: 50 });
    const begun = performance.now();
    await send(alice, [contactFrom(alice)], [bob.address]);
    await waiting;
    times.push(performance.now() - begun);
  }
  // The first one meets the peer.
  return times.slice(1);
}

/** Waits at the service until something holds. */
async function until(context: AccountContext, holds: () => Promise<boolean>): Promise<void> {
  for (;;) {
    await context.sync();
    if (await holds()) return;
    await context.wait({ stores: ["MMM_Inbound"], seconds: 50 });
  }
}

async function exchangeTime(ann: AccountContext, ben: AccountContext, benUrl: string): Promise<number> {
  const begun = performance.now();
  const accepting = until(ben, async () => {
    const [pending] = await pendingContacts(ben);
    if (pending) await acceptContact(ben, pending);
    return pending !== undefined;
  });
  await requestContact(ann, ben.address, { configured: benUrl });
  await until(ann, async () => {
    await attend(ann, { claim: false });
    const known = contactOfAddress(ann, ben.address);
    return known !== undefined && known.entry.Requested === undefined;
  });
  await accepting;
  return performance.now() - begun;
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-contact-"));
const table = openTable(`Messages between two services (${machineLine()})`);
const [comPort, netPort] = [await freePort(), await freePort()];
const args = (own: string, other: string, port: number): readonly string[] => [
  ...["--domain", own, "--no-discovery", "--peer", `${other}=http://127.0.0.1:${port}`, "--limit"],
  ...many,
];
const com = await startService(join(dir, "com"), comPort, args("example.com", "example.net", netPort));
const net = await startService(join(dir, "net"), netPort, args("example.net", "example.com", comPort));
const open: AccountContext[] = [];
try {
  const alice = await (await Person.meet("alice@example.com", com.url)).bind();
  const bob = await (await Person.meet("bob@example.net", net.url)).bind();
  table.add(figureOf("message to another service", "ms", await postTimes(alice, bob)));
  const times: number[] = [];
  for (let n = 0; n < exchanges; n++) {
    const make = async (name: string, domain: string, serviceUrl: string): Promise<AccountContext> => {
      const context = await createAccount({ dir: join(dir, `${name}${n}`), address: `${name}${n}@${domain}`, serviceUrl, localName: name, ports });
      open.push(context);
      return context;
    };
    times.push(await exchangeTime(await make("ann", "example.com", com.url), await make("ben", "example.net", net.url), net.url));
  }
  table.add(figureOf("contact exchange between two services", "ms", times, { bar: { better: "less", median: 400 } }));
} finally {
  for (const context of open) await context.close();
  await com.stop();
  await net.stop();
  rmSync(dir, { recursive: true, force: true });
}
