/**
 * Whoever has an account at the service, and whoever names one: how fast a device may ask, what one connection may have under way, what a name
 * leads to, and what a damaged account costs the others.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { concat, fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import { operations } from "../../../src/protocol/index.ts";
import { accountFolder } from "../../../src/provider/account-folder.ts";
import type { Limits } from "../../../src/provider/limits.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { rightsOf } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { pause } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { rawSession } from "../../kit/raw-session.ts";
import { clientOf, keepingLog, makeDevice, message, Person, random, startService } from "../../kit/service.ts";

async function aliceWith(limits: Partial<Limits>): Promise<{ readonly alice: Person; readonly url: string }> {
  const { service } = await startService({ limits });
  return { alice: await (await Person.meet("alice@example.com", service.url)).bind(), url: service.url };
}

const head = (length: number, type: string): string =>
  `POST /.well-known/mmm HTTP/1.1\r\nhost: mesh\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;

/** A connection of an attacker, and what came over it. */
function connection(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const seen = { text: "", isClosed: false };
  socket.on("data", (part: Uint8Array) => (seen.text += fromUtf8(part)));
  socket.on("error", () => undefined);
  socket.on("close", () => (seen.isClosed = true));
  onCleanup(() => void socket.destroy());
  return { socket, seen };
}

describe("attack on the service: devices of an account", (it) => {
  it("one device asks no faster than it may, and is told how fast; the account's others are served", async () => {
    const { alice, url } = await aliceWith({ memberRequestBurst: 40, memberRequestEveryMs: 3_600_000 });
    const other = makeDevice();
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    await alice.grant(other.link, rightsOf(["admin"]));
    const ask = async () => {
      for (let i = 0; i < 100; i++) await alice.client.status({ Account: alice.address });
    };
    const error = await throwsMesh(ask(), "ERR_QUOTA");
    assert.match(error.message, /this device: 40 at once/);
    await clientOf(url, other.link, alice.address).status({ Account: alice.address });
  });

  it("all devices of an account together ask no faster than it may", async () => {
    const { alice } = await aliceWith({ accountRequestBurst: 20, accountRequestEveryMs: 3_600_000 });
    const ask = async () => {
      for (let i = 0; i < 100; i++) await alice.client.status({ Account: alice.address });
    };
    assert.match((await throwsMesh(ask(), "ERR_QUOTA")).message, /devices of this account: 20 at once/);
  });

  it("one connection has few requests under way", async () => {
    const { alice, url } = await aliceWith({});
    const { requestsUnderWay: most } = defaultLimits;
    const poll = { AccountAddress: alice.address, ResponseId: "x", Wait: 50 };
    const polls: Uint8Array[] = [];
    for (let i = 0; i <= most; i++) {
      const session = await rawSession({ url, link: generatePrivateKey("X448", random) });
      const { octets } = session.seal(encodeObject(operations.Complete.request, poll));
      polls.push(concat(utf8(head(octets.length, "application/octet-stream")), octets));
    }
    const { socket, seen } = connection(url);
    socket.write(concat(...polls.slice(0, most)));
    await pause(300);
    assert.not(seen.isClosed);
    socket.write(polls[most]!);
    await eventually("the connection is closed", () => seen.isClosed);
    assert.is(seen.text, "");
    await alice.client.status({ Account: alice.address });
  });

  it("an address in another spelling is the same account, where octets are counted", async () => {
    const { alice, url } = await aliceWith({ memberOctetsEach: 500_000 });
    const connections: { readonly isClosed: boolean; readonly text: string }[] = [];
    for (const account of ["ALICE@example.com", "Alice@example.com", "aLice@example.com", "alIce@example.com"]) {
      const session = await rawSession({ url, link: alice.device.link, account });
      const { socket, seen } = connection(url);
      socket.write(concat(utf8(head(700_000, "application/octet-stream")), session.seal(utf8("x")).octets, new Uint8Array(200_000)));
      connections.push(seen);
      await pause(50);
    }
    await eventually("the oldest is closed", () => connections.some(({ isClosed }) => isClosed));
    assert.is(connections.find(({ isClosed }) => isClosed)?.text, "", "for its octets, not because it was slow");
    await alice.client.status({ Account: alice.address });
  });

  it("a spool takes few messages under one EnvelopeId, and knows again those it has", async () => {
    const { alice } = await aliceWith({ messagesOfId: 4 });
    const id = newNonce(random);
    const write = (Text: string) =>
      alice.client.transact({
        Account: alice.address,
        RequestId: newNonce(random),
        Local: [message({ type: "MessagePin", id, body: { Text: Text } })],
      });
    const envelopes = ["a", "b", "c", "d"].map((Text) => message({ type: "MessagePin", id, body: { Text } }));
    for (const Local of envelopes) await alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Local: [Local] });
    assert.match((await throwsMesh(write("e"), "ERR_QUOTA")).message, /4 messages under one EnvelopeId/);
    await alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Local: [envelopes[0]!] });
    assert.is((await alice.store("MMM_Local")).frames.length, 5);
  });

  it("numbers below 0 are refused by name, whatever they count", async () => {
    const { alice } = await aliceWith({});
    const { address: Account, client } = alice;
    const select = { Container: "MMM_Local", IndexMin: 0 };
    const download = (change: object, ConstraintsPost = {}) => client.download({ Account, Select: [{ ...select, ...change }], ConstraintsPost });
    const cases: readonly (readonly [string, Promise<unknown>])[] = [
      ["MaxEntries", download({}, { MaxEntries: -1 })],
      ["BytesMax", download({}, { BytesMax: -1 })],
      ["BytesOffset", download({}, { BytesOffset: -1 })],
      ["IndexMin", download({ IndexMin: -1 })],
      ["IndexMax", download({ IndexMax: -5 })],
      ["Wait", client.status({ Account, Wait: -1, Known: [] })],
      ["Index", client.status({ Account, Known: [{ Container: "MMM_Local", Index: -1 }] })],
      ["Wait", client.complete({ AccountAddress: Account, ResponseId: "x", Wait: -1 })],
    ];
    for (const [member, refused] of cases) assert.match((await throwsMesh(refused, "ERR_SCHEMA")).message, new RegExp(`${member}: expected a count`));
    const all = await download({ IndexMax: Number.MAX_SAFE_INTEGER }, { MaxEntries: Number.MAX_SAFE_INTEGER, BytesMax: Number.MAX_SAFE_INTEGER });
    assert.is(all.Updates[0]!.Envelopes.length, 1);
    assert.is((await download({}, { MaxEntries: 0 })).Updates[0]!.Envelopes.length, 0);
  });
});

describe("attack on the service: accounts that strangers name", (it) => {
  it("a damaged one is looked at once, and told once, however often strangers ask for it", async () => {
    const { service, dir } = await startService();
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    const port = Number(new URL(service.url).port);
    await service.stop();
    const record = `${dir}/accounts/${accountFolder(bob.address)}/account.json`;
    const good = readFileSync(record);
    writeFileSync(record, "{");
    const lines: { event: string; data?: Record<string, unknown> }[] = [];
    const next = await startService({ dir, port, log: keepingLog(lines) });
    const complete = () =>
      clientOf(next.service.url, generatePrivateKey("X448", random), bob.address).complete({ AccountAddress: bob.address, ResponseId: "x" });
    const refused = async () => assert.match((await throwsMesh(complete(), "ERR_SERVICE_UNREACHABLE")).message, /ERR_STORE_DAMAGED/);
    for (let i = 0; i < 5; i++) await refused();
    writeFileSync(record, good);
    await refused();
    const count = (name: string) => lines.filter(({ event }) => event === name).length;
    assert.is(count("account.damaged"), 1);
    assert.is(count("request.failed"), 1);
  });

  it("a name that nobody has costs the network's budget before anything is looked for", async () => {
    const { service } = await startService({ limits: { strangerRequestBurst: 10, strangerRequestEveryMs: 3_600_000 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const stranger = clientOf(service.url, generatePrivateKey("X448", random), "nobody@example.com");
    const ask = async () => {
      for (let i = 0; i < 20; i++) await throwsMesh(stranger.status({ Account: "nobody@example.com" }), "ERR_ACCOUNT_UNKNOWN");
    };
    await ask().then(
      () => assert.unreachable("it asked for ever"),
      (error: Error) => assert.match(error.message, /too many requests of strangers/),
    );
    await alice.client.status({ Account: alice.address });
  });
});

describe("attack on the service: a disk that fills up", (it) => {
  it("refuses members when the last of it would be needed, with nothing half written", async () => {
    const first = await startService();
    const alice = await (await Person.meet("alice@example.com", first.service.url)).bind();
    const port = Number(new URL(first.service.url).port);
    const entry = (key: string) => [{ key, entry: { CatalogedPlace: { Key: key, LocalName: key } } }];
    await alice.write("MMM_Place", entry("a"));
    await first.service.stop();
    const short = await startService({ dir: first.dir, port, limits: { reserveOctets: 2 ** 60, lastReserveOctets: 2 ** 60 } });
    const error = await throwsMesh(alice.write("MMM_Place", entry("b")), "ERR_SERVICE_UNREACHABLE");
    assert.match(error.message, /ERR_BUSY.*disk/);
    assert.is((await alice.store("MMM_Place")).frames.length, 3, "and reads");
    await short.service.stop();
    await startService({ dir: first.dir, port, limits: { reserveOctets: 2 ** 60 } });
    await alice.write("MMM_Place", entry("c"));
    assert.is((await alice.store("MMM_Place")).frames.length, 5);
  });
});
