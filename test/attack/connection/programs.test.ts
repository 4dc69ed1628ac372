/**
 * The attacks on connection once more with nothing but the programs: alice's and bob's hubs, agents and meshman, one service, and lights as processes.
 * The attacker's own moves (a forged image, a hub that lies in its offers, a claim without a device) are this test's.
 */

import { mkdirSync } from "node:fs";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { acceptConnection, completeConnection, createAccount, pendingConnections, requestConnection } from "../../../src/account/index.ts";
import { parseConnectUri, publicationId } from "../../../src/crypto/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { claimWith, contributionOf, sealedUnder } from "./forgery.ts";
import { answerTo, offerAnything } from "./neighbour.ts";
import { type Boxed, Street, StreetHub } from "./street.ts";

const limit = { timeoutMs: 90_000 };

describe("attack: connection, by the programs", (it) => {
  let street: Street;
  let alice: StreetHub;
  let bob: StreetHub;

  it.before(async () => {
    street = await Street.build();
    alice = await street.person("alice");
    bob = await street.person("bob");
  });
  it.after(() => street.cast.end());

  const owner = async (light: VirtualDevice): Promise<unknown> => (await light.status()).accountUdf;
  const accountOf = async (name: string): Promise<string> => (await street.meshman<{ udf: string }>(name, ["account", "status"])).udf;

  it(
    "a photo of the code before the first connection: the thief's hold is provisional, and ends with the button",
    async () => {
      const box = await street.box();
      let light = await street.power(box.imageDir, bob);
      assert.is((await bob.onboard(box.uri))?.state, "done");
      assert.is(await owner(light), await accountOf("bob"));
      assert.is((await light.status()).lock, "provisional");
      await light.kill();
      light = await street.power(box.imageDir, alice);
      const refused = await alice.onboard(box.uri);
      assert.equal([refused?.step, refused?.error?.code], ["find", "ERR_DEVICE_NOT_FOUND"]);
      assert.match(refused?.error?.hint ?? "", /reset it by its button/);
      await light.send("factory-reset");
      const done = await alice.onboard(box.uri, "mine");
      assert.equal([done?.step, done?.state], ["register", "done"], done?.error?.message);
      assert.is(await owner(light), await accountOf("alice"));
      assert.is(await alice.command(box.udf, true), "Accept");
      await light.kill();
      light = await street.power(box.imageDir, bob);
      assert.not.equal(await bob.command(box.udf, false, 1500), "Accept");
      assert.is(((await light.status()).values as { On: unknown }).On, true, "it does not obey the thief's hub");
      await light.kill();
    },
    limit,
  );

  it(
    "a photo after the first connection, and a second owner after a factory reset of a device that is more than a day its owner's",
    async () => {
      const box = await street.box();
      let light = await street.power(box.imageDir, alice);
      assert.is((await alice.onboard(box.uri))?.state, "done");
      await light.send("powered 25");
      await light.kill();
      light = await street.power(box.imageDir, bob);
      const unseen = await bob.onboard(box.uri);
      assert.equal([unseen?.step, unseen?.error?.code], ["find", "ERR_DEVICE_NOT_FOUND"]);
      await light.send("factory-reset");
      assert.is((await light.status()).lock, "permanent");
      const stopped = await bob.onboard(box.uri);
      assert.equal([stopped?.step, stopped?.error?.code], ["deliver", "ERR_OWNED"], stopped?.error?.message);
      assert.match(stopped?.error?.hint ?? "", /belonged to somebody else/);
      await light.kill();
      light = await street.power(box.imageDir, alice);
      const again = await alice.onboard(box.uri);
      assert.equal([again?.step, again?.state], ["register", "done"], again?.error?.message);
      assert.is(await owner(light), await accountOf("alice"));
      await light.kill();
    },
    limit,
  );

  it(
    "another device behind the code: with a description of its own that opens under it, and with the true one",
    async () => {
      const planted = await street.box();
      const seed = planted.image.PrivateKeyUDF;
      // Side by side: the hub seeks an honest one behind the code for ten seconds before it gives up.
      const attack = async (scanned: Boxed, step: "describe" | "link"): Promise<void> => {
        const described = step === "describe" ? { SealedDescription: sealedUnder(scanned.uri, planted) } : {};
        const light = await street.power(street.forge({ ...scanned.image, PrivateKeyUDF: seed, ...described }), alice);
        const last = await alice.onboard(scanned.uri);
        assert.equal([last?.step, last?.state], [step, "failed"], last?.error?.message);
        assert.is((await owner(light)) ?? undefined, undefined);
        await light.kill();
      };
      const [first, second] = [await street.box(), await street.box()];
      await Promise.all([attack(first, "describe"), attack(second, "link")]);
    },
    limit,
  );

  it(
    "a hub that offers another device than the one that was scanned is refused by the owner's agent",
    async () => {
      const [scanned, planted] = [await street.box(), await street.box()];
      const { uri } = await street.meshman<{ uri: string }>("alice", ["account", "pin", "--role", "hub", "--name", "liar"]);
      const dir = street.home("liar");
      mkdirSync(dir, { mode: 0o700 });
      const { account, code } = parseConnectUri(uri);
      await requestConnection({ dir, address: account, pin: code, serviceUrl: street.serviceUrl, ports });
      const liar = await completeConnection({ dir, waitSeconds: 20, ports });
      onCleanup(() => liar.close());
      for (const described of [sealedUnder(scanned.uri, planted), planted.image.SealedDescription, scanned.image.SealedDescription]) {
        const id = await offerAnything(liar, { uri: scanned.uri, described, contribution: contributionOf(planted.image) });
        let answer = await answerTo(liar, id);
        await eventually("the agent answers", async () => {
          answer ??= await answerTo(liar, id);
          return answer !== undefined;
        });
        assert.is(answer?.Result, "Reject");
        assert.ok(answer?.ErrorReport);
      }
      for (const { udf } of [scanned, planted]) assert.is(liar.get(deviceCatalog, udf), undefined);
    },
    limit,
  );

  it(
    "a claim by a stranger: none without the code, none that lasts with a photo of it",
    async () => {
      const box = await street.box();
      const { key } = parseConnectUri(box.uri);
      const id = publicationId(key);
      const mallory = await stranger("mallory@example.com");
      await throwsMesh(claimWith(mallory, street.serviceUrl, { id, key: ports.random.bytes(15), maker: "maker@example.com" }), "ERR_VERIFICATION");
      await claimWith(mallory, street.serviceUrl, { id, key, maker: "maker@example.com" });
      const light = await street.power(box.imageDir, alice);
      assert.is((await alice.onboard(box.uri))?.state, "done");
      await eventually("the owner's claim outdoes it", async () => {
        const refused = await claimWith(mallory, street.serviceUrl, { id, key, maker: "maker@example.com" }).then(
          () => "",
          (error: { readonly code?: string }) => error.code,
        );
        return refused === "ERR_CODE_CLAIMED";
      });
      await light.kill();
    },
    limit,
  );

  it(
    "a hub that its owner has removed is cut off, and the device that met its successor does not obey it",
    async () => {
      const old = await street.hub("alice", "old-hub");
      const box = await street.box();
      let light = await street.power(box.imageDir, old);
      assert.is((await old.onboard(box.uri))?.state, "done");
      await eventually("online", async () => (await old.status(box.udf)) === "Online");
      const stolen = await old.copied();
      await street.meshman("alice", ["device", "delete", "old-hub", "--yes"]);
      await old.removed();
      const next = await street.hub("alice", "next-hub");
      await light.kill();
      light = await street.power(box.imageDir, next);
      await eventually("the successor has it", async () => (await next.status(box.udf)) === "Online");
      assert.is(await next.command(box.udf, true), "Accept");
      await light.kill();
      // Whoever copied its disk before, and keeps it from the service, has keys that the device takes no more.
      await stolen.start("--set", "account.service.url=http://127.0.0.1:9");
      light = await street.power(box.imageDir, stolen);
      assert.not.equal(await stolen.command(box.udf, false, 1500), "Accept");
      assert.is(((await light.status()).values as { On: unknown }).On, true);
      await light.kill();
    },
    limit,
  );

  it(
    "a service in the middle when a hub joins by PIN: stopped by ?udf=, and without it by the PIN that it does not know",
    async () => {
      const fake = await street.service("fake-service");
      const dir = street.home("fake-alice");
      mkdirSync(dir, { mode: 0o700 });
      const usurper = await createAccount({ dir, address: "alice@example.com", serviceUrl: fake, ports });
      onCleanup(() => usurper.close());
      const { uri } = await street.meshman<{ uri: string }>("alice", ["account", "pin", "--role", "hub", "--name", "third"]);
      assert.match(uri, /\?udf=M/);
      const warned = await new StreetHub(street.cast, "warned", 1).init(fake, uri, 5);
      assert.is(warned.status, 77, warned.stdout);
      assert.match(warned.stdout, /ERR_VERIFICATION/);
      const joining = new StreetHub(street.cast, "unwarned", 1).init(fake, uri.replace(/\?udf=.*/, ""));
      await eventually("the request arrives", async () => {
        await usurper.sync();
        return (await pendingConnections(usurper)).length > 1;
      });
      const pending = (await pendingConnections(usurper)).at(-1);
      assert.ok(pending);
      assert.is(pending.pinError?.code, "ERR_PIN_INVALID");
      await acceptConnection(usurper, pending, { roles: ["hub"] });
      const fooled = await joining;
      assert.is(fooled.status, 77, fooled.stdout);
      assert.match(fooled.stdout, /does not know the PIN/);
    },
    limit,
  );

  async function stranger(address: string): Promise<AccountContext> {
    const dir = street.home("stranger");
    mkdirSync(dir, { mode: 0o700 });
    const context = await createAccount({ dir, address, serviceUrl: street.serviceUrl, ports });
    onCleanup(() => context.close());
    return context;
  }
});
