/** Binding, transacting, downloading: alice and bob over real HTTP. */

import { execFileSync } from "node:child_process";
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { MeshError } from "../../src/base/errors.ts";
import { generatePrivateKey, newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { encodeEnvelope, frameOf, parseFrame } from "../../src/dare/index.ts";
import { conflictStatus } from "../../src/protocol/index.ts";
import { rightsOf } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { accessEntry, clientOf, makeDevice, message, Person, random, startService } from "../kit/service.ts";

const place = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });

describe("provider: accounts and catalogs", (it) => {
  it("makes one account of a request that comes again while its first is under way, as after a lost answer", async () => {
    const { service } = await startService();
    const dave = await Person.meet("dave@example.com", service.url);
    const other = await Person.meet("dave@example.com", service.url);
    const asked = await Promise.allSettled([dave.bind(), dave.bind(), dave.bind()]);
    assert.equal(
      asked.map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled"],
    );
    await throwsMesh(other.bind(), "ERR_ACCOUNT_EXISTS");
  });

  it("binds an address once, for its root key and this session alone", async () => {
    const { service } = await startService({ domains: ["example.com"] });
    const alice = await Person.meet("alice@example.com", service.url);
    const request = async (key = alice.root, client = alice.client) => ({
      AccountAddress: alice.address,
      EnvelopedProfileAccount: alice.profile,
      EnvelopedBindAuthorization: await alice.authorization(client, alice.device.link, key),
    });
    await throwsMesh(alice.client.bind(await request(generatePrivateKey("Ed448", random))), "ERR_VERIFICATION");
    const other = clientOf(service.url, alice.device.link, alice.address);
    await throwsMesh(alice.client.bind(await request(alice.root, other)), "ERR_VERIFICATION");
    await throwsMesh(alice.client.status({ Account: alice.address }), "ERR_ACCOUNT_UNKNOWN");
    await alice.client.bind(await request());
    await alice.client.bind(await request());
    const impostor = await Person.meet("alice@example.com", service.url);
    const clash = await throwsMesh(impostor.bind(), "ERR_ACCOUNT_EXISTS");
    assert.is(clash.detail.statusExtended, 1);
    await throwsMesh((await Person.meet("bob@elsewhere.example", service.url)).bind(), "ERR_NOT_AUTHORIZED");
    await throwsMesh(impostor.client.status({ Account: alice.address }), "ERR_NOT_AUTHORIZED");
  });

  it("forgets an unbound account, and its address is free again", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await throwsMesh(
      alice.client.unbind({
        Account: alice.address,
        EnvelopedBindAuthorization: await alice.authorization(alice.client, alice.device.link, alice.accountSignature),
      }),
      "ERR_VERIFICATION",
    );
    await alice.client.unbind({ Account: alice.address, EnvelopedBindAuthorization: await alice.authorization() });
    await throwsMesh(alice.client.status({ Account: alice.address }), "ERR_ACCOUNT_UNKNOWN");
    await (await Person.meet("alice@example.com", service.url)).bind();
  });

  it("gives back frames octet for octet, in pages, also after a restart", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const sent: DareEnvelope[] = [];
    for (let i = 0; i < 4; i++) {
      const update = await alice.update("MMM_Place", [
        { key: `p${i}`, entry: place("x".repeat(120_000)) },
        { key: `q${i}`, entry: place("kitchen") },
      ]);
      sent.push(...update.Envelopes);
      const { ContainerStatus } = await alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [update] });
      assert.is(ContainerStatus[0]!.Index, sent.length);
      assert.ok(equalBytes(ContainerStatus[0]!.Digest!, sent.at(-1)!.trailer!.TreeDigest!));
    }
    const check = async () => {
      const { frames } = await alice.store("MMM_Place");
      assert.is(frames.length, sent.length);
      for (const [i, frame] of frames.entries()) assert.ok(equalBytes(encodeEnvelope(frame), encodeEnvelope(sent[i]!)), `frame ${i}`);
    };
    await check();
    const page = await alice.client.download({
      Account: alice.address,
      Select: [{ Container: "MMM_Place", IndexMin: 1, IndexMax: 99 }],
      ConstraintsPost: { MaxEntries: 2 },
    });
    assert.is(page.Updates[0]!.Envelopes.length, 2);
    const small = await alice.client.download({
      Account: alice.address,
      Select: [{ Container: "MMM_Place", IndexMin: 1 }],
      ConstraintsPost: { BytesMax: 1 },
    });
    assert.is(small.Updates[0]!.Envelopes.length, 1, "a page is never empty while there is more");
    const port = Number(new URL(service.url).port);
    await service.stop();
    await startService({ dir, port });
    await check();
  });

  it("refuses frames that do not fit, and appends nothing of such a request", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    const { frontier } = await alice.store("MMM_Place");
    const good = alice.frames("MMM_State", (await alice.store("MMM_State")).frontier, [{ key: "s", entry: place("s") }]);
    const attempt = (update: object, code: Parameters<typeof throwsMesh>[1]) =>
      throwsMesh(alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [good, update as never] }), code);
    const fresh = () => alice.frames("MMM_Place", frontier.copy(), [{ key: "b", entry: place("b") }]);
    const without = fresh();
    await attempt({ ...without, Envelopes: without.Envelopes.slice(0, -1) }, "ERR_VERIFICATION");
    const changed = fresh();
    const body = changed.Envelopes[0]!.body.slice();
    body[3]! ^= 1;
    await attempt({ ...changed, Envelopes: [{ ...changed.Envelopes[0]!, body }, changed.Envelopes[1]!] }, "ERR_VERIFICATION");
    const foreign = frontier.copy();
    const first = alice.frames("MMM_Place", foreign.copy(), [{ key: "b", entry: place("b") }]).Envelopes[0]!;
    foreign.push(first.trailer!.TreeDigest!);
    for (const change of [{ Store: "MMM_State" }, { AccountUdf: "MAAA" }, { Index: 1 }, { TreeDigest: new Uint8Array(64) }]) {
      const apex = frameOf(parseFrame(alice.apex("MMM_Place", foreign, change)));
      await attempt({ ...fresh(), Envelopes: [first, apex] }, "ERR_VERIFICATION");
    }
    await attempt({ ...fresh(), Container: "MMM_Inbound" }, "ERR_USAGE");
    await attempt({ ...fresh(), Container: "MMM_Nothing" }, "ERR_NOT_FOUND");
    await attempt({ ...fresh(), Envelopes: [] }, "ERR_USAGE");
    const { ContainerStatus } = await alice.client.status({ Account: alice.address, Catalogs: ["MMM_State", "MMM_Place"] });
    assert.equal(
      ContainerStatus.map(({ Index }) => Index),
      [0, 3],
    );
  });

  it("tells of a conflict with the state of the stores, and keeps neither half", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    const stale = await alice.update("MMM_Place", [{ key: "b", entry: place("b") }]);
    await alice.write("MMM_Place", [{ key: "c", entry: place("c") }]);
    const state = await alice.update("MMM_State", [{ key: "s", entry: place("s") }]);
    const error = await throwsMesh(
      alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [state, stale] }),
      "ERR_CONFLICT",
    );
    const found = conflictStatus(error);
    assert.equal(
      found.map(({ Container, Index }) => [Container, Index]),
      [
        ["MMM_State", 0],
        ["MMM_Place", 5],
      ],
    );
    assert.ok(equalBytes(found[1]!.Digest!, (await alice.store("MMM_Place")).frontier.last!));
    const wrongDigest = { ...(await alice.update("MMM_Place", [{ key: "d", entry: place("d") }])), Digest: new Uint8Array(64) };
    await throwsMesh(alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [wrongDigest] }), "ERR_CONFLICT");
    assert.is((await alice.store("MMM_State")).frames.length, 0);
  });

  it("checks what it can read: Mac, and header against payload", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const send = (update: object) => alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [update as never] });
    const link = alice.device.link;
    const lying = await alice.update("MMM_Access", [{ key: "one", entry: accessEntry(link, []), hint: "two" }]);
    await throwsMesh(send(lying), "ERR_VERIFICATION");
    const wrongKind = await alice.update("MMM_Access", [{ key: "one", entry: place("x") }]);
    await throwsMesh(send(wrongKind), "ERR_SCHEMA");
    const good = await alice.update("MMM_Access", [{ key: "one", entry: accessEntry(link, rightsOf(["admin"])) }]);
    const entry = good.Envelopes[1]!;
    const headerOctets = utf8(new TextDecoder().decode(entry.headerOctets).replace("{", "{ "));
    await throwsMesh(send({ ...good, Envelopes: [good.Envelopes[0]!, { ...entry, headerOctets }, good.Envelopes[2]!] }), "ERR_VERIFICATION");
    await send(good);
  });

  it("evaluates rights at every request", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const hub = makeDevice();
    const hubClient = clientOf(service.url, hub.link, alice.address);
    await throwsMesh(hubClient.status({ Account: alice.address }), "ERR_NOT_AUTHORIZED");
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    await alice.grant(hub.link, rightsOf(["hub"]));
    const { ContainerStatus } = await hubClient.status({ Account: alice.address });
    assert.equal(ContainerStatus.map(({ Container }) => Container).sort(), [
      "MMM_Automation",
      "MMM_Command",
      "MMM_Device",
      "MMM_Grant",
      "MMM_Joined",
      "MMM_Network",
      "MMM_Place",
      "MMM_Publication",
      "MMM_State",
    ]);
    await throwsMesh(hubClient.download({ Account: alice.address, Select: [{ Container: "MMM_Inbound", IndexMin: 0 }] }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(hubClient.status({ Account: alice.address, Catalogs: ["MMM_Contact"] }), "ERR_NOT_AUTHORIZED");
    const offer = (type: string) =>
      hubClient.transact({ Account: alice.address, RequestId: newNonce(random), Inbound: [message({ type, body: {} })] });
    await throwsMesh(offer("MessageContact"), "ERR_NOT_AUTHORIZED");
    await offer("OfferConnection");
    await throwsMesh(
      hubClient.transact({
        Account: alice.address,
        RequestId: newNonce(random),
        Updates: [await alice.update("MMM_Access", [{ key: "h", entry: accessEntry(hub.link, rightsOf(["admin"])) }])],
      }),
      "ERR_NOT_AUTHORIZED",
    );
    await alice.grant(hub.link, rightsOf(["hub"]), { active: false });
    const revoked = await throwsMesh(hubClient.status({ Account: alice.address }), "ERR_REVOKED");
    assert.is(revoked.detail.statusExtended, 4);
    const port = Number(new URL(service.url).port);
    await service.stop();
    await startService({ dir, port });
    await throwsMesh(hubClient.status({ Account: alice.address }), "ERR_REVOKED");
    await alice.client.status({ Account: alice.address });
  });

  it("gives the same RequestId the same answer, also after a restart, and appends once", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const request = {
      Account: alice.address,
      RequestId: "r1",
      Updates: [await alice.update("MMM_Place", [{ key: "a", entry: place("a") }])],
      Local: [message({ type: "MessagePin", body: {} })],
    };
    const first = await alice.client.transact(request);
    assert.equal(await alice.client.transact(request), first);
    const port = Number(new URL(service.url).port);
    await service.stop();
    await startService({ dir, port });
    assert.equal(await alice.client.transact(request), first);
    assert.is((await alice.store("MMM_Place")).frames.length, 3);
    assert.is((await alice.store("MMM_Local")).frames.length, 2);
    await alice.client.transact({ Account: alice.address, RequestId: "r2", Local: request.Local });
    assert.is((await alice.store("MMM_Local")).frames.length, 2, "the same message again is not appended");
  });

  it("repeats a request whose answer was lost, without a second effect", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    let lost = 0;
    const { MeshClient } = await import("../../src/protocol/index.ts");
    const { systemClock } = await import("../../src/base/clock.ts");
    const flaky = new MeshClient({
      url: service.url,
      link: alice.device.link,
      account: alice.address,
      clock: systemClock,
      random,
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        const body = new Uint8Array(init.body as Uint8Array);
        if (body[0] === 2 && lost++ === 0) {
          await answer.arrayBuffer();
          throw new TypeError("the answer was lost");
        }
        return answer;
      },
    });
    onCleanup(() => flaky.close());
    const update = await alice.update("MMM_Place", [{ key: "b", entry: place("b") }]);
    await flaky.transact({ Account: alice.address, RequestId: "lost", Updates: [update] });
    assert.is(lost, 2);
    assert.is((await alice.store("MMM_Place")).frames.length, 5);
  });

  it("refuses a damaged store by name and serves the others, and so with a damaged account", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    for (const person of [alice, bob]) for (const key of ["a", "b", "c"]) await person.write("MMM_Place", [{ key, entry: place(key) }]);
    const port = Number(new URL(service.url).port);
    await service.stop();
    const { accountFolder } = await import("../../src/provider/account-folder.ts");
    const { readFileSync, writeFileSync, rmSync } = await import("node:fs");
    const folder = `${dir}/accounts/${accountFolder("bob@example.com")}`;
    const path = `${folder}/MMM_Place.dare`;
    const octets = readFileSync(path);
    octets[octets.length >> 1]! ^= 0xff;
    octets[(octets.length >> 1) + 40]! ^= 0xff;
    writeFileSync(path, octets);
    rmSync(`${path}.idx`);
    const lines: { event: string; data?: Record<string, unknown> }[] = [];
    const { keepingLog } = await import("../kit/service.ts");
    const next = await startService({ dir, port, log: keepingLog(lines) });
    await throwsMesh(bob.store("MMM_Place"), "ERR_SERVICE_UNREACHABLE");
    assert.ok(lines.some(({ data }) => data?.code === "ERR_STORE_DAMAGED" && String(data.reason).includes(path)));
    assert.is((await bob.store("MMM_Local")).frames.length, 1);
    assert.is((await alice.store("MMM_Place")).frames.length, 7);
    await next.service.stop();
    writeFileSync(`${folder}/account.json`, "{");
    await startService({ dir, port, log: keepingLog(lines) });
    await throwsMesh(bob.client.status({ Account: bob.address }), "ERR_SERVICE_UNREACHABLE");
    assert.ok(lines.some(({ event, data }) => event === "account.damaged" && String(data?.reason).includes(folder)));
    assert.is((await alice.store("MMM_Place")).frames.length, 7);
  });

  it("has nothing readable on its disk but what is meant for it", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const sentinel = "SentinelKitchenLightInTheClear";
    await alice.write("MMM_Place", [{ key: "p", entry: place(sentinel) }]);
    await alice.client.transact({
      Account: alice.address,
      RequestId: "m",
      Command: [message({ type: "RequestCommand", body: { Text: sentinel }, recipients: [alice.storeKey.public] })],
    });
    const control = "ControlThatStandsInTheClear";
    await alice.client.transact({ Account: alice.address, RequestId: "c", Command: [message({ type: control, body: {} })] });
    await service.stop();
    const search = (word: string) => {
      // A word inside base64 can begin at any of three phases.
      const forms = [0, 1, 2].map((phase) =>
        Buffer.from(`${"x".repeat(phase)}${word}`)
          .toString("base64url")
          .slice(4, -4),
      );
      return execFileSync("sh", ["-c", `grep -rlaE "${[word, ...forms].join("|")}" ${dir} || true`], { encoding: "utf8" });
    };
    assert.is.not(search(control), "", "the search finds what is there");
    assert.is(search(sentinel), "");
  });

  it("completes a recorded change that a store could not take, before it does anything else", async () => {
    let failures = 1;
    const { service } = await startService({
      fault: (point) => {
        if (point === "commit-applied" && failures-- > 0) throw new MeshError("ERR_DISK_FULL", "no space");
      },
    });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const request = { Account: alice.address, RequestId: "r", Local: [message({ type: "MessagePin", body: {} })] };
    await throwsMesh(alice.client.transact(request), "ERR_SERVICE_UNREACHABLE");
    await alice.client.transact(request);
    assert.is((await alice.store("MMM_Local")).frames.length, 2);
  });

  it("cannot share its directory", async () => {
    const dir = tempDirectory();
    await startService({ dir });
    await throwsMesh(startService({ dir }), "ERR_LOCKED");
  });
});
