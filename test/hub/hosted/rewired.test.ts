/**
 * What a bridge says anew of how its devices are heard and told: nothing that the owner has accepted is told elsewhere than he has accepted, no device is
 * told where another one is, and nobody but the hub speaks at the hub's own announcements.
 */
import { closeUnwanted, pendingHosted } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import type { HubDaemon } from "../../../src/hub/daemon.ts";
import { isOfTheHouse } from "../../../src/hub/home-assistant/topics.ts";
import { meshAccessPolicy } from "../../../src/transport/mqtt/broker/access-policy.ts";
import { connectMqtt, type MqttConnection } from "../../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe } from "../../harness/suite.ts";
import { type BridgedHub, bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";

const bridges = [{ kind: "homeassistant", username: "house", topics: ["house/#"] }];
const lamp = { dev: { ids: "lamp-1", name: "Hall lamp" }, uniq_id: "lamp", stat_t: "house/lamp", cmd_t: "house/lamp/set" };
const lock = { dev: { ids: "lock-1", name: "Front door" }, uniq_id: "lock", stat_t: "house/door", cmd_t: "house/door/set" };

/** A bridge of a light and a lock, which keeps what it was told. */
class House {
  readonly told: string[] = [];
  #connection: MqttConnection | undefined;

  async start(daemon: HubDaemon): Promise<void> {
    const login = { username: "house", password: bridgePassword, clientId: "a-house" };
    const url = `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
    this.#connection = await connectMqtt({ ...login, url, onMessage: (topic, payload) => void this.#hear(topic, payload), onClose: () => undefined });
    await this.#connection.subscribe(["house/#"]);
  }

  async #hear(topic: string, payload: Uint8Array): Promise<void> {
    if (!topic.endsWith("/set")) return;
    const text = Buffer.from(payload).toString();
    this.told.push(`${topic} ${text}`);
    await this.say(topic.replace("/set", ""), text === "UNLOCK" ? "UNLOCKED" : text);
  }

  announce(component: string, config: object): Promise<void> {
    return this.say(`homeassistant/${component}/${component}/config`, JSON.stringify(config), true);
  }

  async say(topic: string, text: string, retain = false): Promise<void> {
    await this.#connection?.publish(topic, utf8(text), retain);
  }

  async stop(): Promise<void> {
    await this.#connection?.close();
  }
}

describe("hub: what is the hub's own under homeassistant/", (it) => {
  it("is no bridge's to say or to hear, whatever topics it has", async () => {
    const rights = { publish: ["homeassistant/#"], subscribe: ["homeassistant/#"], except: isOfTheHouse };
    const policy = meshAccessPolicy({ authenticate: async () => "owner", ownerRights: () => rights });
    const login = { clientId: "a-house", username: "house", password: utf8("x"), address: "127.0.0.1", clean: true, hasWill: false };
    const principal = await policy.admit(login);
    const own = "homeassistant/device/MBKT-4LQJ-V3SX-7DWN-KQ5Y-6ZPF-ABCD/config";
    for (const topic of [own, "homeassistant/status"]) {
      assert.is(principal?.mayPublish(topic, true), false);
      assert.is(principal?.mayReceive(topic), false);
      assert.is(policy.mayRetain?.("house", topic), false);
    }
    for (const topic of ["homeassistant/device/lamp-1/config", "homeassistant/light/desk/lamp/config"])
      assert.is(principal?.mayPublish(topic, true), true);
  });
});

describe("hub: a bridge that says anew what its devices are", (it) => {
  let hub: BridgedHub;
  let daemon: HubDaemon;
  let house: House;
  const named = (name: string) => daemon.hub.devices().find((device) => device.name === name);
  // Its state is said until it is heard: what was said before the hub knew the device says nothing of now.
  const isOnline = (name: string, topic: string, state: string): Promise<unknown> =>
    eventually(`${name} is online`, async () => {
      await house.say(topic, state);
      return named(name)?.status === "Online";
    });
  const start = async (): Promise<void> => {
    daemon = await hub.start(bridges);
    house = new House();
    await house.start(daemon);
  };

  const begin = async (): Promise<void> => {
    hub = await makeBridgedHub();
    await start();
    await house.announce("light", lamp);
    await house.announce("lock", lock);
    await hub.accept(await hub.offers(2));
    await eventually("both are in the house", () => named("Hall lamp") !== undefined && named("Front door") !== undefined);
    await isOnline("Hall lamp", "house/lamp", "OFF");
    await isOnline("Front door", "house/door", "LOCKED");
  };

  /** What waits for the owner, by name; an offer that a later one has replaced is closed first, as every command does. */
  const waiting = async (): Promise<readonly (string | undefined)[]> => {
    await hub.alice.sync();
    await closeUnwanted(hub.alice);
    return (await pendingHosted(hub.alice)).map(({ offer }) => offer.LocalName);
  };
  const setLamp = (): Promise<unknown> => daemon.hub.say({ text: "turn on the hall lamp" });

  /** After a restart, too. */
  const isToldWhereAccepted = async (): Promise<void> => {
    await house.announce("light", { ...lamp, cmd_t: "house/other/set", stat_t: "house/other" });
    await eventually("it is offered anew", async () => (await waiting()).includes("Hall lamp"));
    await setLamp();
    assert.not.ok(
      house.told.some((line) => line.startsWith("house/other/")),
      house.told.join("\n"),
    );
    await house.stop();
    await daemon.stop();
    await start();
    await isOnline("Front door", "house/door", "LOCKED");
    await setLamp();
    assert.not.ok(
      house.told.some((line) => line.startsWith("house/other/")),
      house.told.join("\n"),
    );
    assert.ok((await waiting()).includes("Hall lamp"));
    await hub.accept(await pendingHosted(hub.alice));
    await eventually("it is told where the owner has accepted", async () => {
      await setLamp();
      return house.told.includes("house/other/set ON");
    });
  };

  /** Whether it was accepted, is new, or claims to be the lock itself. */
  const isNotToldWhereTheLockIs = async (): Promise<void> => {
    const unlocking = { cmd_t: lock.cmd_t, stat_t: lock.stat_t, pl_on: "UNLOCK", pl_off: "LOCK", stat_on: "UNLOCKED", stat_off: "LOCKED" };
    await house.announce("light", { ...lamp, ...unlocking });
    const claims = { dev: { ids: "lamp-2", name: "Porch lamp" }, uniq_id: "lamp-2", ...unlocking };
    await house.say("homeassistant/light/porch/config", JSON.stringify(claims));
    const same = { dev: lock.dev, uniq_id: "lamp-3", name: "Bell lamp", ...unlocking };
    // The one stands before the lock in order, the other after it.
    await house.say("homeassistant/light/bell/config", JSON.stringify(same));
    await house.say("homeassistant/switch/gong/config", JSON.stringify({ ...same, uniq_id: "gong-3", name: "Gong" }));
    await eventually("they are refused by name", () => {
      const refused = JSON.stringify(daemon.hub.status().bridges?.[0]?.refused);
      return ["Hall lamp", "Porch lamp", "Bell lamp", "Gong"].every((name) => refused.includes(name));
    });
    await ports.clock.sleep(2500);
    assert.equal(
      (await waiting()).filter((name) => name !== "Front door"),
      [],
    );
    const from = house.told.length;
    await setLamp();
    assert.not.ok(
      house.told.slice(from).some((line) => line.startsWith("house/door/")),
      house.told.join("\n"),
    );
  };

  const isNotTheHub = async (): Promise<void> => {
    const udf = "MBKT-4LQJ-V3SX-7DWN-KQ5Y-6ZPF-ABCD";
    await house.say(`homeassistant/device/${udf}/config`, '{"dev":{"ids":"x"}}', true).catch(() => undefined);
    const again = new House();
    await again.start(daemon);
    await again.announce("switch", {
      dev: { ids: "s-1", name: "Liar" },
      uniq_id: "s",
      stat_t: "house/s",
      cmd_t: `homeassistant/device/${udf}/config`,
    });
    await eventually("the liar is refused", () => /none of the topics/.test(JSON.stringify(daemon.hub.status().bridges?.[0]?.refused)));
    await again.stop();
  };

  it(
    "has an accepted lamp told nowhere else, no lamp where the lock is told, and nobody announce in the hub's place",
    async () => {
      await begin();
      await isToldWhereAccepted();
      await isNotToldWhereTheLockIs();
      await isNotTheHub();
      await house.stop();
      await daemon.stop();
      await hub.house.stop();
    },
    { timeoutMs: 240_000 },
  );
});
