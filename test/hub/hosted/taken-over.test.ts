/** What people own already, taken over and named, as Home Assistant sees it: played by a checker that was written from its documentation. */
import { join } from "node:path";
import { hubClient } from "../../../src/api/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { ForeignFleet, tasmotaPlugs } from "../../kit/foreign-fleets.ts";
import { PlayedHomeAssistant } from "../../kit/home-assistant.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { ZigbeeFleet } from "../../kit/zigbee-fleet.ts";

describe("hub: what people own, for Home Assistant", (it) => {
  it(
    "shows it, over TLS, a zigbee2mqtt lamp and a Tasmota plug that were taken over and named, and both obey it",
    async () => {
      const hub = await makeBridgedHub();
      const bridges = [
        { kind: "zigbee2mqtt", username: "z2m" },
        { kind: "tasmota", username: "plugs" },
      ];
      const daemon = await hub.start(bridges, { "mqtt.tls.enabled": true, "mqtt.tls.port": 0 });
      const url = `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
      const zigbee = new ZigbeeFleet(1);
      await zigbee.start({ url, username: "z2m", password: bridgePassword });
      const plugs = new ForeignFleet(tasmotaPlugs(), 1);
      await plugs.start({ url, username: "plugs", password: bridgePassword });
      await hub.offers(2);
      const laptop = machine(hub.house.home("alice"), hub.house.service.url);
      const names = new Map([
        ["zigbee2mqtt", "reading lamp"],
        ["tasmota", "heater plug"],
      ]);
      for (const bridge of names.keys()) {
        const { accepted } = await laptop.json("device", "accept", "--bridge", bridge, "--yes");
        await laptop.does("device", "name", accepted[0].deviceUdf, names.get(bridge) ?? "");
      }
      const isThere = (name: string): boolean => daemon.hub.devices().some((device) => device.name === name && device.status === "Online");
      await eventually("both are online by their names", () => [...names.values()].every(isThere));
      const client = hubClient({ socket: join(hub.stateDir, "hub.sock"), startWith: "mesh-hub run" });
      const { username, password, tls } = await client.haConnect();
      assert.match(tls?.name ?? "", /^hub-.*\.local$/);
      const played = new PlayedHomeAssistant();
      await played.connect({ url: `mqtts://127.0.0.1:${tls?.port}`, username, password, ca: tls?.authority ?? "" });
      await client.haShare([...names.values()], true);
      await eventually("both are visible", () => played.of("reading lamp").length > 0 && played.of("heater plug").length > 0);
      assert.equal(played.refused, []);
      await played.send(played.entity("reading lamp", "light"), '{"state":"ON"}');
      await played.send(played.entity("heater plug", "switch"), "ON", { topic: "command_topic", template: "command_template" });
      await eventually("the lamp is lit", () => zigbee.told.some((told) => /"state":"ON"/.test(told)));
      await eventually("the plug is on", () => plugs.told.some((told) => /POWER1? ON$/.test(told)));
      await played.close();
      await daemon.stop();
      await zigbee.stop();
      await plugs.stop();
      await hub.house.stop();
    },
    { timeoutMs: 240_000 },
  );
});
