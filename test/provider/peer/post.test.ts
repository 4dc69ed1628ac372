/** Post between services in one process: who may post for whom, what is refused by name, what a sender is told. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tag } from "../../../src/codec/field.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import type { Dns } from "../../../src/protocol/index.ts";
import {
  CapabilityInbound,
  CatalogedInbound,
  envelopeObject,
  inboundId,
  MessageComplete,
  objectContentType,
  publicKeyOf,
  RequestConfirmation,
  rightsOf,
  verifyObject,
} from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { clientOf, message, Person, random } from "../../kit/service.ts";
import { contactFrom, fates, inbound, send, TwoServices } from "../../kit/two-services.ts";

describe("provider: post between services", (it) => {
  it("brings a message to an account of another service once, and tells the sender so, signed by the service", async () => {
    const { net, com, alice, bob } = await new TwoServices().start();
    const contact = contactFrom(alice);
    const { Entries } = await send(alice, [contact], [bob.address]);
    assert.equal(
      Entries!.map(({ Account, Result }) => [Account, Result]),
      [
        [undefined, "Accept"],
        [bob.address, "Accept"],
      ],
    );
    await eventually("it is told", async () => (await fates(alice)).length === 1);
    assert.equal(await fates(alice), [{ account: bob.address, fate: "Received" }]);
    assert.equal(await inbound(bob), [contact.header.EnvelopeId]);
    const outbound = (await alice.store("MMM_Outbound")).frames;
    await alice.client.hello();
    verifyObject(MessageComplete, parseEnvelope(outbound[2]!.body), [publicKeyOf(alice.client.profileService!.value.ServiceSignature)]);
    await send(alice, [contact], [bob.address]);
    await eventually("it is told again", async () => (await fates(alice)).length === 2);
    assert.equal(await inbound(bob), [contact.header.EnvelopeId], "the same message again changes nothing");
    assert.ok(com.udf !== net.udf);
  });

  it("goes back the other way, and to both services at once", async () => {
    const world = await new TwoServices().start();
    const { alice, bob } = world;
    const carol = await (await Person.meet("carol@example.com", world.com.url)).bind();
    const contact = contactFrom(bob);
    await send(bob, [contact], [alice.address, carol.address, "nobody@example.com"]);
    await eventually("all is told", async () => (await fates(bob)).length === 3);
    assert.equal(
      (await fates(bob)).sort((a, b) => a.account.localeCompare(b.account)),
      [
        { account: alice.address, fate: "Received" },
        { account: carol.address, fate: "Received" },
        { account: "nobody@example.com", fate: "Refused" },
      ],
    );
    assert.equal(await inbound(carol), [contact.header.EnvelopeId]);
  });

  it("tells at once what its own service refuses: unknown domain, unknown account here, another's name", async () => {
    const { alice, bob } = await new TwoServices().start();
    await send(alice, [contactFrom(alice)], ["dave@example.org", "nobody@example.com"]);
    await send(alice, [contactFrom(bob)], [bob.address]);
    assert.equal(await fates(alice), [
      { account: "dave@example.org", fate: "Refused", code: "ERR_ACCOUNT_UNKNOWN" },
      { account: "nobody@example.com", fate: "Refused" },
      { account: bob.address, fate: "Refused", code: "ERR_NOT_AUTHORIZED" },
    ]);
    assert.equal(await inbound(bob), []);
  });

  it("refuses forged senders, foreign domains, strangers' credentials and sessions of nobody's host, by name", async () => {
    const world = await new TwoServices().start();
    const { com, bob } = world;
    // example.org has a service; it is not the one of example.com.
    const org = await world.stranger();
    const contact = (Sender: string): DareEnvelope => message({ type: "MessageContact", body: { Sender } });
    const host = clientOf(world.net.url, org.identity.hostLink);
    const credential = { EnvelopedProfileService: org.identity.envelopedProfile, EnvelopedConnectionHost: org.identity.envelopedHost };
    const post = (Sender: string, as = host) => as.post({ Accounts: [bob.address], Messages: [contact(Sender)], Sender, ...credential });
    const forged = await throwsMesh(post("alice@example.com"), "ERR_NOT_AUTHORIZED");
    assert.match(forged.message, new RegExp(`example.com has service ${com.udf}.*${org.identity.udf}.*alice@example.com`));
    const own = await throwsMesh(post("carol@example.net"), "ERR_NOT_AUTHORIZED");
    assert.match(own.message, /carol@example.net is an address of this service/);
    assert.match((await throwsMesh(post("dave@example.org"), "ERR_NOT_AUTHORIZED")).message, /takes no messages from example.org/);
    const thief = await throwsMesh(post("alice@example.com", clientOf(world.net.url, generatePrivateKey("X448", random))), "ERR_NOT_AUTHORIZED");
    assert.match(thief.message, /of no host of service/);
    await throwsMesh(host.post({ Accounts: [bob.address], Messages: [contact("x@example.com")], Sender: "x@example.com" }), "ERR_USAGE");
    assert.equal(await inbound(bob), []);
  });

  it("says of each message what is wrong with it: type, size, name, recipient elsewhere; and carries nothing on", async () => {
    const world = await new TwoServices().start();
    const { bob } = world;
    const { identity } = await world.hostOfCom();
    const host = clientOf(world.net.url, identity.hostLink);
    const Sender = "alice@example.com";
    const body = { Sender };
    const post = async (messages: readonly DareEnvelope[], to = [bob.address]) => {
      const credential = { EnvelopedProfileService: identity.envelopedProfile, EnvelopedConnectionHost: identity.envelopedHost };
      const { Entries } = await host.post({ Accounts: to, Messages: messages, Sender, ...credential });
      return Entries.map(({ Result, ErrorCode }) => (ErrorCode === undefined ? Result : `${Result} ${ErrorCode}`));
    };
    assert.equal(await post([message({ type: "RequestConfirmation", body })]), ["Reject"]);
    assert.equal(await post([message({ type: "MessageContact", body: { Sender: "carol@example.com" } })]), ["Reject"]);
    assert.equal(await post([message({ type: "MessageContact", body: {} })]), ["Reject ERR_SCHEMA"]);
    assert.equal(await post([message({ type: "MessageContact", body: { ...body, Text: "x".repeat(33_000) } })]), ["Reject ERR_TOO_LARGE"]);
    assert.equal(await post([message({ type: "MessageContact", body })], ["dave@example.org", "nobody@example.net"]), [
      "Reject ERR_ACCOUNT_UNKNOWN",
      "Reject",
    ]);
    assert.equal(await inbound(bob), []);
    const fit = message({ type: "MessageContact", body });
    assert.equal(await post([fit, fit], [bob.address, "BOB@example.net"]), ["Accept", "Accept"]);
    assert.equal(await inbound(bob), [fit.header.EnvelopeId]);
  });

  it("holds a peer to budgets of its own, in all and to one account, and keeps what one sender leaves; what waits comes later", async () => {
    const world = await new TwoServices({ net: { strangerMessagesEach: 2 } }).start();
    const { alice, bob } = world;
    await send(alice, [contactFrom(alice), contactFrom(alice), contactFrom(alice)], [bob.address]);
    await eventually("two are there", async () => (await fates(alice)).length === 2);
    assert.is((await inbound(bob)).length, 2);
    world.clock.advance(24 * 3600_000);
    await eventually("and the third on the next day", async () => {
      world.clock.advance(60_000);
      return (await fates(alice)).length === 3;
    });
    assert.is((await inbound(bob)).length, 3);
    const tight = await new TwoServices({ net: { peerIntroduceBurst: 1, peerIntroduceEveryMs: 3600_000 } }).start();
    await send(tight.alice, [contactFrom(tight.alice), contactFrom(tight.alice)], [tight.bob.address]);
    await eventually("one is there", async () => (await fates(tight.alice)).length === 1);
    tight.clock.advance(3600_000);
    await eventually("the other comes in an hour", async () => {
      tight.clock.advance(60_000);
      return (await fates(tight.alice)).length === 2;
    });
  });

  it("looks up few domains for one network, each once in a minute, and believes nothing of who asks for it", async () => {
    const asked: string[] = [];
    const netDns: Dns = {
      srv: async (name) => {
        asked.push(name);
        return [];
      },
      txt: async () => [],
    };
    const world = await new TwoServices({ netDns, net: { lookupBurst: 3, peerTimeoutMs: 2000 } }).start();
    const { identity } = await world.stranger();
    const host = clientOf(world.net.url, identity.hostLink);
    const credential = { EnvelopedProfileService: identity.envelopedProfile, EnvelopedConnectionHost: identity.envelopedHost };
    const post = (Sender: string) =>
      host.post({ Accounts: [world.bob.address], Messages: [message({ type: "MessageContact", body: { Sender } })], Sender, ...credential });
    // No such name is found, so nobody is: "invalid" is nobody's domain (RFC 2606).
    for (const name of ["a", "a", "b", "c"]) await throwsMesh(post(`x@${name}.invalid`), "ERR_SERVICE_UNREACHABLE");
    assert.match((await throwsMesh(post("x@d.invalid"), "ERR_QUOTA")).message, /domains that were never met from one sender: 3 at once/);
    assert.equal(new Set(asked), new Set(["a", "b", "c"].map((name) => `_mmm._tcp.${name}.invalid`)));
    assert.equal(asked.filter((name) => name.includes("a.invalid")).length, 1);
    assert.equal(await inbound(world.bob), []);
  });

  it("brings many messages in their order, and one to many recipients, each told of by itself", async () => {
    const world = await new TwoServices({ com: { peerTogether: 4 }, net: { peerIntroduceBurst: 100, strangerMessagesEach: 100 } }).start();
    const { alice, bob } = world;
    const carol = await (await Person.meet("carol@example.net", world.net.url)).bind();
    const many = Array.from({ length: 10 }, () => contactFrom(alice));
    await send(alice, many, [bob.address]);
    const [last] = [contactFrom(alice)];
    await send(alice, [last], [bob.address, carol.address, "nobody@example.net"]);
    await eventually("all is told", async () => (await fates(alice)).length === 13);
    assert.equal(
      await inbound(bob),
      [...many, last].map(({ header }) => header.EnvelopeId),
    );
    assert.equal(await inbound(carol), [last.header.EnvelopeId]);
    const ends = (await fates(alice)).map(({ account, fate }) => `${account} ${fate}`);
    assert.equal([...new Set(ends)].sort(), [`${bob.address} Received`, `${carol.address} Received`, "nobody@example.net Refused"].sort());
  });

  it("brings them one by one to a service that takes no more in one Post", async () => {
    const world = await new TwoServices({ net: { messages: 1 } }).start();
    const { alice, bob } = world;
    const many = Array.from({ length: 5 }, () => contactFrom(alice));
    await send(alice, many, [bob.address]);
    await eventually("all is told", async () => {
      await world.clock.pass(1000);
      return (await fates(alice)).length === 5;
    });
    assert.equal(new Set(await inbound(bob)), new Set(many.map(({ header }) => header.EnvelopeId!)));
    assert.ok((await fates(alice)).every(({ fate }) => fate === "Received"));
  });

  it("asks the recipient's own rules about senders of other services: what is granted, what is refused", async () => {
    const { alice, bob } = await new TwoServices().start();
    await bob.grant(bob.device.link, rightsOf(["admin"]));
    const rule = (Active: boolean): Promise<void> => {
      const lists = { Senders: [alice.address], MessageTypes: ["RequestConfirmation"], ContentTypes: [objectContentType] };
      const value: CapabilityInbound = { Id: inboundId(alice.address), Active, ...lists };
      return bob.write("MMM_Access", [{ key: value.Id, entry: tag(CatalogedInbound, { Capability: { tag: CapabilityInbound.tag, value } }) }]);
    };
    const request = (): DareEnvelope =>
      envelopeObject({ struct: RequestConfirmation, value: { MessageId: newNonce(random), Text: "?" }, envelopeId: newNonce(random), random });
    const fateOf = async (sent: DareEnvelope): Promise<string | undefined> => {
      const before = (await fates(alice)).length;
      await send(alice, [sent], [bob.address]);
      await eventually("it is told", async () => (await fates(alice)).length > before);
      return (await fates(alice)).at(-1)?.fate;
    };
    assert.is(await fateOf(request()), "Refused");
    await rule(true);
    assert.is(await fateOf(request()), "Received");
    await rule(false);
    assert.is(await fateOf(request()), "Refused");
    assert.is(await fateOf(contactFrom(alice)), "Refused", "introductions of a sender that is refused, too");
    assert.is((await inbound(bob)).length, 1);
  });

  it("carries nothing of an account that came to the same address afterwards", async () => {
    const world = await new TwoServices().start();
    const { alice, bob } = world;
    await world.net.stop();
    await send(alice, [contactFrom(alice)], [bob.address]);
    await alice.client.unbind({ Account: alice.address, EnvelopedBindAuthorization: await alice.authorization() });
    const next = await (await Person.meet(alice.address, world.com.url)).bind();
    const own = contactFrom(next);
    await next.client.transact({ Account: next.address, RequestId: "1", Outbound: [own] });
    await world.startOne("net");
    const after = contactFrom(next);
    await eventually("its own message is there", async () => {
      await send(next, [after], [bob.address]);
      world.clock.advance(3600_000);
      return (await inbound(bob)).length > 0;
    });
    for (let hour = 0; hour < 4; hour++) await world.clock.pass(1800_000);
    assert.equal(await inbound(bob), [after.header.EnvelopeId]);
  });

  it("stops at once whatever a peer does, and goes on at the next start", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    onCleanup(() => void silent.close());
    const peer = { domain: "silent.example", url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` };
    // The peer would be waited for longer than any test.
    const world = await new TwoServices({ peers: [peer], com: { peerTimeoutMs: 3600_000 } }).start();
    const connected = once(silent, "connection");
    await send(world.alice, [contactFrom(world.alice)], ["x@silent.example"]);
    await connected;
    await world.com.stop();
    const again = once(silent, "connection");
    await world.startOne("com");
    await again;
    await world.com.stop();
  });

  it("bounds what an account has under way, with the figure", async () => {
    const world = await new TwoServices({ com: { openDeliveries: 2, sendBurst: 4, sendEveryMs: 3600_000 } }).start();
    const { alice } = world;
    const away = ["b@example.info"];
    await send(alice, [contactFrom(alice)], away);
    await send(alice, [contactFrom(alice)], away);
    assert.match((await throwsMesh(send(alice, [contactFrom(alice)], away), "ERR_QUOTA")).message, /the account has 2 messages under way/);
    await throwsMesh(send(alice, [contactFrom(alice)], [world.bob.address]), "ERR_QUOTA");
    assert.match(
      (await throwsMesh(send(alice, [contactFrom(alice)], away), "ERR_QUOTA")).message,
      /messages to other services from this account: 4 at once/,
    );
    assert.is((await alice.store("MMM_Outbound")).frames.length, 3, "nothing of what is refused is kept");
    const narrow = await new TwoServices({ com: { openPeers: 1 } }).start();
    await send(narrow.alice, [contactFrom(narrow.alice)], away);
    const refused = await throwsMesh(send(narrow.alice, [contactFrom(narrow.alice)], [narrow.bob.address]), "ERR_QUOTA");
    assert.match(refused.message, /the account has messages to 1 services under way/);
    await send(narrow.alice, [contactFrom(narrow.alice)], away);
  });
});
