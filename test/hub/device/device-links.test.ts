/** The links with devices over their life: restarts, moves, impostors, new deals, a successor hub, release, removal, a service that is away. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { dealToHub, edit, releaseDevice, remove } from "../../../src/account/index.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { TokenBucket } from "../../../src/base/token-bucket.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import { type CatalogedDevice, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, Hub, World } from "../../kit/hub.ts";
import { collect, makeBulb, startHub, startWorld } from "../../kit/hub.ts";

const set = (deviceUdf: string, on: boolean) => ({
  deviceUdf,
  messageId: `N-${ports.random.bytes(8).join("")}`,
  command: "Set",
  arguments: [{ Name: "On", Value: on }],
  timeoutMs: 4000,
});

describe("device links", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  async function start(name: string, context: AccountContext = world.hubContext): Promise<Hub> {
    const hub = await startHub({ context, media: [world.medium], dir: join(world.dir, name) });
    onCleanup(() => hub.stop());
    return hub;
  }

  async function connected(hub: Hub, name: string): Promise<Bulb & { readonly udf: string; readonly uri: string }> {
    const bulb = await world.bulb(name);
    bulb.on();
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    return { ...bulb, udf: bulb.made.deviceUdf, uri: bulb.made.uri };
  }
  const entry = (udf: string): CatalogedDevice | undefined => world.hubContext.get(deviceCatalog, udf);

  it("meets the devices again after a restart of the hub, without a scan", async () => {
    const first = await start("restart");
    const bulb = await connected(first, "r1");
    await first.stop();
    const second = await start("restart");
    await eventually("online", () => second.links.status(bulb.udf) === "Online");
    await eventually("its state is known", () => second.reports.some(({ deviceUdf }) => deviceUdf === bulb.udf));
    assert.is((await second.links.command(set(bulb.udf, true))).Result, "Accept");
    await second.stop();
    bulb.off();
  });

  it("notices that a device leaves, and takes it back at another address at once", async () => {
    const hub = await start("moves");
    const bulb = await connected(hub, "m1");
    const seen: string[] = [];
    hub.links.onStatus((udf, status) => udf === bulb.udf && seen.push(status));
    bulb.off();
    await eventually("offline", () => hub.links.status(bulb.udf) === "Offline");
    await throwsMesh(hub.links.command(set(bulb.udf, true)), "ERR_DEVICE_OFFLINE");
    const back = makeBulb({ dir: join(world.dir, "m1"), address: "m1-elsewhere", medium: world.medium });
    back.on();
    await eventually("online", () => hub.links.status(bulb.udf) === "Online", 1000);
    assert.is((await hub.links.command(set(bulb.udf, true))).Result, "Accept");
    assert.is(back.core.values.On, true);
    assert.equal(seen, ["Offline", "Online"]);
    await hub.stop();
    back.off();
  });

  it("tells a device whose session lasts when to come back, and the device keeps it", async () => {
    const hub = await start("pace");
    const bulb = await connected(hub, "pace1");
    await eventually("told", () => bulb.core.pace !== undefined);
    assert.equal(bulb.core.pace, { firstMs: 500, mostMs: 1000 });
    await hub.stop();
    bulb.off();
  });

  it("meets a device that has power again at once, however long it was tried in vain at that address", async () => {
    const hub = await start("cold");
    const bulb = await connected(hub, "cold1");
    const hails = bulb.core.hails();
    bulb.off();
    await eventually("offline", () => hub.links.status(bulb.udf) === "Offline");
    // Announced, and not there: pauses double up to sixteen seconds.
    world.medium.hail(bulb.address, hails);
    await ports.clock.sleep(5000);
    const from = performance.now();
    bulb.on();
    await eventually("online", () => hub.links.status(bulb.udf) === "Online");
    assert.ok(performance.now() - from < 2000, `${performance.now() - from} ms`);
    await hub.stop();
    bulb.off();
  });

  it("knows that a device sleeps, has an order wait for its waking, and one short session each time", async () => {
    const hub = await start("sleeping");
    const bulb = await connected(hub, "sl1");
    const seen: string[] = [];
    hub.links.onStatus((udf, status) => udf === bulb.udf && seen.push(status));
    const rest = async (seconds: number): Promise<void> => {
      await eventually("it may sleep", () => bulb.core.sleep(seconds));
      bulb.off();
    };
    await rest(3);
    await eventually("sleeping", () => hub.links.status(bulb.udf) === "Sleeping");
    const opened = world.medium.opened.length;
    const order = hub.links.command({ ...set(bulb.udf, true), timeoutMs: 60_000 });
    await throwsMesh(hub.links.command({ ...set(bulb.udf, false), timeoutMs: 50 }), "ERR_DEVICE_OFFLINE").then(({ message }) =>
      assert.match(message, /sleeps until 20/),
    );
    assert.is(world.medium.opened.length, opened, "it is not sought while it sleeps");
    bulb.on();
    assert.is((await order).Result, "Accept");
    assert.is(bulb.core.values.On, true);
    // What it is asked comes before the next sleep.
    bulb.core.setFault({ lateMs: 300 });
    const second = hub.links.command(set(bulb.udf, false));
    await rest(1);
    assert.is((await second).Result, "Accept");
    bulb.core.setFault({ lateMs: 0 });
    assert.is(world.medium.opened.length, opened + 1, "one session for the waking");
    await eventually("sleeping", () => hub.links.status(bulb.udf) === "Sleeping");
    await eventually("it has not come back", () => hub.links.status(bulb.udf) === "Offline");
    assert.equal(seen, ["Sleeping", "Online", "Sleeping", "Offline"]);
    await hub.stop();
  });

  it("takes no time to sleep that is none", async () => {
    const hub = await start("sleepless");
    const bulb = await connected(hub, "sl2");
    for (const seconds of [0, -1, 86_401, 2 ** 40]) assert.is(await bulb.core.sleep(seconds), false, `${seconds}`);
    assert.is(hub.links.status(bulb.udf), "Online");
    await hub.stop();
    bulb.off();
  });

  it("keeps the live session while a stranger replays the device's hail", async () => {
    const hub = await start("replay");
    const bulb = await connected(hub, "p1");
    const stranger = await world.bulb("p-stranger");
    world.medium.join("p-stranger", (stream) => stranger.core.attach(stream), bulb.core.hails());
    await eventually("it was tried", () => world.medium.opened.includes("p-stranger"));
    await ports.clock.sleep(200);
    assert.is(hub.links.status(bulb.udf), "Online");
    assert.is((await hub.links.command(set(bulb.udf, true))).Result, "Accept");
    assert.is(bulb.core.values.On, true);
    await hub.stop();
    world.medium.leave("p-stranger");
    bulb.off();
  });

  it("lets a device in at once while a crowd replays its hail", async () => {
    const hub = await start("crowd");
    const bulb = await connected(hub, "q1");
    const recorded = bulb.core.hails();
    bulb.off();
    const crowd = Array.from({ length: 8 }, (_, i) => `q-mute-${i}`);
    for (const address of crowd) world.medium.join(address, () => undefined, recorded);
    await ports.clock.sleep(50);
    bulb.on();
    await eventually("online", () => hub.links.status(bulb.udf) === "Online", 1000);
    await hub.stop();
    for (const address of [...crowd, bulb.address]) world.medium.leave(address);
  });

  it("does not believe an entry whose parts are of different devices", async () => {
    const hub = await start("forged");
    const [a, b] = [await connected(hub, "f1"), await connected(hub, "f2")];
    const before = hub.links.devices.get(a.udf)?.index;
    const parts = entry(b.udf)?.EnvelopedActivationHub;
    await world.alice.transact({
      catalogs: [edit(deviceCatalog, a.udf, (now) => now && { ...now, ...(parts ? { EnvelopedActivationHub: parts } : {}) })],
    });
    await ports.clock.sleep(300);
    assert.is(hub.links.devices.get(a.udf)?.index, before);
    assert.is((await hub.links.command(set(a.udf, true))).Result, "Accept");
    assert.is(b.core.values.On, false);
    await hub.stop();
    for (const { address } of [a, b]) world.medium.leave(address);
  });

  it("sends a command again when the link breaks, and the device does it once", async () => {
    const hub = await start("again");
    const bulb = await connected(hub, "a1");
    bulb.core.setFault({ lateMs: 300 });
    const order = hub.links.command(set(bulb.udf, true));
    await ports.clock.sleep(100);
    bulb.off();
    bulb.on();
    assert.is((await order).Result, "Accept");
    bulb.core.setFault({ lateMs: 0 });
    assert.is(bulb.events.filter((event) => event === "command").length, 1);
    await hub.stop();
    bulb.off();
  });

  it("is not kept busy by a device that ends each session as soon as it is open", async () => {
    const hub = await start("flapping");
    const bulb = await connected(hub, "flap");
    bulb.off();
    const handshakes = new TokenBucket({ perSecond: 10_000, burst: 10_000 }, ports.clock);
    const liar = makeBulb({ dir: join(world.dir, "flap"), address: "flap", medium: world.medium, handshakes });
    const endSoon = (stream: LinkStream): void => {
      liar.core.attach(stream);
      void ports.clock.sleep(20).then(() => stream.close());
    };
    const before = world.medium.opened.length;
    world.medium.join("flap", endSoon, liar.core.hails());
    await ports.clock.sleep(4000);
    const opened = world.medium.opened.slice(before).filter((address) => address === "flap").length;
    console.log(`${opened} sessions in 4 s`);
    assert.ok(opened <= 14, `${opened} sessions in 4 s`);
    world.medium.leave("flap");
    liar.on();
    await eventually("an honest one is met again", () => hub.links.status(bulb.udf) === "Online");
    await hub.stop();
    liar.off();
  });

  it("forgets a device that was removed from the account", async () => {
    const hub = await start("removal");
    const bulb = await connected(hub, "x1");
    await world.alice.transact({ catalogs: [remove(deviceCatalog, bulb.udf)] });
    await eventually("forgotten", () => hub.links.devices.get(bulb.udf) === undefined);
    assert.is(hub.links.status(bulb.udf), "Unknown");
    await throwsMesh(hub.links.command(set(bulb.udf, true)), "ERR_NOT_FOUND");
    await hub.stop();
    bulb.off();
  });

  it("delivers a new deal of the same hub to the running device", async () => {
    const hub = await start("dealt");
    const bulb = await connected(hub, "d1");
    await dealToHub(world.alice, world.hubContext.deviceUdf, [bulb.udf]);
    await eventually("registered anew", () => entry(bulb.udf)?.DealEpoch === 2 && entry(bulb.udf)?.Connected !== undefined);
    await eventually("online", () => hub.links.status(bulb.udf) === "Online");
    assert.is(bulb.core.status().dealEpoch, 2);
    assert.is((await hub.links.command(set(bulb.udf, true))).Result, "Accept");
    await hub.stop();
    bulb.off();
  });

  it("hands a device over to a successor hub without a scan; the old hub is no longer heard", async () => {
    const old = await start("old-hub");
    const bulb = await connected(old, "s1");
    const context = await world.household.join(world.alice, "second-hub", ["hub"]);
    await context.sync();
    const successor = await start("second-hub-files", context);
    await dealToHub(world.alice, context.deviceUdf, [bulb.udf]);
    await eventually("the successor has it", () => successor.links.status(bulb.udf) === "Online");
    await eventually("the old hub forgot it", () => old.links.devices.get(bulb.udf) === undefined);
    await eventually("registered", () => entry(bulb.udf)?.Connected !== undefined);
    assert.is(bulb.core.status().hubUdf, context.deviceUdf);
    assert.is((await successor.links.command(set(bulb.udf, true))).Result, "Accept");
    await old.stop();
    await successor.stop();
    bulb.off();
  });

  it("carries a release to the device, reports it, and connects it under its new code", async () => {
    const hub = await start("release");
    const bulb = await connected(hub, "l1");
    const released: string[] = [];
    hub.links.onReleased((udf) => released.push(udf));
    const uri = await releaseDevice(world.alice, bulb.udf);
    await eventually("the entry is gone", () => entry(bulb.udf) === undefined);
    assert.equal(released, [bulb.udf]);
    const last = (await collect(hub.onboarding.onboard({ uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    assert.is(bulb.core.status().dealEpoch, 2);
    await hub.stop();
    bulb.off();
  });

  it("learns from the device under its new code that a device was released whose answer was lost", async () => {
    let away = false;
    const silent = new Proxy(world.hubContext, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "transact") return value.bind(target);
        return async (...args: unknown[]) => {
          if (away) throw new MeshError("ERR_SERVICE_UNREACHABLE", "the service is away");
          return value.apply(target, args);
        };
      },
    });
    const first = await start("lost-answer", silent);
    const bulb = await connected(first, "l2");
    await world.agent(false);
    away = true;
    await releaseDevice(world.alice, bulb.udf);
    await eventually("the device has gone", () => bulb.core.status().mode === "onboard");
    await first.stop();
    // As if the hub had died before it noted the answer.
    rmSync(join(world.dir, "lost-answer", "device", "releases.journal"));
    away = false;
    await world.agent(true);
    const second = await start("lost-answer");
    await eventually("the entry is gone", () => entry(bulb.udf) === undefined, 60_000);
    await second.stop();
    bulb.off();
  });

  it("connects a device again that its owner has reset by the button", async () => {
    const hub = await start("reset");
    const bulb = await connected(hub, "z1");
    bulb.core.factoryReset();
    await eventually("offline", () => hub.links.status(bulb.udf) !== "Online");
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    assert.is(entry(bulb.udf)?.DealEpoch, 2);
    await eventually("online", () => hub.links.status(bulb.udf) === "Online");
    await hub.stop();
    bulb.off();
  });

  it("keeps the device's acceptance while the service is away, and answers the device only afterwards", async () => {
    let away = false;
    const patient = new Proxy(world.hubContext, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "transact") return value.bind(target);
        return async (...args: unknown[]) => {
          if (away) throw new MeshError("ERR_SERVICE_UNREACHABLE", "the service is away");
          return value.apply(target, args);
        };
      },
    });
    const hub = await startHub({
      context: patient,
      media: [world.medium],
      dir: join(world.dir, "away"),
      times: { findSeconds: 1, offerSeconds: 10, meetSeconds: 5 },
    });
    const bulb = await world.bulb("w1");
    bulb.on();
    let last = "";
    for await (const { step, state, error } of hub.onboarding.onboard({ uri: bulb.made.uri })) {
      last = `${step} ${state} ${error?.code ?? ""}`;
      if (step === "accept" && state === "done") away = true;
    }
    assert.is(last, "commit failed ERR_SERVICE_UNREACHABLE");
    assert.not.ok(bulb.events.includes("accepted"));
    away = false;
    await eventually("registered", () => entry(bulb.made.deviceUdf)?.Connected !== undefined);
    await eventually("the device was told", () => bulb.events.includes("accepted"));
    await hub.stop();
    bulb.off();
  });
});
