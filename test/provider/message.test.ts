/** Long polls, messages between accounts, connecting. */
import { setTimeout as delay } from "node:timers/promises";
import { equalBytes } from "../../src/base/bytes.ts";
import { decodeObject } from "../../src/codec/index.ts";
import type { Curve, PrivateKey } from "../../src/crypto/index.ts";
import { connectionWitness, envelopeId, generatePrivateKey, newNonce, responseId } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { encodeEnvelope, parseEnvelope } from "../../src/dare/index.ts";
import type { MeshClient, StatusRequest } from "../../src/protocol/index.ts";
import type { ProfileDevice } from "../../src/schema/index.ts";
import { AcknowledgeConnection, envelopeObject, keyDataOf, RequestConnection, rightsOf } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import type { Device } from "../kit/service.ts";
import { accessEntry, clientOf, makeDevice, message, Person, random, startService } from "../kit/service.ts";

const place = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });

async function poll(person: Person, client: MeshClient, stores: Partial<StatusRequest>, Wait = 20) {
  const { ContainerStatus: Known } = await client.status({ Account: person.address, ...stores });
  return client.status({ Account: person.address, ...stores, Known, Wait });
}

describe("provider: long polls", (it) => {
  it("wakes on a change, and answers at once when there already is one", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const waiting = poll(alice, alice.client, { Catalogs: ["MMM_Place"] });
    await delay(150);
    await alice.write("MMM_State", [{ key: "other store", entry: place("x") }]);
    await delay(100);
    const start = performance.now();
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    const { ContainerStatus } = await waiting;
    assert.is(ContainerStatus[0]!.Index, 3);
    assert.ok(performance.now() - start < 2000);
    const late = await alice.client.status({
      Account: alice.address,
      Catalogs: ["MMM_Place"],
      Known: [{ Container: "MMM_Place", Index: 1 }],
      Wait: 20,
    });
    assert.is(late.ContainerStatus[0]!.Index, 3);
  });

  it("with news goes what came, and how far others beside it are; nothing that the caller may not read", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const guest = makeDevice();
    await alice.write("MMM_Access", [
      { key: alice.device.link.public.udf, entry: accessEntry(alice.device.link, rightsOf(["admin"])) },
      { key: guest.link.public.udf, entry: accessEntry(guest.link, rightsOf(["command"])) },
    ]);
    await alice.write("MMM_State", [{ key: "beside", entry: place("x") }]);
    const Account = alice.address;
    const Known = [{ Container: "MMM_Place", Index: 0 }];
    const Select = ["MMM_Place", "MMM_State", "MMM_Access"].map((Container) => ({ Container, IndexMin: 0 }));
    const ask = { Account, Catalogs: ["MMM_Place"], Beside: ["MMM_State", "MMM_Place"], Known, Select, Wait: 20 };
    const waiting = alice.client.status(ask);
    await alice.write("MMM_State", [{ key: "wakes nobody", entry: place("x") }]);
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    const { ContainerStatus, Updates } = await waiting;
    const placeFrames = (await alice.store("MMM_Place")).frames;
    assert.equal(
      ContainerStatus.map(({ Container }) => Container),
      ["MMM_Place", "MMM_State"],
    );
    // MMM_Access was selected and not asked for.
    assert.equal(
      Updates?.map(({ Container, Index, Envelopes }) => [Container, Index, Envelopes.length]),
      [
        ["MMM_Place", 3, 3],
        ["MMM_State", 5, 5],
      ],
    );
    for (const [at, { headerOctets, body }] of (Updates?.[0]?.Envelopes ?? []).entries()) {
      assert.ok(
        equalBytes(headerOctets, placeFrames[at]?.headerOctets ?? new Uint8Array()) && equalBytes(body, placeFrames[at]?.body ?? new Uint8Array()),
      );
    }
    const none = await alice.client.status({ ...ask, Known: [{ Container: "MMM_Place", Index: 3 }], Wait: 1 });
    assert.is(none.Updates, undefined, "without news");
    const ahead = await alice.client.status({ ...ask, Select: [{ Container: "MMM_Place", IndexMin: 3 }] });
    assert.equal(ahead.Updates, []);
    const client = clientOf(service.url, guest.link, Account);
    await alice.client.transact({ Account, RequestId: "say", Command: [message({ type: "RequestCommand", body: { Text: "x" } })] });
    const own = { Account, Spools: ["MMM_Command"], Known: [{ Container: "MMM_Command", Index: 0 }], Wait: 20 };
    const told = await client.status({ ...own, Select: [...Select, { Container: "MMM_Command", IndexMin: 1 }] });
    assert.equal(
      told.Updates?.map(({ Container, Envelopes }) => [Container, Envelopes.length]),
      [["MMM_Command", 1]],
    );
    await throwsMesh(client.status({ ...own, Beside: ["MMM_Place"] }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(client.status({ ...own, Select: [{ Container: "MMM_Command", IndexMin: 1, PageKey: "x" }] }), "ERR_USAGE");
    await throwsMesh(client.status({ ...own, Select: [{ Container: "MMM_Command", IndexMin: -1 }] }), "ERR_SCHEMA");
  });

  it("ends unchanged after its time", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const start = performance.now();
    await poll(alice, alice.client, { Spools: ["MMM_Inbound"] }, 1);
    assert.ok(performance.now() - start >= 900);
  });

  it("keeps one waiter per link key: the newer wins", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const first = poll(alice, alice.client, { Spools: ["MMM_Inbound"] });
    await delay(150);
    const second = poll(alice, alice.client, { Spools: ["MMM_Local"] });
    await first;
    let isDone = false;
    void second.then(() => (isDone = true));
    await delay(100);
    assert.not(isDone);
    await alice.client.transact({ Account: alice.address, RequestId: "x", Local: [message({ type: "MessagePin", body: {} })] });
    await second;
  });

  it("the newest wait stays when the room is full, and a caller that goes leaves its place", async () => {
    const { service } = await startService({ limits: { waitersPerAccount: 1 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    const other = makeDevice();
    await alice.grant(other.link, rightsOf(["admin"]));
    const otherClient = clientOf(service.url, other.link, alice.address);
    const older = poll(alice, alice.client, { Spools: ["MMM_Inbound"] });
    await delay(150);
    const gone = new AbortController();
    const newer = otherClient.status(
      { Account: alice.address, Spools: ["MMM_Inbound"], Known: [{ Container: "MMM_Inbound", Index: 1 }], Wait: 20 },
      { signal: gone.signal },
    );
    let isNewerDone = false;
    newer.finally(() => (isNewerDone = true)).catch(() => undefined);
    await older;
    assert.not(isNewerDone, "the older one is answered with what there is");
    gone.abort(new Error("gone"));
    await newer.then(
      () => assert.unreachable(),
      (error) => assert.is(error.message, "gone"),
    );
    await delay(200);
    let isDone = false;
    const next = poll(alice, alice.client, { Spools: ["MMM_Inbound"] }).then(() => (isDone = true));
    await delay(200);
    assert.not(isDone, "the place was free again");
    await service.stop();
    await next;
  });

  it("keeps the waits of an account's devices apart from those of strangers, whose newest stay", async () => {
    const limits = { waitersPerAccount: 1, strangerWaitersPerAccount: 4, strangerWaitersEach: 3 };
    const { service } = await startService({ limits });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    let isDone = false;
    const owner = poll(alice, alice.client, { Spools: ["MMM_Local"] }).then(() => (isDone = true));
    const ended: number[] = [];
    const strangers = Array.from({ length: 8 }, async (_, i) => {
      await delay(60 * i);
      const client = clientOf(service.url, generatePrivateKey("X448", random));
      await throwsMesh(client.complete({ AccountAddress: alice.address, ResponseId: newNonce(random), Wait: 20 }), "ERR_PENDING");
      ended.push(i);
    });
    while (ended.length < 5) await delay(20);
    await delay(200);
    assert.is(ended.length, 5, "three of one network wait on");
    assert.not(isDone, "the owner waits on");
    await alice.client.transact({ Account: alice.address, RequestId: "x", Local: [message({ type: "MessagePin", body: {} })] });
    await owner;
    await service.stop();
    await Promise.allSettled(strangers);
  });

  it("ends the poll of a device whose right is taken", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const hub = makeDevice();
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    await alice.grant(hub.link, rightsOf(["hub"]));
    const client = clientOf(service.url, hub.link, alice.address);
    const revoked = throwsMesh(poll(alice, client, { Spools: ["MMM_Command"] }), "ERR_REVOKED");
    await delay(150);
    await alice.grant(hub.link, rightsOf(["hub"]), { active: false });
    await revoked;
    await alice.grant(hub.link, rightsOf(["hub"]));
    const narrowed = throwsMesh(poll(alice, client, { Spools: ["MMM_Command"] }), "ERR_NOT_AUTHORIZED");
    await delay(150);
    await alice.grant(hub.link, rightsOf(["device"]));
    await narrowed;
  });
});

describe("provider: messages between accounts", (it) => {
  it("takes MessageContact from a stranger, once, and nothing else", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    const contact = message({ type: "MessageContact", body: { Sender: bob.address, Text: "hello" } });
    const send = (id: string, messages: readonly DareEnvelope[], to = [alice.address, "nobody@example.com"]) =>
      bob.client.transact({ Account: bob.address, RequestId: id, Outbound: messages, Accounts: to });
    const sent = await send("1", [contact]);
    assert.equal(
      sent.Entries!.map(({ Account, Result }) => [Account, Result]),
      [
        [undefined, "Accept"],
        [alice.address, "Accept"],
        ["nobody@example.com", "Reject"],
      ],
    );
    assert.is((await alice.store("MMM_Inbound")).frames.length, 2);
    await send("2", [contact]);
    await bob.client.post({ Accounts: [alice.address], Messages: [contact] });
    const { frames } = await alice.store("MMM_Inbound");
    assert.is(frames.length, 2);
    assert.ok(equalBytes(frames[1]!.body, encodeEnvelope(contact)), "the message is untouched");
    const refused = [
      message({ type: "RequestConfirmation", body: { Sender: bob.address } }),
      message({ type: "MessageContact", body: { Sender: alice.address } }),
    ];
    const { Entries } = await bob.client.post({ Accounts: [alice.address], Messages: refused.slice(0, 1) });
    assert.is(Entries[0]!.Result, "Reject");
    assert.is(
      (await bob.client.post({ Accounts: [alice.address], Messages: refused.slice(1) })).Entries[0]!.Result,
      "Reject",
      "another sender's name",
    );
    const large = message({ type: "MessageContact", body: { Sender: bob.address, Text: "x".repeat(33_000) } });
    await throwsMesh(send("3", [large]), "ERR_TOO_LARGE");
    const stranger = clientOf(service.url, generatePrivateKey("X448", random), bob.address);
    await throwsMesh(stranger.post({ Accounts: [alice.address], Messages: [contact] }), "ERR_NOT_AUTHORIZED");
    assert.is((await alice.store("MMM_Inbound")).frames.length, 2);
  });

  it("bounds what the accounts of one network leave at one account and at all, by Post and by Transact, and says by how much", async () => {
    const { service } = await startService({ limits: { introduceBurst: 3, postBurst: 5 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const dave = await (await Person.meet("dave@example.com", service.url)).bind();
    const contact = (from: Person) => message({ type: "MessageContact", body: { Sender: from.address } });
    for (const name of ["b1", "b2", "b3"]) {
      const sender = await (await Person.meet(`${name}@example.com`, service.url)).bind();
      const messages = [contact(sender)];
      await sender.client.post({ Accounts: [alice.address], Messages: messages });
      await sender.client.post({ Accounts: [alice.address], Messages: messages });
    }
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    const refused = await throwsMesh(bob.client.post({ Accounts: [alice.address], Messages: [contact(bob)] }), "ERR_QUOTA");
    assert.match(refused.message, /messages to one account from your network: 3 at once, then one every 1800 s/);
    const send = (id: string, to: string) => bob.client.transact({ Account: bob.address, RequestId: id, Outbound: [contact(bob)], Accounts: [to] });
    await throwsMesh(send("1", alice.address), "ERR_QUOTA");
    await send("2", dave.address);
    await send("3", dave.address);
    assert.match((await throwsMesh(send("4", dave.address), "ERR_QUOTA")).message, /messages from your network: 5 at once/);
    assert.is((await alice.store("MMM_Inbound")).frames.length, 4);
  });

  it("keeps a stranger, and all of them, from filling a spool, also after a restart", async () => {
    const limits = { strangerMessages: 5, strangerMessagesEach: 3 };
    const { service, dir } = await startService({ limits });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const results = async (person: Person, count: number) => {
      const messages = Array.from({ length: count }, () => message({ type: "MessageContact", body: { Sender: person.address } }));
      return (await person.client.post({ Accounts: [alice.address], Messages: messages })).Entries.filter(({ Result }) => Result === "Accept").length;
    };
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    assert.is(await results(bob, 6), 3);
    const port = Number(new URL(service.url).port);
    await service.stop();
    const restarted = await startService({ dir, port, limits });
    const carol = await (await Person.meet("carol@example.com", restarted.service.url)).bind();
    assert.is(await results(bob, 1), 0);
    assert.is(await results(carol, 6), 2);
  });
});

describe("provider: strangers of one domain", (it) => {
  it("leave places for those of others, whatever names they put before it, and for devices that want to be connected", async () => {
    const limits = { strangerMessages: 6, strangerMessagesOfSite: 2 };
    const { service } = await startService({ limits });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const isTaken = async (address: string): Promise<boolean> => {
      const person = await (await Person.meet(address, service.url)).bind();
      const Messages = [message({ type: "MessageContact", body: { Sender: address } })];
      return (await person.client.post({ Accounts: [alice.address], Messages })).Entries[0]?.Result === "Accept";
    };
    const taken = [];
    for (const address of ["a@flood.example", "b@sub.flood.example", "c@other.sub.flood.example", "d@flood.example"])
      taken.push(await isTaken(address));
    assert.equal(taken, [true, true, false, false]);
    assert.ok(await isTaken("bob@honest.example"));
    const connects = async (): Promise<boolean> => {
      const device = makeDevice();
      const request = { Account: alice.address, EnvelopedRequestConnection: connectionRequest(device, alice.address) };
      return clientOf(service.url, device.link)
        .connect(request)
        .then(
          () => true,
          () => false,
        );
    };
    assert.equal([await connects(), await connects(), await connects()], [true, true, false]);
    assert.ok(await isTaken("carol@third.example"));
  });
});

function connectionRequest(
  device: Device,
  account: string,
  signer: PrivateKey = device.signature,
  ClientNonce = random.bytes(16),
  PinId?: string,
): DareEnvelope {
  const MessageId = newNonce(random);
  return envelopeObject({
    struct: RequestConnection,
    value: { MessageId, AccountAddress: account, AuthenticatedData: device.profile, ClientNonce, ...(PinId === undefined ? {} : { PinId }) },
    envelopeId: envelopeId(MessageId),
    signers: [signer],
    random,
  });
}

describe("provider: connecting a device", (it) => {
  it("acknowledges with a witness, and gives the answer to its readers alone", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const device = makeDevice();
    const client = clientOf(service.url, device.link);
    const request = connectionRequest(device, alice.address);
    const answer = await client.connect({ Account: alice.address, EnvelopedRequestConnection: request });
    const acknowledged = decodeObject(AcknowledgeConnection, answer.EnvelopedAcknowledgeConnection.body);
    const asked = decodeObject(RequestConnection, request.body);
    const witness = connectionWitness({
      accountKey: alice.root.public,
      deviceKey: device.profileKey.public,
      serverNonce: acknowledged.ServerNonce,
      clientNonce: asked.ClientNonce,
    });
    assert.is(acknowledged.Witness, witness);
    assert.ok(equalBytes(encodeEnvelope(acknowledged.EnvelopedRequestConnection), encodeEnvelope(request)));
    assert.ok(equalBytes(encodeEnvelope(answer.EnvelopedProfileAccount), encodeEnvelope(alice.profile)));
    const again = await client.connect({ Account: alice.address, EnvelopedRequestConnection: request });
    assert.ok(equalBytes(encodeEnvelope(again.EnvelopedAcknowledgeConnection), encodeEnvelope(answer.EnvelopedAcknowledgeConnection)));
    const inbound = (await alice.store("MMM_Inbound")).frames;
    assert.is(inbound.length, 2);
    assert.is(parseEnvelope(inbound[1]!.body).header.EnvelopeId, envelopeId(witness));

    const ResponseId = responseId(witness);
    const complete = (by: MeshClient, Wait?: number) => by.complete({ AccountAddress: alice.address, ResponseId, ...(Wait && { Wait }) });
    await throwsMesh(complete(client), "ERR_PENDING");
    const waiting = complete(client, 20);
    await delay(150);
    const response = message({
      type: "RespondConnection",
      body: { Result: "Accept" },
      id: ResponseId,
      readers: [device.link.public.udf],
      recipients: [alice.storeKey.public],
    });
    await alice.client.transact({ Account: alice.address, RequestId: "accept", Local: [response] });
    const { EnvelopedRespondConnection } = await waiting;
    assert.ok(equalBytes(encodeEnvelope(EnvelopedRespondConnection), encodeEnvelope(response)));
    await throwsMesh(complete(clientOf(service.url, generatePrivateKey("X448", random))), "ERR_PENDING");
    await throwsMesh(complete(alice.client), "ERR_PENDING");
  });

  it("answers so many requests of a network's strangers, and the account's own devices all the time", async () => {
    const { service } = await startService({ limits: { strangerRequestBurst: 20, strangerRequestEveryMs: 3600_000 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await alice.client.status({ Account: alice.address });
    const stranger = clientOf(service.url, generatePrivateKey("X448", random));
    const codes = new Set<string>();
    for (let i = 0; i < 25; i++) {
      await stranger.complete({ AccountAddress: alice.address, ResponseId: newNonce(random) }).catch(({ code }: { code: string }) => codes.add(code));
    }
    assert.equal([...codes], ["ERR_PENDING", "ERR_SERVICE_UNREACHABLE"]);
    for (let i = 0; i < 25; i++) await alice.client.status({ Account: alice.address });
  });

  it("refuses forged requests", async () => {
    const { service } = await startService({ limits: { strangerMessagesEach: 2 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    const device = makeDevice();
    const client = clientOf(service.url, device.link);
    const ask = (request: DareEnvelope, by = client, account = alice.address) =>
      by.connect({ Account: account, EnvelopedRequestConnection: request });
    await throwsMesh(ask(connectionRequest(device, alice.address, generatePrivateKey("Ed448", random))), "ERR_VERIFICATION");
    await throwsMesh(ask(connectionRequest(device, alice.address), clientOf(service.url, makeDevice().link)), "ERR_NOT_AUTHORIZED");
    await throwsMesh(ask(connectionRequest(device, alice.address), client, bob.address), "ERR_VERIFICATION");
    await throwsMesh(ask(connectionRequest(device, "nobody@example.com"), client, "nobody@example.com"), "ERR_ACCOUNT_UNKNOWN");
    await throwsMesh(ask(connectionRequest(device, alice.address, device.signature, new Uint8Array(3))), "ERR_SCHEMA");
    for (let i = 0; i < 2; i++) await ask(connectionRequest(device, alice.address));
    await throwsMesh(ask(connectionRequest(device, alice.address)), "ERR_REJECTED");
    assert.is((await alice.store("MMM_Inbound")).frames.length, 3);
  });

  it("refuses a device whose profile holds a key that nobody can use", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const key = (curve: Curve) => keyDataOf(generatePrivateKey(curve, random).public);
    const shared = key("X448");
    const before = (await alice.store("MMM_Inbound")).frames.length;
    const changes: readonly Partial<ProfileDevice>[] = [
      { Encryption: { Udf: "MAAA" } },
      { Encryption: key("Ed448") },
      { Authentication: { ...key("X448"), Udf: key("X448").Udf } },
      { Encryption: shared, Authentication: shared },
    ];
    for (const change of changes) {
      const device = makeDevice(change);
      const asked = clientOf(service.url, device.link).connect({
        Account: alice.address,
        EnvelopedRequestConnection: connectionRequest(device, alice.address),
      });
      const { message: told } = await throwsMesh(asked, "ERR_KEY");
      assert.match(told, /ProfileDevice\.(Encryption|Authentication): /);
    }
    assert.is((await alice.store("MMM_Inbound")).frames.length, before);
  });

  it("takes a device with a PIN of the account whatever strangers do, and so often", async () => {
    const limits = { strangerMessages: 4, connectBurst: 3, pinRequests: 2 };
    const { service, dir } = await startService({ limits });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const PinId = newNonce(random);
    await alice.client.transact({ Account: alice.address, RequestId: "pin", Local: [message({ type: "MessagePin", body: {}, id: PinId })] });
    const ask = (url: string, pin?: string) => {
      const device = makeDevice();
      const request = connectionRequest(device, alice.address, device.signature, random.bytes(16), pin);
      return clientOf(url, device.link).connect({ Account: alice.address, EnvelopedRequestConnection: request });
    };
    for (let i = 0; i < 3; i++) await ask(service.url);
    const refused = await throwsMesh(ask(service.url), "ERR_REJECTED");
    assert.match(refused.message, /from your network/);
    await throwsMesh(ask(service.url, newNonce(random)), "ERR_REJECTED");
    await throwsMesh(ask(service.url, ""), "ERR_REJECTED");
    await ask(service.url, PinId);
    // The bounds of the account are on its disk; those of networks begin anew.
    const port = Number(new URL(service.url).port);
    await service.stop();
    const restarted = await startService({ dir, port, limits });
    await ask(restarted.service.url);
    assert.match((await throwsMesh(ask(restarted.service.url), "ERR_REJECTED")).message, /at this account/);
    await ask(restarted.service.url, PinId);
    await throwsMesh(ask(restarted.service.url, PinId), "ERR_REJECTED");
  });
});
