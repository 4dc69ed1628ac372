/**
 * How many messages one service brings to another, on one machine: many accounts with a few messages each, and one account with many, to one and to
 * many recipients; one at a time, as an earlier version did, and with several posts under way and several messages in each. In turns, from the
 * first Transact until the senders have been told of all; the senders' own writes are in it, as far as they are not done before.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../test/kit/free-port.ts";
import { Person } from "../test/kit/service.ts";
import { contactFrom, send } from "../test/kit/two-services.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const rounds = Number(process.env.MESH_BENCH_ROUNDS ?? 3);
const senders = Number(process.env.MESH_BENCH_SENDERS ?? 16);
const each = Number(process.env.MESH_BENCH_EACH ?? 16);
const recipients = Number(process.env.MESH_BENCH_RECIPIENTS ?? 8);

const many = [
  ...["strangerMessages", "strangerMessagesEach", "strangerMessagesOfSite", "peerIntroduceBurst", "peerPostBurst", "introduceBurst", "sendBurst"],
  ...["postBurst", "bindBurst", "openDeliveries", "memberMessageBurst"],
].map((name) => `${name}=100000`);
const oneAtATime = ["peerPosts=1", "peerTogether=1", "peerProofMs=1"];

/** Two services that know each other, their people, and what the senders have been told so far. */
async function startPair(dir: string, limits: readonly string[]) {
  const [comPort, netPort] = [await freePort(), await freePort()];
  const args = (own: string, other: string, port: number): readonly string[] => [
    ...["--domain", own, "--no-discovery", "--peer", `${other}=http://127.0.0.1:${port}`, "--limit"],
    ...[...many, ...limits],
  ];
  const com = await startService(join(dir, "com"), comPort, args("example.com", "example.net", netPort));
  const net = await startService(join(dir, "net"), netPort, args("example.net", "example.com", comPort));
  const meet = async (name: string, url: string): Promise<Person> => (await Person.meet(name, url)).bind();
  const from = await Promise.all(Array.from({ length: senders }, (_, n) => meet(`a${n}@example.com`, com.url)));
  const to = await Promise.all(Array.from({ length: recipients }, (_, n) => meet(`b${n}@example.net`, net.url)));
  return { from, to, stop: async () => void (await Promise.all([com.stop(), net.stop()])) };
}

/** Frames of Outbound: the messages, and what was told of them. */
async function outboundOf({ client, address }: Person): Promise<number> {
  const { ContainerStatus } = await client.status({ Account: address, Spools: ["MMM_Outbound"] });
  return ContainerStatus[0]?.Index ?? 0;
}

/** Deliveries a second, of so many messages of each sender to each recipient. */
async function rate(from: readonly Person[], to: readonly Person[], count: number): Promise<number> {
  const before = await Promise.all(from.map(outboundOf));
  const begun = performance.now();
  const addresses = to.map(({ address }) => address);
  await Promise.all(
    from.map((person) =>
      send(
        person,
        Array.from({ length: count }, () => contactFrom(person)),
        addresses,
      ),
    ),
  );
  const deliveries = count * to.length;
  for (const [place, person] of from.entries()) {
    while ((await outboundOf(person)) < (before[place] ?? 0) + count + deliveries) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return (1000 * deliveries * from.length) / (performance.now() - begun);
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-peer-"));
const table = openTable(`Deliveries to another service (${machineLine()})`);
const pairs = [
  { how: "one at a time", pair: await startPair(join(dir, "one"), oneAtATime) },
  { how: "several", pair: await startPair(join(dir, "several"), []) },
] as const;
const kinds = [
  { what: `${senders} accounts, ${each} messages each to one`, of: ({ from, to }: Pair) => rate(from, to.slice(0, 1), each) },
  { what: `one account, ${4 * each} messages to one`, of: ({ from, to }: Pair) => rate(from.slice(0, 1), to.slice(0, 1), 4 * each) },
  { what: `one account, ${each} messages to ${recipients}`, of: ({ from, to }: Pair) => rate(from.slice(0, 1), to, each) },
] as const;
type Pair = Awaited<ReturnType<typeof startPair>>;
try {
  // The first messages meet the peer.
  for (const { pair } of pairs) await rate(pair.from, pair.to.slice(0, 1), 1);
  for (const { what, of } of kinds) {
    const rates = pairs.map(() => [] as number[]);
    for (let round = 0; round < rounds; round++) for (const [place, { pair }] of pairs.entries()) rates[place]?.push(await of(pair));
    for (const [place, { how }] of pairs.entries()) table.add(figureOf(`${what}: ${how}`, "/s", rates[place] ?? []));
  }
} finally {
  for (const { pair } of pairs) await pair.stop();
  rmSync(dir, { recursive: true, force: true });
}
