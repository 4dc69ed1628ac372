/**
 * A service that other services know, and that is hostile to them: messages of a megabyte, of no known type, without a name or with one of a
 * thousand letters, more than one Post holds, packets and Posts that were sent before, requests that trickle. Each ends with a word for it,
 * nothing of it is kept, and what is fit is taken afterwards.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { concat, utf8 } from "../../../src/base/bytes.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { tag } from "../../../src/codec/field.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { decodeObject, encodeObject } from "../../../src/codec/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { EntryResponse } from "../../../src/protocol/index.ts";
import { MeshClient, Response as MeshResponse, operations, packetKind } from "../../../src/protocol/index.ts";
import type { ServiceIdentity } from "../../../src/provider/identity.ts";
import { CapabilityInbound, CatalogedInbound, inboundId, rightsOf } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { rawSession } from "../../kit/raw-session.ts";
import { message, random } from "../../kit/service.ts";
import { contactFrom, fates, inbound, send, TwoServices } from "../../kit/two-services.ts";

const Sender = "alice@example.com";
const contact = (body: Datum = { Sender }): DareEnvelope => message({ type: "MessageContact", body });

/** What a host shows of itself. */
const credentialOf = ({ envelopedProfile, envelopedHost }: ServiceIdentity) => ({
  EnvelopedProfileService: envelopedProfile,
  EnvelopedConnectionHost: envelopedHost,
});

/** The host of example.com as whoever has its keys speaks for it; what it sent last is kept. */
async function hostile(world: TwoServices) {
  const { identity } = await world.hostOfCom();
  const sent: Uint8Array[] = [];
  const client = new MeshClient({
    url: world.net.url,
    link: identity.hostLink,
    clock: systemClock,
    random,
    fetch: (url, init) => {
      sent.push(new Uint8Array(init.body as Uint8Array));
      return fetch(url, init);
    },
  });
  const post = async (Messages: readonly DareEnvelope[], Accounts: readonly string[] = [world.bob.address]): Promise<readonly EntryResponse[]> =>
    (await client.post({ Accounts, Messages, Sender, ...credentialOf(identity) })).Entries;
  return { identity, sent, client, post };
}

const said = (entries: readonly EntryResponse[]): string[] =>
  entries.map(({ Result, ErrorCode }) => (ErrorCode === undefined ? Result : `${Result} ${ErrorCode}`));

describe("attack: posts of a hostile peer", (it) => {
  it("a message of a megabyte is refused as a whole, whoever sends it, and what is fit comes after it", async () => {
    const world = await new TwoServices().start();
    const { alice, bob } = world;
    const { post } = await hostile(world);
    const large = contact({ Sender, Text: "x".repeat(1 << 20) });
    assert.match((await throwsMesh(post([large]), "ERR_TOO_LARGE")).message, /octets/);
    await throwsMesh(send(alice, [large], [bob.address]), "ERR_TOO_LARGE");
    assert.equal([await inbound(bob), (await alice.store("MMM_Outbound")).frames.length], [[], 1], "nothing of it is kept");
    const fit = contact();
    assert.equal(said(await post([fit])), ["Accept"]);
    assert.equal(await inbound(bob), [fit.header.EnvelopeId]);
  });

  it("types that nobody knows, no type, no name, a name of a thousand letters: each message is refused alone", async () => {
    const world = await new TwoServices().start();
    const { post } = await hostile(world);
    for (const type of ["RequestTask", "RespondConnection", "MessagePin", "x".repeat(1000), "Message\x1b[31mContact", "__proto__", ""])
      assert.equal(said(await post([message({ type, body: { Sender } })])), ["Reject"], type);
    const named = contact();
    const nameless: DareEnvelope = { ...named, header: { ...named.header, EnvelopeId: "x".repeat(1000) } };
    const fit = contact();
    const entries = said(await post([message({ type: "RequestTask", body: { Sender } }), fit]));
    assert.equal(entries, ["Reject", "Accept"]);
    assert.equal(await inbound(world.bob), [fit.header.EnvelopeId]);
    await post([nameless]).catch((error: Error) => assert.ok(error.message.length < 1000));
  });

  it("more messages or recipients than a Post holds are refused before any is judged", async () => {
    const world = await new TwoServices().start();
    const { post } = await hostile(world);
    await throwsMesh(post(Array.from({ length: 65 }, () => contact())), "ERR_TOO_LARGE");
    await throwsMesh(
      post(
        [contact()],
        Array.from({ length: 65 }, (_, n) => `x${n}@example.net`),
      ),
      "ERR_TOO_LARGE",
    );
    const many = await post(
      Array.from({ length: 32 }, () => contact()),
      ["nobody@example.net", "nobody@example.org"],
    );
    assert.is(many.length, 64);
    assert.ok(many.every(({ Result }) => Result === "Reject"));
    assert.equal(await inbound(world.bob), []);
  });

  it("a packet that comes again is none, also after a restart; the same Post in a new session changes nothing", async () => {
    const world = await new TwoServices().start();
    const { post, sent, identity } = await hostile(world);
    const fit = contact();
    assert.equal(said(await post([fit])), ["Accept"]);
    const packet = sent.at(-1)!;
    const replay = () =>
      fetch(`${world.net.url}/.well-known/mmm`, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: packet as never });
    const again = await replay();
    assert.is(again.status, 409);
    assert.is(decodeObject(MeshResponse, new Uint8Array(await again.arrayBuffer())).ErrorCode, "ERR_REPLAY");
    await world.net.stop();
    await world.startOne("net");
    const later = new Uint8Array(await (await replay()).arrayBuffer());
    assert.equal([...later], [packetKind.again], "its session is over");
    const next = await hostile(world);
    assert.equal(said(await next.post([fit])), ["Accept"]);
    assert.equal(await inbound(world.bob), [fit.header.EnvelopeId]);
    // Whoever overheard the content has no session of the host.
    const thief = await hostile(world);
    const client = new MeshClient({ url: world.net.url, link: world.bob.device.link, clock: systemClock, random });
    await throwsMesh(client.post({ Accounts: [world.bob.address], Messages: [contact()], Sender, ...credentialOf(identity) }), "ERR_NOT_AUTHORIZED");
    assert.equal(said(await thief.post([fit])), ["Accept"]);
  });

  it(
    "a Post that trickles is ended, and delays nobody",
    async () => {
      const world = await new TwoServices().start();
      const { identity } = await world.hostOfCom();
      const session = await rawSession({ url: world.net.url, link: identity.hostLink });
      const plain = encodeObject(operations.Post.request, {
        Accounts: [world.bob.address],
        Messages: [contact()],
        Sender,
        ...credentialOf(identity),
      });
      const { octets } = session.seal(plain);
      const socket = connect(Number(new URL(world.net.url).port), "127.0.0.1");
      onCleanup(() => void socket.destroy());
      await once(socket, "connect");
      const closed = once(socket, "close");
      socket.on("error", () => undefined).resume();
      const head = utf8(
        `POST /.well-known/mmm HTTP/1.1\r\nhost: mesh\r\ncontent-type: application/octet-stream\r\ncontent-length: ${octets.length}\r\n\r\n`,
      );
      socket.write(concat(head, octets.subarray(0, 400)));
      let at = 400;
      const more = setInterval(() => socket.write(octets.subarray(at, ++at)), 200);
      onCleanup(() => clearInterval(more));
      await send(world.alice, [contactFrom(world.alice)], [world.bob.address]);
      await eventually("an honest message comes", async () => (await fates(world.alice)).length === 1);
      await closed;
      assert.ok(at < octets.length, "it was ended by the service");
      assert.is((await inbound(world.bob)).length, 1);
    },
    { timeoutMs: 180_000 },
  );

  it("what waits when the recipient blocks its sender is refused, and said so once", async () => {
    const world = await new TwoServices().start();
    const { alice, bob } = world;
    await world.net.stop();
    await send(alice, [contactFrom(alice), contactFrom(alice)], [bob.address]);
    await world.startOne("net");
    const value: CapabilityInbound = { Id: inboundId(alice.address), Active: false, Senders: [alice.address], MessageTypes: [], ContentTypes: [] };
    await bob.grant(bob.device.link, rightsOf(["admin"]));
    await bob.write("MMM_Access", [{ key: value.Id, entry: tag(CatalogedInbound, { Capability: { tag: CapabilityInbound.tag, value } }) }]);
    await eventually("both are told", async () => {
      world.clock.advance(60_000);
      return (await fates(alice)).length === 2;
    });
    assert.equal(
      await fates(alice),
      Array.from({ length: 2 }, () => ({ account: bob.address, fate: "Refused" })),
    );
    assert.equal(await inbound(bob), []);
  });
});
