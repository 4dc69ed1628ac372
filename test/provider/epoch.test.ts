/** Epochs at the service: staged by pages, switched together, refused by name; over real HTTP. */
import { equalBytes } from "../../src/base/bytes.ts";
import { newNonce } from "../../src/crypto/index.ts";
import { encodeEnvelope, TreeFrontier } from "../../src/dare/index.ts";
import { conflictStatus } from "../../src/protocol/index.ts";
import type { Limits } from "../../src/provider/limits.ts";
import { rightsOf } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import type { Prepared } from "../kit/epoch.ts";
import { askStage, goOn, prepare, sendPages, switchTo } from "../kit/epoch.ts";
import { accessEntry, clientOf, makeDevice, message, Person, random, startService } from "../kit/service.ts";

const place = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });
const places = (...names: readonly string[]) => names.map((key) => ({ key, entry: place(key) }));

async function aliceWith(limits: Partial<Limits> = {}): Promise<{ alice: Person; restart: () => Promise<void> }> {
  const { service, dir } = await startService({ limits });
  let running = service;
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.write("MMM_Place", places("a", "b"));
  const restart = async (): Promise<void> => {
    const port = Number(new URL(running.url).port);
    await running.stop();
    running = (await startService({ dir, port, limits })).service;
  };
  return { alice, restart };
}

const commit = (person: Person, ...prepared: readonly Prepared[]) =>
  person.client.transact({ Account: person.address, RequestId: newNonce(random), Switch: prepared.map(switchTo) });

const download = async (person: Person, Epoch: number) =>
  (await person.client.download({ Account: person.address, Select: [{ Container: "MMM_Place", Epoch, IndexMin: 0 }] })).Updates[0]!;

const stateOf = async (person: Person, ...Catalogs: readonly string[]) =>
  (await person.client.status({ Account: person.address, Catalogs })).ContainerStatus.map(({ Epoch, Index }) => [Epoch, Index]);

describe("provider: epochs", (it) => {
  it("shows nothing of what is staged, takes a page twice, and goes on after a restart", async () => {
    const { alice, restart } = await aliceWith();
    const prepared = await prepare(alice, "MMM_Place", places("a", "b", "c"));
    assert.is((await askStage(alice, prepared)).Index, 0);
    const end = await sendPages(alice, prepared, { to: 4 });
    assert.is(end.Index, 4);
    assert.ok(equalBytes(end.Digest!, prepared.frames[3]!.trailer!.TreeDigest!));
    assert.is((await sendPages(alice, prepared, { to: 4 })).Index, 4, "the same pages again");
    assert.equal(await stateOf(alice, "MMM_Place"), [[undefined, 4]]);
    await throwsMesh(download(alice, 1), "ERR_NOT_FOUND");
    await restart();
    assert.is((await askStage(alice, prepared)).Index, 4);
    // A page that is there in part.
    assert.is((await sendPages(alice, prepared, { from: 3, page: 9 })).Index, 5);
    const { ContainerStatus } = await commit(alice, prepared);
    assert.equal(
      ContainerStatus.map(({ Container, Epoch, Index }) => [Container, Epoch, Index]),
      [["MMM_Place", 1, 5]],
    );
    const { frames, epoch } = await alice.store("MMM_Place");
    assert.is(epoch, 1);
    for (const [i, sent] of prepared.frames.entries()) assert.ok(equalBytes(encodeEnvelope(frames[i]!), encodeEnvelope(sent)));
  });

  it("switches several catalogs together with updates, messages and one answer", async () => {
    const { alice, restart } = await aliceWith();
    await alice.write("MMM_State", [{ key: "s", entry: place("s") }]);
    await alice.write("MMM_Task", [{ key: "t", entry: place("t") }]);
    const [first, second] = [await prepare(alice, "MMM_Place", places("a")), await prepare(alice, "MMM_State", [])];
    for (const prepared of [first, second]) await sendPages(alice, prepared);
    const request = {
      Account: alice.address,
      RequestId: "r1",
      Switch: [switchTo(first), switchTo(second)],
      Updates: [await alice.update("MMM_Task", [{ key: "u", entry: place("u") }])],
      Local: [message({ type: "MessagePin", body: {} })],
    };
    const answer = await alice.client.transact(request);
    assert.equal(await alice.client.transact(request), answer, "the same request gets the same answer");
    await restart();
    assert.equal(await alice.client.transact(request), answer);
    assert.equal(await stateOf(alice, "MMM_Place", "MMM_State", "MMM_Task"), [
      [1, 3],
      [1, 2],
      [undefined, 5],
    ]);
    assert.is((await alice.store("MMM_Local")).frames.length, 2);
    await alice.write("MMM_Place", places("d"));
    assert.equal(await stateOf(alice, "MMM_Place"), [[1, 5]]);
    const former = await download(alice, 0);
    assert.equal([former.Epoch, former.Index, former.Envelopes.length], [undefined, 4, 4]);
    const error = await throwsMesh(download(alice, 7), "ERR_NOT_FOUND");
    assert.match(error.message, /epoch 7 of MMM_Place/);
  });

  it("a long poll ends with the switch, and says which epoch is in force", async () => {
    const { alice } = await aliceWith();
    const prepared = await prepare(alice, "MMM_Place", places("a", "b"));
    await sendPages(alice, prepared);
    const waiter = clientOf(alice.url, alice.device.link, alice.address);
    const { ContainerStatus: Known } = await waiter.status({ Account: alice.address, Catalogs: ["MMM_Place"] });
    const waiting = waiter.status({ Account: alice.address, Catalogs: ["MMM_Place"], Known, Wait: 30 });
    await commit(alice, prepared);
    assert.is((await waiting).ContainerStatus[0]!.Epoch, 1);
    waiter.close();
  });

  it("after a conflict the stage stays: the rest is staged at its end, and the switch made again", async () => {
    const { alice } = await aliceWith();
    const prepared = await prepare(alice, "MMM_Place", places("a", "b"));
    await alice.write("MMM_State", [{ key: "s", entry: place("s") }]);
    const other = await prepare(alice, "MMM_State", []);
    for (const some of [prepared, other]) await sendPages(alice, some);
    await alice.write("MMM_Place", places("c"));
    const error = await throwsMesh(commit(alice, other, prepared), "ERR_CONFLICT");
    assert.equal(
      conflictStatus(error).map(({ Container, Index }) => [Container, Index]),
      [
        ["MMM_State", 3],
        ["MMM_Place", 6],
      ],
    );
    assert.equal(await stateOf(alice, "MMM_Place", "MMM_State"), [
      [undefined, 6],
      [undefined, 3],
    ]);
    const rest = alice.frames("MMM_Place", prepared.frontier, places("c"), { epoch: 1 });
    const grown = { ...prepared, former: conflictStatus(error)[1]!, frames: [...prepared.frames, ...rest.Envelopes] };
    await sendPages(alice, grown, { from: prepared.frames.length });
    await commit(alice, other, grown);
    assert.equal(await stateOf(alice, "MMM_Place", "MMM_State"), [
      [1, 6],
      [1, 2],
    ]);
    const stale = { ...(await alice.update("MMM_Place", places("d"))), Epoch: 0 };
    const late = await throwsMesh(alice.client.transact({ Account: alice.address, RequestId: "x", Updates: [stale] }), "ERR_CONFLICT");
    assert.is(conflictStatus(late)[0]!.Epoch, 1);
  });

  it("judges rights and publications by the new epoch at once, also after a restart", async () => {
    const { alice, restart } = await aliceWith();
    const [laptop, hub] = [makeDevice(), makeDevice()];
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    for (const { link } of [laptop, hub]) await alice.grant(link, rightsOf(["hub"]));
    const clients = [laptop, hub].map(({ link }) => clientOf(alice.url, link, alice.address));
    for (const client of clients) await client.status({ Account: alice.address });
    const entryOf = (link: typeof hub.link, roles: "admin" | "hub", isActive = true) => ({
      key: link.public.udf,
      entry: accessEntry(link, rightsOf([roles]), isActive),
    });
    const wait = clients[0]!.status({ Account: alice.address, Catalogs: ["MMM_State"], Known: [], Wait: 30 });
    const refused = throwsMesh(wait, "ERR_REVOKED");
    await goOn(alice, ["MMM_Access", [entryOf(alice.device.link, "admin"), entryOf(hub.link, "hub"), entryOf(laptop.link, "hub", false)]]);
    await refused;
    for (let n = 0; n < 2; n++) {
      await throwsMesh(clients[0]!.status({ Account: alice.address }), "ERR_REVOKED");
      await clients[1]!.status({ Account: alice.address });
      await restart();
    }
    const nobody = await prepare(alice, "MMM_Access", [entryOf(alice.device.link, "admin", false)]);
    await sendPages(alice, nobody);
    await throwsMesh(commit(alice, nobody), "ERR_USAGE");
    // What a hub may not append to it may not stage, nor switch.
    await throwsMesh(sendPages(alice, nobody, { client: clients[1]! }), "ERR_NOT_AUTHORIZED");
    const request = { Account: alice.address, RequestId: "h", Switch: [switchTo(nobody)] };
    await throwsMesh(clients[1]!.transact(request), "ERR_NOT_AUTHORIZED");
    await alice.grant(laptop.link, rightsOf(["hub"]));
    await clients[0]!.status({ Account: alice.address });
    for (const client of clients) client.close();
  });
});

describe("provider: who may begin an epoch", (it) => {
  it("whoever writes the Access catalog; a hub compacts MMM_State, and nothing else", async () => {
    const { alice } = await aliceWith();
    const [hub, phone] = [makeDevice(), makeDevice()];
    await alice.write("MMM_State", [{ key: "s", entry: place("s") }]);
    await alice.write("MMM_Network", [{ key: "n", entry: place("n") }]);
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    await alice.grant(hub.link, rightsOf(["hub"]));
    await alice.grant(phone.link, rightsOf(["web", "command"]));
    const [hubs, phones] = [clientOf(alice.url, hub.link, alice.address), clientOf(alice.url, phone.link, alice.address)];
    const state = await prepare(alice, "MMM_State", []);
    const network = await prepare(alice, "MMM_Network", []);
    for (const [prepared, client] of [
      [state, phones],
      [network, phones],
      [network, hubs],
      [await prepare(alice, "MMM_State", [], { Reason: "Rekey" }), hubs],
      [await prepare(alice, "MMM_State", [], { Reason: "Repair" }), hubs],
    ] as const) {
      await throwsMesh(sendPages(alice, prepared, { client }), "ERR_NOT_AUTHORIZED");
      if (prepared !== network) continue;
      const request = { Account: alice.address, RequestId: newNonce(random), Switch: [switchTo(prepared)] };
      await throwsMesh(client.transact(request), "ERR_NOT_AUTHORIZED");
    }
    await sendPages(alice, state, { client: hubs });
    await hubs.transact({ Account: alice.address, RequestId: "h", Switch: [switchTo(state)] });
    assert.equal(await stateOf(alice, "MMM_State"), [[1, 2]]);
    for (const client of [hubs, phones]) client.close();
  });
});

describe("provider: epochs that are refused", (it) => {
  it("frame 0 of something else, frames that do not fit, epochs that are not the next one", async () => {
    const { alice } = await aliceWith();
    const former = (await prepare(alice, "MMM_Place", [])).former;
    const Former = { Store: "MMM_Place", Index: former.Index - 1, TreeDigest: former.Digest! };
    const attempt = async (change: object, code: Parameters<typeof throwsMesh>[1]): Promise<void> => {
      const prepared = await prepare(alice, "MMM_Place", places("a"), change);
      await throwsMesh(sendPages(alice, prepared), code);
      assert.is((await askStage(alice, prepared)).Index, 0, JSON.stringify(change));
    };
    await attempt({ AccountUdf: "MAAA" }, "ERR_VERIFICATION");
    await attempt({ Store: "MMM_State" }, "ERR_VERIFICATION");
    for (const Epoch of [0, 2, -1, 2 ** 53 - 1]) await attempt({ Epoch }, "ERR_VERIFICATION");
    for (const KeyEpoch of [-1]) await attempt({ KeyEpoch }, "ERR_VERIFICATION");
    for (const change of [{ Store: "MMM_State" }, { Epoch: 1 }, { Index: 99 }, { Index: -1 }, { Index: 1 }, { TreeDigest: new Uint8Array(64) }]) {
      await attempt({ Former: { ...Former, ...change } }, "ERR_VERIFICATION");
    }
    const plain = alice.frames("MMM_Place", new TreeFrontier(), []);
    const good = await prepare(alice, "MMM_Place", places("a", "b"));
    await throwsMesh(sendPages(alice, { ...good, frames: plain.Envelopes }), "ERR_SCHEMA");
    for (const epoch of [0, 2, 2 ** 40]) {
      const error = await throwsMesh(sendPages(alice, { ...good, epoch }), "ERR_CONFLICT");
      assert.is(conflictStatus(error)[0]!.Index, 4);
    }
    const page = { Account: alice.address, Stage: good.name, Container: "MMM_Place", Epoch: 1, Index: 0, Envelopes: good.frames };
    await throwsMesh(alice.client.stage({ ...page, Stage: "" }), "ERR_USAGE");
    await throwsMesh(alice.client.stage({ ...page, Stage: "x".repeat(65) }), "ERR_USAGE");
    await throwsMesh(alice.client.stage({ ...page, Container: "MMM_Local" }), "ERR_USAGE");
    await throwsMesh(alice.client.stage({ ...page, Container: "MMM_Nothing" }), "ERR_NOT_FOUND");
    await throwsMesh(alice.client.stage({ ...page, Container: "MMM_Bookmark" }), "ERR_USAGE");
    await throwsMesh(alice.client.stage({ ...page, Index: 1 }), "ERR_CONFLICT");
    for (const change of [{ Index: -1 }, { Epoch: -1 }]) await throwsMesh(alice.client.stage({ ...page, ...change }), "ERR_SCHEMA");
    const body = good.frames[1]!.body.slice();
    body[3]! ^= 1;
    await throwsMesh(alice.client.stage({ ...page, Envelopes: [good.frames[0]!, { ...good.frames[1]!, body }] }), "ERR_VERIFICATION");
    assert.is((await askStage(alice, good)).Index, 0);
    await sendPages(alice, good, { to: 2 });
    const twin = await prepare(alice, "MMM_Place", places("a", "b"));
    const error = await throwsMesh(sendPages(alice, { ...twin, name: good.name }, { page: 4 }), "ERR_CONFLICT");
    assert.is(conflictStatus(error)[0]!.Index, 2);
    await throwsMesh(alice.client.stage({ ...page, Index: 2, Digest: new Uint8Array(64), Envelopes: good.frames.slice(2) }), "ERR_CONFLICT");
  });

  it("a switch to what is not staged, or is not whole, does nothing at all", async () => {
    const { alice } = await aliceWith();
    await alice.write("MMM_State", [{ key: "s", entry: place("s") }]);
    const [good, other] = [await prepare(alice, "MMM_Place", places("a", "b")), await prepare(alice, "MMM_State", [])];
    await sendPages(alice, good);
    const attempt = async (change: object, code: Parameters<typeof throwsMesh>[1]): Promise<void> => {
      const Switch = [switchTo(good), { ...switchTo(other), ...change }];
      await throwsMesh(alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Switch }), code);
    };
    await attempt({}, "ERR_NOT_FOUND");
    await sendPages(alice, other, { to: 1 });
    await attempt({ Index: 1, Digest: other.frames[0]!.trailer!.TreeDigest! }, "ERR_VERIFICATION");
    await attempt({}, "ERR_VERIFICATION");
    await sendPages(alice, other);
    await attempt({ Stage: "another" }, "ERR_NOT_FOUND");
    await attempt({ Digest: new Uint8Array(64) }, "ERR_VERIFICATION");
    await attempt({ Index: 1 }, "ERR_VERIFICATION");
    await attempt({ Epoch: 2 }, "ERR_NOT_FOUND");
    await attempt({ Epoch: 2 ** 53 - 1 }, "ERR_NOT_FOUND");
    await attempt({ Former: { ...other.former, Index: 1 } }, "ERR_CONFLICT");
    await attempt({ Former: { ...other.former, Epoch: 3 } }, "ERR_CONFLICT");
    await attempt({ Former: { ...other.former, Digest: new Uint8Array(64) } }, "ERR_CONFLICT");
    await attempt({ Former: good.former }, "ERR_USAGE");
    await attempt({ Container: "MMM_Local", Former: { ...other.former, Container: "MMM_Local" } }, "ERR_USAGE");
    await attempt({ ...switchTo(good) }, "ERR_USAGE");
    const Updates = [await alice.update("MMM_Place", places("x"))];
    await throwsMesh(alice.client.transact({ Account: alice.address, RequestId: "u", Switch: [switchTo(good)], Updates }), "ERR_USAGE");
    assert.equal(await stateOf(alice, "MMM_Place", "MMM_State"), [
      [undefined, 4],
      [undefined, 3],
    ]);
    await commit(alice, good, other);
  });

  it("another device's stage is none of mine", async () => {
    const { alice } = await aliceWith();
    const other = makeDevice();
    for (const { link } of [alice.device, other]) await alice.grant(link, rightsOf(["admin"]));
    const prepared = await prepare(alice, "MMM_Place", places("a"));
    await sendPages(alice, prepared);
    const client = clientOf(alice.url, other.link, alice.address);
    assert.is((await askStage(alice, prepared, client)).Index, 0);
    const request = { Account: alice.address, RequestId: "o", Switch: [switchTo(prepared)] };
    await throwsMesh(client.transact(request), "ERR_NOT_FOUND");
    const theirs = await prepare(alice, "MMM_Place", places("b"));
    await sendPages(alice, theirs, { client });
    await commit(alice, prepared);
    // What was staged for an epoch that is in force by now is gone.
    await throwsMesh(client.transact({ ...request, Switch: [switchTo(theirs)] }), "ERR_CONFLICT");
    await throwsMesh(askStage(alice, theirs, client), "ERR_CONFLICT");
    client.close();
  });

  it("a thousand stages are one, and what is staged and kept counts in the budgets", async () => {
    const { alice } = await aliceWith({ accountFrames: 40 });
    for (let n = 0; n < 30; n++) await sendPages(alice, await prepare(alice, "MMM_Place", places("a", "b", "c", "d")), { page: 9 });
    const prepared = await prepare(alice, "MMM_Place", places(...Array.from({ length: 40 }, (_, i) => `p${i}`)));
    const error = await throwsMesh(sendPages(alice, prepared), "ERR_QUOTA");
    assert.match(error.message, /40 frames/);
    assert.ok((await askStage(alice, prepared)).Index > 10);
    await throwsMesh(alice.write("MMM_Place", places(...Array.from({ length: 40 }, (_, i) => `q${i}`))), "ERR_QUOTA");
  });

  it("stages of many devices are bounded, and so are former epochs", async () => {
    const { alice } = await aliceWith({ stages: 2, keptEpochs: 2 });
    const devices = [alice.device, makeDevice(), makeDevice()];
    for (const { link } of devices) await alice.grant(link, rightsOf(["admin"]));
    const clients = devices.map(({ link }) => clientOf(alice.url, link, alice.address));
    const prepared = await prepare(alice, "MMM_Place", places("a"));
    for (const client of clients.slice(0, 2)) await sendPages(alice, prepared, { client });
    assert.match((await throwsMesh(sendPages(alice, prepared, { client: clients[2]! }), "ERR_QUOTA")).message, /2 staged/);
    await sendPages(alice, { ...prepared, name: "again" }, { client: clients[1]! });
    await commit(alice, prepared);
    await goOn(alice, ["MMM_Place", places("a")]);
    assert.match((await throwsMesh(goOn(alice, ["MMM_Place", places("a")]), "ERR_QUOTA")).message, /2 former/);
    for (const client of clients) client.close();
  });
});
