/**
 * Forty devices of each kind behind a bridge of a hub, at its own broker and at Debian's Mosquitto: offered, taken over by one command after a question, told
 * and believed.
 */
import { spawnSync } from "node:child_process";
import { pendingHosted } from "../../../src/account/index.ts";
import type { HubDaemon } from "../../../src/hub/daemon.ts";
import { assert, describe, skipUnless } from "../../harness/suite.ts";
import type { BridgedHub } from "../../kit/bridged-hub.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { announcedSwitches, esphomeLights, type FleetKind, ForeignFleet, shellySwitches, tasmotaPlugs } from "../../kit/foreign-fleets.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startPlainMosquitto } from "../../kit/plain-mosquitto.ts";

const hasMosquitto = spawnSync("mosquitto", ["-h"]).error === undefined;
const size = 40;

interface Kind {
  readonly bridge: string;
  readonly topics?: readonly string[];
  readonly make: () => FleetKind;
  /** What its devices are called, before their number. */
  readonly name: string;
}
const kinds: readonly Kind[] = [
  { bridge: "tasmota", make: tasmotaPlugs, name: "outlet" },
  { bridge: "shelly", make: shellySwitches, name: "boiler" },
  { bridge: "esphome", topics: ["esp/#"], make: esphomeLights, name: "strip" },
  { bridge: "homeassistant", topics: ["gen/#"], make: announcedSwitches, name: "beacon" },
];

/** Accepts all of a bridge by the command, until all are in the house and can be reached. */
async function takeOver(hub: BridgedHub, daemon: HubDaemon, { bridge, name }: Kind, count: number): Promise<void> {
  const laptop = machine(hub.house.home("alice"), hub.house.service.url);
  await eventually(`all of ${bridge} are offered`, async () => {
    await hub.alice.sync();
    return (await pendingHosted(hub.alice)).filter(({ offer }) => offer.Bridge === bridge).length === count;
  });
  assert.match(await laptop.fails(2, "device", "accept", "--bridge", bridge), /no terminal to ask at/);
  const refused = await laptop.run(["device", "accept", "--bridge", bridge], { isTerminal: true, typed: "n\n" });
  assert.match(refused.stderr, /Take \d+ devices? of .* into the house\? the hub holds/);
  assert.is(refused.status, 77);
  const taken = await laptop.json("device", "accept", "--bridge", bridge, "--yes");
  assert.is(taken.accepted.length, count);
  await eventually(`all of ${bridge} can be reached`, () => {
    const own = daemon.hub.devices().filter((device) => device.bridge === bridge);
    return own.length === count && own.every(({ status }) => status === "Online");
  });
  const said = await daemon.hub.say({ text: `turn on ${name} 7` });
  assert.is(said.kind, "done", JSON.stringify(said));
}

describe("hub: fleets at its own broker", (it) => {
  for (const kind of kinds) {
    it(
      `${kind.bridge}: forty are taken over by one command, and obey`,
      async () => {
        const hub = await makeBridgedHub();
        const login = { username: "fleet", password: bridgePassword };
        const daemon = await hub.start([{ kind: kind.bridge, username: "fleet", ...(kind.topics ? { topics: kind.topics } : {}) }]);
        const fleet = new ForeignFleet(kind.make(), size);
        await fleet.start({ ...login, url: `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}` });
        await takeOver(hub, daemon, kind, size);
        await fleet.stop();
        await daemon.stop();
        await hub.house.stop();
      },
      { timeoutMs: 300_000 },
    );
  }
});

describe("hub: fleets at Mosquitto", (it) => {
  for (const pair of [
    ["tasmota", "homeassistant"],
    ["shelly", "esphome"],
  ])
    it(
      `${pair.join(" and ")}: forty of each at one broker that somebody else runs`,
      async () => {
        skipUnless(hasMosquitto, "needs mosquitto");
        const hub = await makeBridgedHub();
        const login = { username: "fleet", password: bridgePassword };
        const { url } = await startPlainMosquitto(login);
        const some = kinds.filter(({ bridge }) => pair.includes(bridge));
        const daemon = await hub.start(some.map(({ bridge, topics }) => ({ kind: bridge, url, username: "fleet", ...(topics ? { topics } : {}) })));
        const fleets = some.map(({ make }) => new ForeignFleet(make()));
        for (const [index, kind] of some.entries()) {
          await fleets[index]?.start({ ...login, url });
          await takeOver(hub, daemon, kind, size);
        }
        for (const fleet of fleets) await fleet.stop();
        await daemon.stop();
        await hub.house.stop();
      },
      { timeoutMs: 300_000 },
    );
});
