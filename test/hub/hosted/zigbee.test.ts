/** A fleet of zigbee2mqtt at the hub's own broker: offered, accepted, heard and told, through the whole hub. */
import type { AccountContext } from "../../../src/account/index.ts";
import { acceptHosted, attend, openWindow, pendingHosted, rejectOffer } from "../../../src/account/index.ts";
import type { HubDaemon } from "../../../src/hub/daemon.ts";
import { deviceCatalog, stateCatalog } from "../../../src/schema/index.ts";
import { connectMqtt } from "../../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe, skipUnless, throwsMesh } from "../../harness/suite.ts";
import type { BridgedHub } from "../../kit/bridged-hub.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { hasMosquitto } from "../../kit/mosquitto.ts";
import { startPlainMosquitto } from "../../kit/plain-mosquitto.ts";
import { ZigbeeFleet } from "../../kit/zigbee-fleet.ts";

const login = { username: "z2m", password: bridgePassword };

describe("hub: a fleet behind zigbee2mqtt", (it) => {
  let hub: BridgedHub;
  let alice: AccountContext;
  it.before(async () => {
    hub = await makeBridgedHub();
    alice = hub.alice;
  });
  it.after(() => hub.house.stop());

  const urlOf = (daemon: HubDaemon): string => `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
  const deviceOf = (daemon: HubDaemon, name: string) => daemon.hub.devices().find((device) => device.name === name);

  it(
    "offers forty devices to the owner, and nothing enters the house before she accepts",
    async () => {
      const daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
      // What a page that is open already goes by.
      let told = 0;
      daemon.hub.onEvent(({ kind }) => {
        if (kind === "offers") told = daemon.hub.house().offers().length;
      });
      const fleet = new ZigbeeFleet();
      await fleet.start({ url: urlOf(daemon), ...login });
      const offers = await hub.offers(40);
      assert.is(offers.length, 40);
      await eventually("who looks is told of all of them", () => told === 40);
      assert.is(daemon.hub.devices().length, 0);
      assert.is((await daemon.hub.say({ text: "turn on the zl-1 room 0" })).kind, "unknown");
      const [light] = offers.filter(({ device }) => device.description.Class === "light");
      assert.equal([light?.offer.Bridge, light?.offer.ForeignId], ["zigbee2mqtt", fleet.devices[0]?.address]);
      // No window lets a hosted device in: nobody can press its button for the account.
      await openWindow({ dir: alice.dir, minutes: 5, ports });
      const events = await attend(alice, { claim: false });
      assert.is(events.filter(({ kind }) => kind === "accepted").length, 0);
      assert.is(events.filter(({ kind }) => kind === "waiting").length, 40);
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 120_000 },
  );

  it(
    "takes over what is accepted: its state flows, and orders succeed by what it reports",
    async () => {
      const daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
      const fleet = new ZigbeeFleet();
      await fleet.start({ url: urlOf(daemon), ...login });
      const offers = await hub.offers(40);
      const ofClass = (name: string) => offers.find(({ device }) => device.description.Class === name);
      const [light, lock, button] = [ofClass("light"), ofClass("lock"), ofClass("button")];
      if (!light || !lock || !button) throw new Error("an offer is missing");
      await acceptHosted(alice, light, { localName: "reading lamp" });
      await acceptHosted(alice, lock, { localName: "back door" });
      await acceptHosted(alice, button, { localName: "bell" });
      await eventually("the lamp is online", () => deviceOf(daemon, "reading lamp")?.status === "Online");
      const lamp = deviceOf(daemon, "reading lamp");
      assert.equal([lamp?.says, lamp?.bridge, lamp?.own, lamp?.class], ["hosted", "zigbee2mqtt", true, "light"]);
      assert.is((await daemon.hub.say({ text: "turn off the reading lamp" })).text, "reading lamp is off");
      const said = await daemon.hub.say({ text: "set the reading lamp to 50 percent" });
      assert.is(said.text, "reading lamp is on, brightness 50 %", "what is off is turned on with it");
      assert.ok(
        fleet.told.some((told) => told.endsWith('"brightness":127}')),
        JSON.stringify(fleet.told),
      );
      const entry = alice.list(deviceCatalog).find(({ value }) => value.LocalName === "reading lamp")?.value;
      assert.equal({ ...entry?.Hosted }, { Bridge: "zigbee2mqtt", ForeignId: fleet.devices[0]?.address });
      assert.equal(alice.directory.find(entry?.DeviceUdf ?? "")?.connection.Roles, ["hosted"]);
      await eventually("the state is in the account", async () => {
        await alice.sync({ stores: ["MMM_State"] });
        const values = alice.get(stateCatalog, entry?.DeviceUdf ?? "")?.Reported?.Values ?? [];
        return values.some(({ Name, Value }) => Name === "Brightness" && Value === 50);
      });
      // A press is an event, and counted.
      const bell = fleet.devices.find(({ kind }) => kind.model === "ZB-1");
      await eventually("the bell is in the house", () => deviceOf(daemon, "bell")?.status === "Online");
      await fleet.publish(bell!.name, { action: "double", battery: 90 });
      await fleet.publish(bell!.name, { action: "single", battery: 90 });
      await eventually("two presses", () => deviceOf(daemon, "bell")?.values.some(({ name, value }) => name === "Presses" && value === 2) === true);
      // What the bridge is told and the device does not report has not happened.
      fleet.isDeaf = true;
      const asked = { device: lamp!.udf, command: "Set", arguments: [{ name: "On", value: false }], timeoutMs: 1500 };
      await throwsMesh(() => daemon.hub.command(asked), "ERR_TIMEOUT");
      assert.is(deviceOf(daemon, "reading lamp")?.values.find(({ name }) => name === "On")?.value, true);
      fleet.isDeaf = false;
      const unlocked = await daemon.hub.say({ text: "unlock the back door" });
      assert.is(unlocked.kind, "done", JSON.stringify(unlocked));
      assert.is(fleet.devices.find(({ kind }) => kind.model === "ZK-1")?.state.state, "UNLOCK");
      await fleet.publish("bridge/state", { state: "offline" }, true);
      await eventually("the lamp is offline", () => deviceOf(daemon, "reading lamp")?.status === "Offline");
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 120_000 },
  );

  it(
    "knows its devices again after a restart, shows what was kept as before, and offers a refused one no more",
    async () => {
      const before = await hub.offers(1);
      const refused = before.find(({ device }) => device.description.Class === "contact");
      if (!refused) throw new Error("no contact is offered");
      await rejectOffer(alice, refused);
      const daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
      await eventually("the lamp is there, from the list that the broker kept", () => deviceOf(daemon, "reading lamp") !== undefined);
      assert.is(deviceOf(daemon, "reading lamp")?.restored, true);
      const fleet = new ZigbeeFleet();
      await fleet.start({ url: urlOf(daemon), ...login });
      await eventually("the lamp is heard", () => deviceOf(daemon, "reading lamp")?.restored === false);
      await eventually("the refusal is read", async () => {
        await alice.sync();
        return !(await pendingHosted(alice)).some(({ device }) => device.deviceUdf === refused.device.deviceUdf);
      });
      await fleet.publish("bridge/devices", fleet.list(), true);
      await ports.clock.sleep(500);
      await alice.sync();
      assert.not.ok((await pendingHosted(alice)).some(({ offer }) => offer.ForeignId === refused.offer.ForeignId));
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 120_000 },
  );

  it(
    "does the same through a broker that somebody else runs, and comes back when that was away",
    async () => {
      skipUnless(hasMosquitto, "needs mosquitto and openssl");
      const mosquitto = await startPlainMosquitto(login);
      const { url } = mosquitto;
      const daemon = await hub.start([{ kind: "zigbee2mqtt", name: "zigbee-attic", url, username: "z2m" }]);
      const fleet = new ZigbeeFleet();
      await fleet.start({ url, ...login });
      const ofAttic = async () => (await hub.offers(1)).filter(({ offer }) => offer.Bridge === "zigbee-attic");
      await eventually("forty are offered", async () => (await ofAttic()).length >= 24);
      const plug = (await ofAttic()).find(({ device }) => device.description.Class === "plug");
      await acceptHosted(alice, plug!, { localName: "attic fan" });
      await eventually("the plug is online", () => deviceOf(daemon, "attic fan")?.status === "Online");
      assert.is((await daemon.hub.say({ text: "turn on the attic fan" })).kind, "done");
      await mosquitto.stop();
      await eventually("the plug is offline", () => deviceOf(daemon, "attic fan")?.status === "Offline");
      const away = await daemon.hub.say({ text: "turn off the attic fan" });
      assert.match(JSON.stringify(away), /ERR_DEVICE_OFFLINE/);
      await mosquitto.start();
      await fleet.start({ url, ...login });
      await eventually("the plug is back", () => deviceOf(daemon, "attic fan")?.status === "Online");
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 180_000 },
  );

  it(
    "lets a bridge speak in its own topics alone, with its own password alone, and outlives one that floods and lies",
    async () => {
      const daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
      const url = urlOf(daemon);
      const connect = (password: string) =>
        connectMqtt({ url, username: "z2m", password, clientId: `evil-${password.length}`, onMessage: () => undefined, onClose: () => undefined });
      await throwsMesh(() => connect("guess"), "ERR_NOT_AUTHORIZED");
      const evil = await connect(bridgePassword);
      await throwsMesh(() => evil.subscribe(["mesh/#"]), "ERR_NOT_AUTHORIZED");
      await evil.publish("mesh/hail", new Uint8Array(12)).catch(() => undefined);
      const again = await connect(bridgePassword);
      await again.publish("zigbee2mqtt/bridge/devices", Buffer.from("[{]"));
      await again.publish("zigbee2mqtt/bridge/devices", Buffer.from('[{"friendly_name":"<script>"}]'));
      for (let i = 0; i < 6000; i++) void again.publish("zigbee2mqtt/zl-1 room 0", Buffer.from(`{"brightness":${i % 255}}`)).catch(() => undefined);
      await eventually("too many are left out", () => (daemon.hub.status().bridges?.[0]?.dropped ?? 0) > 0);
      assert.match(JSON.stringify(daemon.hub.status().bridges?.[0]?.refused), /no address of Zigbee/);
      await again.close();
      await daemon.stop();
    },
    { timeoutMs: 120_000 },
  );
});
