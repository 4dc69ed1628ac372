/** Who may write to an account, as its Access catalog says: senders, types, content types, rates, and those who are refused. */
import type { Datum } from "../../src/codec/datum.ts";
import { tag } from "../../src/codec/field.ts";
import { encodeObject } from "../../src/codec/index.ts";
import { envelopeId, newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import { CapabilityInbound, CatalogedInbound, contactMessages, guestOrder, inboundId, objectContentType, rightsOf } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { clientOf, makeDevice, Person, random, startService } from "../kit/service.ts";

const object = { ContentTypes: [objectContentType], MessageTypes: contactMessages };

function inboundEntry(sender: string, change: Partial<CapabilityInbound> = {}): Datum {
  const value: CapabilityInbound = { Id: inboundId(sender), Active: true, Senders: [sender], ...object, ...change };
  return tag(CatalogedInbound, { Capability: { tag: CapabilityInbound.tag, value } });
}

function sealed(type: string, to: Person, options: { readonly cty?: string; readonly text?: string } = {}): DareEnvelope {
  const { cty = objectContentType, text = "x" } = options;
  const struct = { tag: type, encode: (value: Datum) => value } as never;
  return sealEnvelope({
    plaintext: encodeObject(struct, { Text: text } as never),
    envelopeId: envelopeId(newNonce(random)),
    contentMeta: { MessageType: type, cty },
    recipients: [to.storeKey.public],
    random,
  });
}

async function people(options: Parameters<typeof startService>[0] = {}): Promise<{ alice: Person; bob: Person; mallet: Person; url: string }> {
  const { service } = await startService(options);
  const meet = async (name: string) => (await Person.meet(`${name}@example.com`, service.url)).bind();
  const alice = await meet("alice");
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access", "r:MMM_Inbound", "a:MMM_Inbound"]);
  return { alice, bob: await meet("bob"), mallet: await meet("mallet"), url: service.url };
}

async function results(from: Person, to: Person, ...messages: readonly DareEnvelope[]): Promise<string> {
  const { Entries } = await from.client.post({ Accounts: [to.address], Messages: messages });
  return Entries.map(({ Result }) => Result).join(" ");
}

describe("provider: who may write to an account", (it) => {
  it("lets a sender's types and content types in, and no others, nor another sender's", async () => {
    const { alice, bob, mallet } = await people();
    const confirm = sealed("RequestConfirmation", alice);
    assert.is(await results(bob, alice, confirm), "Reject");
    await alice.write("MMM_Access", [{ key: inboundId(bob.address), entry: inboundEntry(bob.address) }]);
    assert.is(await results(bob, alice, confirm, sealed("MessageContact", alice)), "Accept Accept");
    assert.is(await results(bob, alice, sealed("NoSuchMessage", alice), sealed("RequestConfirmation", alice, { cty: "text/html" })), "Reject Reject");
    assert.is(await results(mallet, alice, confirm, sealed("MessageContact", alice)), "Reject Accept");
    await throwsMesh(results(bob, alice, sealed("RequestConfirmation", alice, { text: "x".repeat(33_000) })), "ERR_TOO_LARGE");
    const frames = (await alice.store("MMM_Inbound")).frames.length;
    assert.is(await results(bob, alice, confirm), "Accept", "once more is nothing new");
    assert.is((await alice.store("MMM_Inbound")).frames.length, frames);
  });

  it("refuses a sender as if the account were not there, introductions included, until that is taken back", async () => {
    const { alice, bob } = await people();
    const nobody = { ...alice, address: "nobody@example.com" } as Person;
    await alice.write("MMM_Access", [{ key: inboundId(bob.address), entry: inboundEntry(bob.address, { Active: false }) }]);
    const contact = sealed("MessageContact", alice);
    const ask = async (to: Person) => (await bob.client.post({ Accounts: [to.address], Messages: [contact] })).Entries;
    const told = await ask(alice);
    assert.equal(
      told.map(({ Account: _, ...rest }) => rest),
      (await ask(nobody)).map(({ Account: _, ...rest }) => rest),
    );
    await alice.write("MMM_Access", [{ key: inboundId(bob.address) }]);
    assert.is(await results(bob, alice, contact), "Accept");
  });

  it("bounds each of them and all of them, apart from strangers", async () => {
    const { alice, bob, mallet } = await people({
      limits: { contactMessagesEach: 3, contactMessages: 5, strangerMessagesEach: 2, strangerMessages: 2 },
    });
    const entries = [bob, mallet].map(({ address }) => ({ key: inboundId(address), entry: inboundEntry(address) }));
    const many = (count: number) => Array.from({ length: count }, () => sealed("RequestConfirmation", alice));
    await alice.write("MMM_Access", entries.slice(0, 1));
    const two = [sealed("MessageContact", alice), sealed("MessageContact", alice), sealed("MessageContact", alice)];
    assert.is(await results(mallet, alice, ...two), "Accept Accept Reject");
    assert.is(await results(bob, alice, ...many(5)), "Accept Accept Accept Reject Reject");
    await alice.write("MMM_Access", entries.slice(1));
    assert.is(await results(mallet, alice, ...many(1)), "Reject", "what he sent before counts: five are there");
  });

  it("puts orders of guests where the hubs read, of those who may send them alone, bounded apart from mail", async () => {
    const { alice, bob, mallet } = await people({ limits: { contactMessagesEach: 3 } });
    await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access", "r:MMM_Inbound", "r:MMM_Command"]);
    const order = sealed(guestOrder, alice);
    assert.is(await results(bob, alice, order), "Reject");
    await alice.write("MMM_Access", [{ key: inboundId(bob.address), entry: inboundEntry(bob.address) }]);
    assert.is(await results(bob, alice, order), "Reject", "a contact is no guest");
    const MessageTypes = [...contactMessages, guestOrder];
    await alice.write("MMM_Access", [{ key: inboundId(bob.address), entry: inboundEntry(bob.address, { MessageTypes }) }]);
    const lengths = async () => [(await alice.store("MMM_Command")).frames.length, (await alice.store("MMM_Inbound")).frames.length];
    const [commands, mail] = await lengths();
    assert.is(await results(bob, alice, order, sealed("RequestConfirmation", alice), sealed(guestOrder, alice)), "Accept Accept Accept");
    assert.equal(await lengths(), [commands! + 2, mail! + 1]);
    assert.is(await results(bob, alice, order), "Accept", "once more is nothing new");
    assert.equal(await lengths(), [commands! + 2, mail! + 1]);
    assert.is(await results(bob, alice, sealed(guestOrder, alice), sealed(guestOrder, alice)), "Accept Reject");
    assert.is(await results(bob, alice, sealed("RequestConfirmation", alice)), "Accept", "orders take no place of mail");
    assert.is(await results(mallet, alice, sealed(guestOrder, alice)), "Reject");
  });

  it("sends a hub's answers to guests alone, who may give it orders, and to no other contact", async () => {
    const { alice, bob, mallet, url } = await people();
    const hub = makeDevice();
    await alice.grant(hub.link, rightsOf(["hub"]));
    for (const to of [bob, mallet]) {
      await to.grant(to.device.link, ["r:MMM_Access", "a:MMM_Access", "r:MMM_Inbound"]);
      await to.write("MMM_Access", [{ key: inboundId(alice.address), entry: inboundEntry(alice.address) }]);
    }
    const entryOf = ({ address }: Person, MessageTypes = contactMessages) => ({
      key: inboundId(address),
      entry: inboundEntry(address, { MessageTypes }),
    });
    await alice.write("MMM_Access", [entryOf(bob, [...contactMessages, guestOrder]), entryOf(mallet)]);
    const client = clientOf(url, hub.link, alice.address);
    const answer = async (...to: readonly Person[]): Promise<string> => {
      const Outbound = [sealed("GuestAnswer", bob)];
      const Accounts = to.map(({ address }) => address);
      const { Entries = [] } = await client.transact({ Account: alice.address, RequestId: newNonce(random), Outbound, Accounts });
      return Entries.flatMap(({ Account, Result }) => (Account === undefined ? [] : [Result])).join(" ");
    };
    assert.is(await answer(bob), "Accept");
    await throwsMesh(answer(mallet), "ERR_NOT_AUTHORIZED");
    await throwsMesh(answer(bob, mallet), "ERR_NOT_AUTHORIZED");
    await throwsMesh(answer({ ...bob, address: "carol@example.net" } as Person), "ERR_NOT_AUTHORIZED");
    await alice.write("MMM_Access", [entryOf(bob)]);
    await throwsMesh(answer(bob), "ERR_NOT_AUTHORIZED");
    client.close();
  });

  it("counts answers to a guest apart from what the house writes to him", async () => {
    const { alice, bob } = await people({ limits: { contactMessagesEach: 2, contactMessages: 3 } });
    await alice.write("MMM_Access", [{ key: inboundId(bob.address), entry: inboundEntry(bob.address) }]);
    const of = (type: string) => results(bob, alice, sealed(type, alice));
    for (const type of ["GuestAnswer", "GuestWelcome"]) {
      assert.is(await of(type), "Accept");
      assert.is(await of(type), "Accept");
      assert.is(await of(type), "Reject");
    }
    assert.is(await of("RequestConfirmation"), "Reject");
  });

  it("keeps a capability that it does not know, which grants nothing, and refuses one that is malformed", async () => {
    const { alice, bob, url } = await people();
    const other = makeDevice();
    const unknown = {
      CatalogedAccess: { Capability: { CapabilityOfTomorrow: { Id: "x", Senders: [bob.address], LinkUdf: [other.link.public.udf] } } },
    };
    await alice.write("MMM_Access", [{ key: "x", entry: unknown }]);
    assert.is(await results(bob, alice, sealed("RequestConfirmation", alice)), "Reject");
    await throwsMesh(clientOf(url, other.link, alice.address).status({ Account: alice.address }), "ERR_NOT_AUTHORIZED");
    const wrong = (entry: Datum, code: "ERR_SCHEMA" | "ERR_TOO_LARGE") => throwsMesh(alice.write("MMM_Access", [{ key: "y", entry }]), code);
    await wrong(inboundEntry("Bob@Example.com"), "ERR_SCHEMA");
    await wrong({ CatalogedAccess: { Capability: { CapabilityInbound: { Id: "y" } } } }, "ERR_SCHEMA");
    await wrong(inboundEntry(bob.address, { MessageTypes: Array.from({ length: 33 }, (_, i) => `T${i}`) }), "ERR_TOO_LARGE");
    await wrong(inboundEntry(bob.address, { ContentTypes: ["x".repeat(400)] }), "ERR_TOO_LARGE");
  });
});
