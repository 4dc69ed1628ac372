/**
 * Services that are hostile to another service: silent, endless, trickling, redirecting, talking rubbish, another than they were, lying about what
 * they took, full for ever, loud. Each is tried within bounds and with growing pauses, delays nobody else's messages, and ends as a dead letter that the sender sees.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeObject } from "../../../src/codec/index.ts";
import type { ConfiguredPeer, EntryResponse } from "../../../src/protocol/index.ts";
import { operations, PostResponse, statusDone } from "../../../src/protocol/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { startService } from "../../kit/service.ts";
import { contactFrom, fates, inbound, send, TwoServices } from "../../kit/two-services.ts";
import { startHostile } from "../account/hostile-service.ts";

const day = 24 * 3600_000;

/** A web server that does this to every request; how often it was asked. */
async function startWeb(domain: string, answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
  const seen = { asked: 0 };
  const server = createServer((incoming, outgoing) => {
    seen.asked += 1;
    incoming.resume();
    outgoing.on("error", () => undefined);
    answer(incoming, outgoing);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return { domain, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Writes until the other side has enough. */
function flood(_incoming: IncomingMessage, outgoing: ServerResponse): void {
  const part = Buffer.alloc(16_384, "{");
  const more = (): void => {
    while (!outgoing.destroyed && outgoing.write(part));
    if (!outgoing.destroyed) outgoing.once("drain", more);
  };
  more();
}

/** Begins an answer and goes on octet by octet, for as long as anybody listens. */
function trickle(_incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(200);
  const more = setInterval(() => outgoing.write(" "), 50);
  outgoing.on("close", () => clearInterval(more));
}

/** A service that answers Post with these entries. */
async function startLiar(domain: string, lie: (recipient: string) => readonly EntryResponse[]): Promise<ConfiguredPeer> {
  const service = await startHostile(tempDirectory());
  onCleanup(() => service.stop());
  service.malice.answer = (_linkUdf, name) =>
    name === operations.Post.request.tag ? encodeObject(PostResponse, { Status: statusDone, Entries: lie(`x@${domain}`) }) : undefined;
  return { domain, url: service.url };
}

describe("attack: hostile peers", (it) => {
  it(
    "each comes to a clear end, and none delays the messages of others",
    async () => {
      const entry = (Account: string, EnvelopeId: string): EntryResponse => ({ EnvelopeId, Account, Result: "Accept" });
      const webs = [
        await startWeb("silent.example", () => undefined),
        await startWeb("endless.example", flood),
        await startWeb("trickle.example", trickle),
        await startWeb("redirect.example", (_incoming, outgoing) => void outgoing.writeHead(307, { location: "http://127.0.0.1:1/" }).end()),
        await startWeb("rubbish.example", (_incoming, outgoing) => void outgoing.end('{"MeshHelloResponse":{"Status":201}}')),
        await startWeb("down.example", (incoming) => void incoming.socket.destroy()),
      ];
      let EnvelopeId = "";
      const loud = `\x1b[31mERR\n${"x".repeat(10_000)}`;
      const another = await startService();
      const peers: ConfiguredPeer[] = [
        ...webs,
        { domain: "another.example", url: another.service.url, udf: "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" },
        await startLiar("other.example", () => [entry("somebody@other.example", EnvelopeId)]),
        await startLiar("twice.example", (to) => [entry(to, EnvelopeId), { ...entry(to, EnvelopeId), Result: "Reject" }]),
        await startLiar("nothing.example", () => []),
        await startLiar("unasked.example", (to) => [entry(to, "MAAA")]),
        await startLiar("full.example", (to) => [{ ...entry(to, EnvelopeId), Result: "Reject", ErrorCode: "ERR_QUOTA" }]),
        await startLiar("loud.example", (to) => [{ ...entry(to, EnvelopeId), Result: "Reject", ErrorCode: loud }]),
      ];
      const world = await new TwoServices({ peers, com: { peerTimeoutMs: 1000, peerAnswerOctets: 32_768 } }).start();
      const { alice, bob } = world;
      const contact = contactFrom(alice);
      EnvelopeId = contact.header.EnvelopeId!;
      await send(alice, [contact], [...peers.map(({ domain }) => `x@${domain}`), bob.address]);
      await eventually("the honest peer has it, and the loud one has refused", async () => (await fates(alice)).length === 2);
      assert.equal(
        (await fates(alice)).sort((a, b) => a.account.localeCompare(b.account)),
        [
          { account: bob.address, fate: "Received" },
          { account: "x@loud.example", fate: "Refused", code: "ERR_SERVICE_REFUSED" },
        ],
        "a code that is none of ours is not carried on",
      );
      const first = new Map(webs.map(({ domain, seen }) => [domain, seen.asked]));
      // An hour of growing pauses.
      for (let minute = 0; minute < 60; minute++) await world.clock.pass(60_000);
      for (const { domain, seen } of webs) assert.ok(seen.asked - first.get(domain)! <= 20, `${domain} was asked ${seen.asked} times`);
      const next = contactFrom(alice);
      await send(alice, [next], [bob.address]);
      await eventually("the honest peer goes on", async () => (await fates(alice)).length === 3);
      assert.equal(await inbound(bob), [EnvelopeId, next.header.EnvelopeId!]);
      world.clock.advance(2 * day);
      await eventually("all the others end", async () => {
        world.clock.advance(120_000);
        return (await fates(alice)).length === 2 + peers.length;
      });
      const ends = new Map((await fates(alice)).slice(3).map(({ account, fate, code }) => [account, `${fate} ${code}`]));
      const expected = (domain: string): readonly string[] => {
        // Which bound it meets first is the machine's business.
        if (domain === "full.example") return ["ERR_QUOTA"];
        if (domain === "endless.example") return ["ERR_TOO_LARGE", "ERR_SERVICE_UNREACHABLE"];
        return ["another", "other", "twice", "nothing", "unasked"].includes(domain.split(".")[0]!)
          ? ["ERR_VERIFICATION"]
          : ["ERR_SERVICE_UNREACHABLE"];
      };
      for (const { domain } of peers.filter((peer) => peer.domain !== "loud.example")) {
        const end = ends.get(`x@${domain}`) ?? "";
        assert.ok(
          expected(domain).some((code) => end === `Undelivered ${code}`),
          `${domain}: ${end}`,
        );
      }
    },
    { timeoutMs: 180_000 },
  );
});
