/** Plugs with Tasmota and a lamp of ESPHome at the hub's own broker: offered whole, accepted, told, and believed by what they report. */
import { pendingHosted } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { connectMqtt } from "../../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe } from "../../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";

describe("hub: other bridges", (it) => {
  it(
    "takes over a plug with Tasmota and a lamp of ESPHome",
    async () => {
      const hub = await makeBridgedHub();
      const daemon = await hub.start([
        { kind: "tasmota", username: "tasmota" },
        { kind: "esphome", username: "esphome", topics: ["desk/#"] },
      ]);
      const url = `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
      const log = async (username: string, onMessage: (topic: string, payload: string) => void) => {
        const receive = (topic: string, payload: Uint8Array): void => onMessage(topic, Buffer.from(payload).toString());
        return connectMqtt({ url, username, password: bridgePassword, clientId: `a-${username}`, onMessage: receive, onClose: () => undefined });
      };
      const plug = await log("tasmota", (topic, payload) => {
        if (topic === "cmnd/pump/POWER1") void plug.publish("stat/pump/RESULT", utf8(`{"POWER":"${payload}"}`));
        if (topic === "cmnd/pump/STATE") void plug.publish("tele/pump/STATE", utf8('{"POWER":"OFF"}'));
      });
      await plug.subscribe(["cmnd/pump/#"]);
      const config = {
        ...{ dn: "Pump", fn: ["Pump"], mac: "A4CF12000001", md: "Plug", state: ["OFF", "ON"], sw: "14", t: "pump", ft: "%prefix%/%topic%/" },
        ...{ tp: ["cmnd", "stat", "tele"], rl: [1], so: {}, ofln: "Offline", onln: "Online", ver: 1 },
      };
      await plug.publish("tasmota/discovery/A4CF12000001/config", utf8(JSON.stringify(config)), true);
      await plug.publish("tele/pump/LWT", utf8("Online"), true);
      let brightness = 0;
      const lamp = await log("esphome", (_topic, payload) => {
        const said = JSON.parse(payload) as { state: string; brightness?: number };
        brightness = said.brightness ?? brightness;
        void lamp.publish("desk/light/lamp/state", utf8(JSON.stringify({ state: said.state, brightness })), true);
      });
      await lamp.subscribe(["desk/light/lamp/command"]);
      const dev = { ids: "a4cf12000002", name: "Desk lamp", mf: "Espressif" };
      const shared = { dev, avty_t: "desk/status" };
      const light = { ...shared, schema: "json", stat_t: "desk/light/lamp/state", cmd_t: "desk/light/lamp/command", brightness: true, uniq_id: "l" };
      await lamp.publish("desk/status", utf8("online"), true);
      await lamp.publish("homeassistant/light/desk/lamp/config", utf8(JSON.stringify(light)), true).catch(() => undefined);
      const offers = await hub.offers(2);
      assert.is((await pendingHosted(hub.alice)).length, 2);
      await hub.accept(offers);
      const named = (name: string) => daemon.hub.devices().find((device) => device.name === name);
      await eventually("both are online", () => named("Pump")?.status === "Online" && named("Desk lamp")?.status === "Online");
      assert.is((await daemon.hub.say({ text: "turn on the pump" })).kind, "done");
      assert.is((await daemon.hub.say({ text: "set the desk lamp to 40 percent" })).kind, "done");
      // It is so already, and says nothing anew.
      await plug.close();
      assert.is((await daemon.hub.say({ text: "turn on the pump" })).kind, "done");
      await lamp.close();
      await daemon.stop();
      await hub.house.stop();
    },
    { timeoutMs: 180_000 },
  );
});
