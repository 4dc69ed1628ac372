/** Wi-Fi for devices: asked first, given inside the session, kept when the new one fails, corrected and tried again, place by place. */
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { JoinWifi } from "../../../firmware-stubs/virtual/device/request.ts";
import type { AccountContext } from "../../../src/account/hub.ts";
import { put } from "../../../src/account/store/edit.ts";
import type { Log } from "../../../src/base/log.ts";
import { type NetworkDevices, NetworkRollout } from "../../../src/hub/device/network-rollout.ts";
import { type CatalogedNetwork, networkCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { collect, makeBulb, startHub, startWorld, type World } from "../../kit/hub.ts";

describe("networks of devices", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it("are given to who wants them, corrected after a wrong password, changed place by place, and kept until the new one is proven", async () => {
    /** What is in the air. */
    const air = new Map([["home", "first password"]]);
    const joins: string[] = [];
    const wifi =
      (name: string): JoinWifi =>
      async (ssid, password) => {
        joins.push(`${name} ${password}`);
        if (!air.has(ssid)) return "absent";
        return air.get(ssid) === password ? "joined" : "refused";
      };
    const dir = join(world.dir, "networks");
    mkdirSync(dir);
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(dir, "hub") });
    onCleanup(() => hub.stop());
    const places = new Map<string, readonly string[]>();
    const make = async (name: string, place: string, hasWifi: boolean) => {
      const made = await world.preconfigure();
      const bulb = makeBulb({ dir: join(dir, name), address: `net-${name}`, medium: world.medium, made, ...(hasWifi ? { wifi: wifi(name) } : {}) });
      bulb.on();
      places.set(made.deviceUdf, [place]);
      const last = (await collect(hub.onboarding.onboard({ uri: made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      return { ...bulb, udf: made.deviceUdf };
    };
    const [b2, a1, c, a2] = [await make("b2", "b", true), await make("a1", "a", true), await make("c", "c", false), await make("a2", "a", true)];
    const rollout = (): NetworkRollout =>
      new NetworkRollout({ account: world.hubContext, links: hub.links, placesOf: (udf) => places.get(udf) ?? [], dir, log: ports.log });
    const networks = rollout();
    await networks.start();
    onCleanup(() => networks.stop());
    const tell = async (entry: CatalogedNetwork): Promise<void> => {
      const before = world.hubContext.list(networkCatalog).find(({ value }) => value.Service === entry.Service)?.index;
      await world.alice.transact({ catalogs: [put(networkCatalog, entry)] });
      await eventually("the hub has it", () => {
        const now = world.hubContext.list(networkCatalog).find(({ value }) => value.Service === entry.Service)?.index;
        return now !== undefined && now !== before;
      });
      networks.changed();
    };
    const outcomes = () => [a1, a2, b2, c].map(({ udf }) => networks.outcome(udf));

    // A wrong password: two devices say so (one could be a liar, who keeps the house from its network), and no other is given it.
    await tell({ Service: "home", Password: "wrong password" });
    await eventually("refused", () => outcomes().filter((outcome) => outcome === "refused").length === 2);
    await ports.clock.sleep(300);
    assert.is(joins.length, 2, joins.join(", "));
    assert.is(a1.core.status().network, undefined);

    await tell({ Service: "home", Password: "first password" });
    await eventually("all that want it have joined", () => outcomes().join(" ") === "joined joined joined unwanted");
    assert.equal(networks.said(a1.udf), { ssid: "home", outcome: "joined" });
    assert.is(networks.said(c.udf), undefined, "of a device without Wi-Fi there is nothing to say");
    assert.equal(
      [a1, a2, b2, c].map(({ core }) => core.status().network),
      ["home", "home", "home", undefined],
    );
    assert.not.ok(
      joins.some((said) => said.startsWith("c ")),
      "who has no Wi-Fi learns no password",
    );

    // Changed at the wrong moment: the old network is kept.
    joins.length = 0;
    await tell({ Service: "home", Password: "second password" });
    await eventually("refused", () => outcomes().filter((outcome) => outcome === "refused").length === 2);
    assert.is(joins.length, 2);
    assert.is(a1.core.status().network, "home");
    air.set("home", "second password");
    await tell({ Service: "home", Password: "second password", Protocol: "" });
    await eventually("all have joined again", () => joins.length >= 5 && outcomes().join(" ") === "joined joined joined unwanted");
    assert.is(joins.length, 5, joins.join(", "));
    const order = joins.slice(2).map((said) => said.slice(0, 1));
    assert.equal(order, [...order].sort(), "place by place");

    // What was done is not done again by a hub that starts anew.
    joins.length = 0;
    await networks.stop();
    const next = rollout();
    await next.start();
    onCleanup(() => next.stop());
    await ports.clock.sleep(300);
    assert.equal(joins, []);
    assert.is(next.outcome(a1.udf), "joined");
    for (const { address } of [a1, a2, b2, c]) world.medium.leave(address);
  });

  it("reach every device where the note of one cannot be written, which is told, and made good later (devices that are scripts)", async () => {
    const dir = tempDirectory();
    const note = join(dir, "networks.json");
    mkdirSync(note);
    const entry = { key: "home", index: 1, value: { Service: "home", Password: "a password" } };
    const account = { list: () => [entry], get: () => entry.value } as unknown as AccountContext;
    const list = ["a", "b", "c"].map((udf) => ({ udf, activation: { DealEpoch: 1 } }));
    const asked: string[] = [];
    const links: NetworkDevices = {
      devices: { list: () => list },
      status: () => "Online",
      provision: async (udf, { Password }) => {
        if (Password !== undefined) asked.push(udf);
        return { Id: 1, Result: "Accept" };
      },
      onStatus: () => () => undefined,
    };
    const told: string[] = [];
    const keep = (event: string): void => void told.push(event);
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
    const networks = new NetworkRollout({ account, links, placesOf: () => [], dir, log });
    await networks.start();
    onCleanup(() => networks.stop());
    await eventually("all have joined", () => list.every(({ udf }) => networks.outcome(udf) === "joined"));
    await eventually("the last is told", () => told.filter((event) => event === "network.device").length === 3);
    assert.equal(asked, ["a", "b", "c"]);
    assert.is(told.filter((event) => event === "network.unwritten").length, 1, `told once: ${told.join()}`);
    rmdirSync(note);
    networks.changed();
    await eventually("it is written", () => existsSync(note) && readFileSync(note, "utf8").split("joined").length === 4);
    assert.equal(asked, ["a", "b", "c"], "and nobody was asked again");
  });
});
