/**
 * A lock, a garage door and a heater at the hub's own broker, and everybody who can speak there: Home Assistant, another bridge, a device, a stranger; and a
 * token over REST. None opens or heats anything: what the hub is told waits for the owner by device and order, and what goes past it the broker lets nobody say.
 */
import { inspectHubMail } from "../../../src/account/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { grantPrincipal } from "../../../src/hub/command/principal.ts";
import type { HubFacade } from "../../../src/hub/routes/facade.ts";
import { connectMqtt } from "../../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe } from "../../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { newTag, RawClient } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { PlayedHomeAssistant } from "../../kit/home-assistant.ts";
import { webWorld } from "../../kit/web.ts";

const bridges = [
  { kind: "homeassistant", username: "house", topics: ["house/#"] },
  { kind: "tasmota", username: "tasmota" },
];
const door = { dev: { ids: "door-1", name: "Front door" }, uniq_id: "door", stat_t: "house/door", cmd_t: "house/door/set" };
const garage = {
  ...{ dev: { ids: "gate-1", name: "Garage" }, uniq_id: "gate", dev_cla: "garage", cmd_t: "house/garage/set" },
  ...{ pos_t: "house/garage", set_pos_t: "house/garage/position/set" },
};
const heater = {
  ...{ dev: { ids: "heat-1", name: "Heater" }, uniq_id: "heat", temp_stat_t: "house/heater", temp_cmd_t: "house/heater/set" },
  ...{ curr_temp_t: "house/heater/now", min_temp: 5, max_temp: 90 },
};

/** As Home Assistant and its scripts have it, and as somebody tries who knows the hub's own words. */
const texts: readonly (readonly [name: string, text: string])[] = [
  ["Front door", '{"command":"Unlock","transaction":1}'],
  ["Front door", '{"state":"UNLOCK","transaction":2}'],
  ["Front door", '{"locked":"OFF","transaction":3}'],
  ["Front door", "UNLOCK"],
  ["Garage", '{"command":"Open","transaction":4}'],
  ["Garage", '{"position":100,"transaction":5}'],
  ["Garage", "OPEN"],
  ["Heater", '{"target":85,"transaction":6}'],
];
/** What the bridge would take for an order of the hub, or for its own word. */
const past: readonly (readonly [topic: string, text: string])[] = [
  ["house/door/set", "UNLOCK"],
  ["house/garage/set", "OPEN"],
  ["house/garage/position/set", "100"],
  ["house/heater/set", "85"],
  ["homeassistant/lock/door/config", JSON.stringify({ ...door, payload_lock: "UNLOCK" })],
];

describe("hub: risky orders at the broker and over REST", (it) => {
  it(
    "open and heat nothing: they wait for the owner by device and order, or are not let through",
    async () => {
      const hub = await makeBridgedHub();
      const daemon = await hub.start(bridges);
      const client = hubClient({ socket: `${hub.stateDir}/hub.sock`, startWith: "mesh-hub run" });
      const port = daemon.hub.status().mqttPort ?? 0;
      const url = `mqtt://127.0.0.1:${port}`;
      const told: string[] = [];
      const house = await connectMqtt({
        ...{ url, username: "house", password: bridgePassword, clientId: "a-house" },
        onMessage: (topic, payload) => {
          if (topic.endsWith("/set")) told.push(`${topic} ${Buffer.from(payload).toString()}`);
          if (topic === "house/door/set") void house.publish("house/door", utf8(`${Buffer.from(payload).toString()}ED`));
        },
        onClose: () => undefined,
      });
      await house.subscribe(["house/#"]);
      for (const [component, config] of Object.entries({ lock: door, cover: garage, climate: heater }))
        await house.publish(`homeassistant/${component}/${component === "lock" ? "door" : component}/config`, utf8(JSON.stringify(config)), true);
      await hub.accept(await hub.offers(3));
      const named = (name: string) => daemon.hub.devices().find((device) => device.name === name);
      await eventually("all three are online", async () => {
        for (const [topic, text] of Object.entries({ door: "LOCKED", garage: "0", heater: "20", "heater/now": "19" }))
          await house.publish(`house/${topic}`, utf8(text));
        return ["Front door", "Garage", "Heater"].every((name) => named(name)?.status === "Online");
      });
      assert.is(named("Garage")?.class, "garage-door");
      const udfOf = (name: string): string => named(name)?.udf ?? "";

      const login = await client.haConnect();
      await client.haShare(["Front door", "Garage", "Heater"], true);
      const assistant = new PlayedHomeAssistant();
      await assistant.connect({ url, ...login });
      await eventually("it sees all three", () => assistant.devices.size === 3);
      for (const [name, text] of texts) await assistant.publish(`mesh/${udfOf(name)}/set`, text);
      await eventually("it is answered each time", () => assistant.answers.length >= texts.length);
      assert.equal(
        assistant.answers.filter(({ status }) => status !== "waiting" && status !== "error"),
        [],
      );
      const asked = daemon.hub.questions.list().map(({ principal, about }) => `${principal}: ${about}`);
      assert.equal(asked.sort(), ["Home Assistant: Open Garage", "Home Assistant: Set Garage", "Home Assistant: Unlock Front door"]);

      const others = [
        { username: login.username, password: login.password },
        { username: "tasmota", password: bridgePassword },
      ];
      for (const [at, other] of others.entries()) {
        for (const [topic, text] of past) {
          const intruder = await connectMqtt({ url, ...other, clientId: `b-${at}`, onMessage: () => undefined, onClose: () => undefined });
          await intruder.publish(topic, utf8(text), topic.endsWith("/config")).catch(() => undefined);
          await intruder.close();
        }
      }
      const bridge = await connectMqtt({
        ...{ url, username: "house", password: bridgePassword, clientId: "b-house" },
        onMessage: () => undefined,
        onClose: () => undefined,
      });
      await bridge.publish(`mesh/${udfOf("Front door")}/set`, utf8('{"command":"Unlock"}')).catch(() => undefined);
      await bridge.close();
      for (const [topic, text] of past) {
        const stranger = await RawClient.login(port, { id: newTag() });
        stranger.publish({ topic, payload: utf8(text), qos: 1 });
        await stranger.whenClosed();
      }

      const grant = { Key: "NTOKEN", Kind: "token", LocalName: "panel", Rights: [{ Allows: "read" }, { Allows: "command" }] };
      const bearer = (token: string) => (token === "NPANEL" ? grantPrincipal(grant, "house") : undefined);
      const { app } = await webWorld({ hub: daemon.hub as HubFacade as never, bearer });
      const rest = async (path: string, body: object) => {
        const headers = { host: "127.0.0.1:7380", "content-type": "application/json", authorization: "Bearer NPANEL" };
        const answer = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
        return (await answer.json()) as { readonly result?: string; readonly kind?: string; readonly text?: string };
      };
      const unlock = { device: udfOf("Front door"), command: "Unlock", arguments: [] };
      assert.is((await rest("/v1/command", unlock)).result, "Pending");
      assert.match((await rest("/v1/say", { text: "open the garage" })).text ?? "", /the owner is asked on his devices/);

      // A message that goes through shows that all before it were dealt with.
      await assistant.publish(`mesh/${udfOf("Front door")}/set`, '{"command":"Lock","transaction":"last"}');
      await eventually("what does no harm is done", () => told.length > 0);
      assert.equal(told, ["house/door/set LOCK"]);
      assert.equal([named("Front door")?.status, daemon.hub.devices().length], ["Online", 3]);
      await eventually("alice reads which device, and what it would be told", async () => {
        await hub.alice.sync();
        const read = (await inspectHubMail(hub.alice)).orders.map(({ value }) => `${value.Principal}: ${value.Command} ${value.LocalName}`);
        return ["Home Assistant: Unlock Front door", "panel (token): Unlock Front door", "panel (token): Open Garage"].every((line) =>
          read.includes(line),
        );
      });
      await assistant.close();
      await house.close();
      await daemon.stop();
      await hub.house.stop();
    },
    { timeoutMs: 120_000 },
  );
});
