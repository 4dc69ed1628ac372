/** A house added to an ecosystem: the whole hub, the Matter process as it is shipped, and matter.js's own controller. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PendingHosted } from "../../../src/account/index.ts";
import { acceptHosted, nameDevice, revokeDevice } from "../../../src/account/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import { missingMatter } from "../../../src/matter/matter-package.ts";
import { assert, describe, onCleanup, skipUnless } from "../../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free-port.ts";
import { hasMatterController, MatterController } from "../../kit/matter-controller.ts";
import { ZigbeeFleet } from "../../kit/zigbee-fleet.ts";

/** The process that the hub of this process has started. */
function matterPid(): number | undefined {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("matter/process/main"));
}

async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => "done",
    (error: { readonly code?: unknown }) => error.code,
  );
}

describe("hub: a house in an ecosystem of Matter", (it) => {
  it(
    "is added by its code, shows what devices report, opens nothing, and keeps its endpoints over the death of the process",
    async () => {
      skipUnless(missingMatter() === undefined && (await hasMatterController()), "needs @matter/main and @project-chip/matter.js");
      const hub = await makeBridgedHub();
      onCleanup(() => hub.house.stop());
      const port = await freePort();
      const fleet = new ZigbeeFleet(8);
      const daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }], { "matter.enabled": true, "matter.port": port });
      await fleet.start({ url: `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`, username: "z2m", password: bridgePassword });
      const client = hubClient({ socket: join(hub.stateDir, "hub.sock"), startWith: "mesh-hub run" });
      const offers = await hub.offers(8);
      const accept = async (deviceClass: string, localName: string): Promise<void> => {
        const offer = offers.find(({ device }) => device.description.Class === deviceClass) as PendingHosted;
        await acceptHosted(hub.alice, offer, { localName });
      };
      await accept("light", "reading lamp");
      await accept("plug", "kettle plug");
      await accept("lock", "back door");
      await accept("thermostat", "bedroom heater");
      await accept("contact", "window");
      await eventually("five devices are online", () => daemon.hub.devices().filter(({ status }) => status === "Online").length === 5);
      await client.matterShare(["reading lamp", "kettle plug", "back door", "bedroom heater", "window"], true);
      await eventually("the process is up", async () => (await client.matterStatus()).state === "up", 60_000);
      const { manual, qr, devices } = await client.matterPair();
      assert.match(qr, /^MT:/);
      assert.is(devices, 5);
      const ecosystem = await MatterController.add({ port, manual });
      await eventually("it is known", async () => (await client.matterStatus()).ecosystems.length === 1);
      assert.is((await client.matterStatus()).pairingUntil, undefined, "the code was good for one");

      const shown = await ecosystem.devices();
      assert.equal([...shown.keys()].sort(), ["back door", "bedroom heater", "kettle plug", "reading lamp", "window"]);
      const numberOf = (name: string): number | undefined => shown.get(name)?.number;
      const lamp = shown.get("reading lamp")!;
      const isOn = () => lamp.cluster("OnOff").attributes.onOff?.get(true);
      const bulb = fleet.devices.find(({ kind }) => kind.model === "ZL-1")!;
      assert.is(await isOn(), false);
      fleet.isDeaf = true;
      assert.is(await codeOf(lamp.cluster("OnOff").on!()), 1);
      assert.is(await isOn(), false, "it reads as before: nothing was reported");
      fleet.isDeaf = false;
      await lamp.cluster("OnOff").on!();
      assert.equal([await isOn(), bulb.state.state], [true, "ON"]);
      await fleet.publish(bulb.name, { state: "OFF" });
      await eventually("somebody has pressed its switch", async () => (await isOn()) === false);

      for (const setting of ["startUpOnOff", "onTime"]) {
        const attribute = lamp.cluster("OnOff").attributes[setting]!;
        const before = await attribute.get(true);
        assert.is(await codeOf(attribute.set(1)), 0x88, `${setting} is nothing that the lamp has`);
        assert.is(await attribute.get(true), before);
      }

      const { addScene, recallScene } = lamp.cluster("ScenesManagement");
      const scene = { groupId: 0, sceneId: 1, transitionTime: 0 };
      assert.is(await codeOf(addScene!({ ...scene, sceneName: "", extensionFieldSetStructs: [] })), 0x81, "no device would carry it out");
      assert.is(await codeOf(recallScene!(scene)), 0x81);
      assert.is(await codeOf(lamp.cluster("Identify").identify!({ identifyTime: 5 })), 1, "this lamp has nothing to make itself known by");
      const label = lamp.cluster("BridgedDeviceBasicInformation").attributes.nodeLabel!;
      assert.is(await codeOf(label.set("our lamp")), 0x88, "the house names it");
      assert.is(await label.get(true), "reading lamp");

      const heater = shown.get("bedroom heater")!.cluster("Thermostat");
      const target = () => heater.attributes.occupiedHeatingSetpoint?.get(true);
      assert.is(await target(), 2000);
      fleet.isDeaf = true;
      assert.is(await codeOf(heater.attributes.occupiedHeatingSetpoint!.set(2300)), 1);
      assert.is(await target(), 2000);
      fleet.isDeaf = false;
      await heater.attributes.occupiedHeatingSetpoint!.set(2250);
      assert.is(await target(), 2250);
      assert.is(fleet.devices.find(({ kind }) => kind.model === "ZH-1")?.state.occupied_heating_setpoint, 22.5);

      const door = shown.get("back door")!.cluster("DoorLock");
      assert.is(await codeOf(door.unlockDoor!({}, { asTimedRequest: true })), 0x7e);
      assert.is(fleet.devices.find(({ kind }) => kind.model === "ZK-1")?.state.state, "LOCK");
      assert.is(await door.attributes.lockState?.get(true), 1);
      assert.is(await codeOf(door.attributes.operatingMode!.set(2)), 0x88);
      assert.is(await door.attributes.operatingMode?.get(true), 0, "it is in privacy by nobody's word");
      await eventually("the owner is asked", () => daemon.hub.questions.list().length === 1);
      assert.equal(daemon.hub.questions.list()[0]?.principal, "Matter");

      process.kill(matterPid()!, "SIGKILL");
      await eventually("the hub knows", async () => (await client.matterStatus()).state === "down");
      assert.is((await client.devices()).length, 5, "the house goes on");
      await fleet.publish(bulb.name, { state: "OFF" });
      await eventually("another process is up", async () => (await client.matterStatus()).state === "up", 60_000);
      let again: typeof shown = new Map();
      // Its session has died with the process: it finds that out by waiting.
      await eventually("the ecosystem has found it again", async () => {
        again = await ecosystem.devices();
        return again.size === 5;
      });
      assert.equal([...again].map(([name, { number }]) => [name, number]).sort(), [...shown].map(([name]) => [name, numberOf(name)]).sort());
      assert.is(await isOn(), false, "what was kept of it is not told in the place of what it reports");
      await eventually("it can be told again", async () => (await codeOf(lamp.cluster("OnOff").on!())) === "done");
      assert.is(bulb.state.state, "ON");

      const udfOf = (name: string): string => daemon.hub.devices().find((device) => device.name === name)?.udf ?? "";
      await nameDevice(hub.alice, udfOf("reading lamp"), { localName: "night light" });
      await eventually("it has its new name", async () => (await ecosystem.devices()).get("night light")?.number === numberOf("reading lamp"));
      await client.matterShare(["window"], false);
      await eventually("the window is gone", async () => !(await ecosystem.numbers()).includes(numberOf("window") ?? 0));
      await client.matterShare(["window"], true);
      await eventually("it is back at its number", async () => (await ecosystem.numbers()).includes(numberOf("window") ?? 0));
      assert.is((await ecosystem.numbers()).length, new Set(shown.keys()).size);
      await revokeDevice(hub.alice, udfOf("kettle plug"));
      await eventually("a device that was removed is gone", async () => !(await ecosystem.numbers()).includes(numberOf("kettle plug") ?? 0));

      assert.equal(await client.matterDisconnect(), { ecosystems: 1 });
      await eventually("it belongs to nobody", async () => {
        const { state, ecosystems } = await client.matterStatus();
        return state === "up" && ecosystems.length === 0;
      });
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 240_000 },
  );
});
