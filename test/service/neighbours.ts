/**
 * What else is in the network of a box: a zigbee2mqtt with a lamp, a plug with Tasmota, and the checker that plays Home Assistant. A process of its own, in
 * the network where the test puts it. In: how Home Assistant logs in, a line of JSON. Out: `ready`, and the names of the three devices that it sees.
 */
import { createInterface } from "node:readline";
import { eventually } from "../kit/eventually.ts";
import { ForeignFleet, tasmotaPlugs } from "../kit/foreign-fleets.ts";
import { PlayedHomeAssistant } from "../kit/home-assistant.ts";
import { ZigbeeFleet } from "../kit/zigbee-fleet.ts";

const [url = "", password = ""] = process.argv.slice(2);
await new ZigbeeFleet(1).start({ url, username: "z2m", password });
await new ForeignFleet(tasmotaPlugs("outlet"), 1).start({ url, username: "tasmota", password });
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const played = new PlayedHomeAssistant();
  await played.connect(JSON.parse(line) as Parameters<PlayedHomeAssistant["connect"]>[0]);
  await eventually("Home Assistant shows all three", () => played.devices.size === 3);
  if (played.refused.length > 0) throw new Error(played.refused.join("\n"));
  console.log(JSON.stringify([...played.devices.values()].map(({ name }) => name)));
}
process.exit();
