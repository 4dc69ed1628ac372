/** Forty devices of a house on their way to Home Assistant: the whole hub, its own broker, and the checker that plays Home Assistant. */
import { join } from "node:path";
import type { AccountContext, PendingHosted } from "../../../src/account/index.ts";
import { acceptHosted, nameDevice, revokeDevice } from "../../../src/account/index.ts";
import type { HaConnected, HubClient } from "../../../src/api/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import type { HubDaemon } from "../../../src/hub/daemon.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { BridgedHub } from "../../kit/bridged-hub.ts";
import { bridgePassword, makeBridgedHub } from "../../kit/bridged-hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { PlayedHomeAssistant } from "../../kit/home-assistant.ts";
import { ZigbeeFleet } from "../../kit/zigbee-fleet.ts";

describe("hub: a house for Home Assistant", (it) => {
  let hub: BridgedHub;
  let alice: AccountContext;
  let daemon: HubDaemon;
  let client: HubClient;
  let made: HaConnected;
  let offers: readonly PendingHosted[];
  const fleet = new ZigbeeFleet();
  let played = new PlayedHomeAssistant();
  const url = (): string => `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
  const login = () => ({ url: url(), username: made.username, password: made.password });
  const start = async (): Promise<void> => {
    daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
    await fleet.start({ url: url(), username: "z2m", password: bridgePassword });
  };
  const offerOf = (deviceClass: string): PendingHosted => {
    const found = offers.find(({ device }) => device.description.Class === deviceClass);
    if (!found) throw new Error(`no ${deviceClass} is offered`);
    return found;
  };

  it.before(async () => {
    hub = await makeBridgedHub();
    alice = hub.alice;
    client = hubClient({ socket: join(hub.stateDir, "hub.sock"), startWith: "mesh-hub run" });
  });
  it.after(() => hub.house.stop());

  const fill = async (): Promise<void> => {
    await start();
    offers = await hub.offers(40);
    const [light, lock, button] = [offerOf("light"), offerOf("lock"), offerOf("button")];
    await acceptHosted(alice, light, { localName: "reading lamp" });
    await acceptHosted(alice, lock, { localName: "back door" });
    await acceptHosted(alice, button, { localName: "bell" });
    await hub.accept(offers.filter((offer) => ![light, lock, button].includes(offer)));
    await eventually(
      "all devices are in the house",
      () => daemon.hub.devices().length === 40 && daemon.hub.devices().every(({ status }) => status === "Online"),
    );
  };

  /** It shows nothing before its login is made, and then only what the owner allows. */
  const shownByChoice = async (): Promise<void> => {
    await throwsMesh(played.connect({ url: url(), username: "home-assistant", password: "guess" }), "ERR_NOT_AUTHORIZED");
    made = await client.haConnect();
    assert.is(made.devices, 0);
    await played.connect(login());
    await eventually("the hub is online", () => played.heard.get("mesh/bridge/state") === '{"state":"online"}');
    await eventually("no device is listed", () => played.heard.get("mesh/bridge/devices") === "[]");
    assert.is(played.devices.size, 0);
    assert.equal(
      (await client.haShare(["reading lamp"], true)).map(({ name, seen }) => [name, seen]),
      [["reading lamp", "list"]],
    );
    await eventually("one device", () => played.devices.size === 1);
    await throwsMesh(() => client.haShare(["no such thing"], true), "ERR_NOT_FOUND");
    await client.haShare(
      (await client.haDevices()).devices.map(({ udf }) => udf),
      true,
    );
    await eventually("forty devices", () => played.devices.size === 40);
    assert.equal(played.refused, []);
    await eventually("all of them can be reached", () => [...played.entities.values()].every((entity) => played.isAvailable(entity)));
  };

  /** It is told what devices report, and never what was only asked. */
  const toldWhatIsReported = async (): Promise<void> => {
    const lamp = played.entity("reading lamp", "light");
    assert.equal([played.light(lamp).state, played.light(lamp).color_mode], ["OFF", "color_temp"]);
    await played.send(lamp, '{"state":"ON","brightness":50}');
    await eventually("it is lit", () => played.light(lamp).state === "ON" && played.light(lamp).brightness === 50);
    fleet.isDeaf = true;
    await played.send(lamp, '{"state":"OFF","transaction":"t-1"}');
    await eventually("it is told that nothing came of it", () =>
      played.answers.some(({ transaction, status }) => transaction === "t-1" && status === "error"),
    );
    assert.is(played.light(lamp).state, "ON");
    fleet.isDeaf = false;
    const climate = played.of(offerNameOf("thermostat")).find(({ platform }) => platform === "climate");
    assert.ok(climate);
    await played.send(climate!, 22.5, { topic: "temperature_command_topic", template: "temperature_command_template" });
    await eventually("the target is set", () => played.shows(climate!, "temperature_state_template", "temperature_state_topic") === "22.5");
  };

  function offerNameOf(deviceClass: string): string {
    const view = daemon.hub.devices().find((device) => device.class === deviceClass);
    if (!view) throw new Error(`no ${deviceClass}`);
    return view.name;
  }

  /** It hears a press once, and finds none at the broker later. */
  const pressesOnce = async (): Promise<void> => {
    const bell = fleet.devices.find(({ kind }) => kind.model === "ZB-1");
    await fleet.publish(bell?.name ?? "", { action: "double", battery: 90 });
    await eventually("a press", () => played.events.length === 1);
    assert.ok(played.events[0]?.endsWith('{"event_type":"double"}'));
    const late = new PlayedHomeAssistant();
    await played.close();
    await late.connect(login());
    await eventually("forty devices", () => late.devices.size === 40);
    assert.is(late.events.length, 0);
    assert.ok([...late.kept].every((topic) => !topic.endsWith("/event") && !topic.includes("/response/")));
    played = late;
  };

  /** It puts what can do harm before the owner, and opens nothing meanwhile. */
  const asksTheOwner = async (): Promise<void> => {
    const door = fleet.devices.find(({ kind }) => kind.model === "ZK-1");
    const udf = (await client.haDevices()).devices.find(({ name }) => name === "back door")?.udf ?? "";
    assert.is(played.of("back door").filter(({ platform }) => platform === "lock").length, 0);
    await played.publish(`mesh/${udf}/set`, '{"command":"Unlock","transaction":7}');
    await eventually("the owner is asked", () => daemon.hub.questions.list().length === 1);
    const [question] = daemon.hub.questions.list();
    assert.equal([question?.kind, question?.principal], ["order", "Home Assistant"]);
    await eventually("it is told to wait", () => played.answers.some(({ transaction, status }) => transaction === 7 && status === "waiting"));
    assert.is(door?.state.state, "LOCK");
    await played.send(played.entity("back door", "button", "do_lock"), '{"command":"Lock"}');
    assert.is(door?.state.state, "LOCK");
  };

  /** It answers what it does not understand by name, and outlives a flood. */
  const refusesByName = async (): Promise<void> => {
    const udf = (await client.haDevices()).devices.find(({ name }) => name === "reading lamp")?.udf ?? "";
    const errors = (): string[] => played.answers.filter(({ status }) => status === "error").map(({ error }) => String(error));
    await played.publish(`mesh/${udf}/set`, '{"brightness":"much"}');
    await played.publish("mesh/MNONE/set", '{"state":"ON"}');
    await played.publish(`mesh/${udf}/set`, "x".repeat(60_000));
    await played.publish("mesh/bridge/request/device/rename", '{"transaction":"t-2"}');
    await eventually("four refusals", () =>
      ["brightness must be a number", "no device", "4096", "device/rename"].every((word) => errors().some((error) => error.includes(word))),
    );
    await played.publish("mesh/bridge/request/health_check", '{"transaction":"t-3"}');
    await eventually("it is well", () => played.answers.some(({ transaction, status }) => transaction === "t-3" && status === "ok"));
    await Promise.all(Array.from({ length: 600 }, () => played.publish(`mesh/${udf}/set`, "{}")));
    // Out of bounds: what the login may not say at all.
    for (const [topic, text] of [
      [`mesh/${udf}`, '{"state":"OFF"}'],
      [`homeassistant/device/${udf}/config`, ""],
    ] as const) {
      const intruder = new PlayedHomeAssistant("intruder");
      await intruder.connect(login());
      await intruder.publish(topic, text).catch(() => undefined);
      await intruder.close();
    }
    assert.is(played.devices.size, 40);
    assert.is(played.light(played.entity("reading lamp", "light")).state, "ON");
  };

  /** It keeps entities over a rename, and takes a removed device away. */
  const renamesAndRemoves = async (): Promise<void> => {
    const before = played.entity("reading lamp", "light").uniqueId;
    const udf = daemon.hub.devices().find(({ name }) => name === "reading lamp")?.udf ?? "";
    await nameDevice(alice, udf, { localName: "night light" });
    await eventually("the new name", () => played.of("night light").length > 0);
    assert.is(played.entity("night light", "light").uniqueId, before);
    const bell = daemon.hub.devices().find(({ name }) => name === "bell")?.udf ?? "";
    await revokeDevice(alice, bell);
    await eventually("the bell is gone", () => played.devices.size === 39 && !played.heard.has(`mesh/${bell}`) && played.of("bell").length === 0);
    assert.equal(played.refused, []);
  };

  /** It finds everything again after a restart, marked as from before until it is heard. */
  const restarts = async (): Promise<void> => {
    daemon = await hub.start([{ kind: "zigbee2mqtt", username: "z2m" }]);
    played = new PlayedHomeAssistant();
    await played.connect(login());
    await eventually("thirty-nine devices", () => played.devices.size === 39);
    const lamp = played.entity("night light", "light");
    await eventually("its state is from before", () => played.light(lamp).restored === true && played.light(lamp).state === "ON");
    await fleet.start({ url: url(), username: "z2m", password: bridgePassword });
    await eventually("it is heard", () => played.light(lamp).restored === false && played.isAvailable(lamp));
  };

  /** It has no rights left when another login is made, and none of it stays when there is none. */
  const changesLogin = async (): Promise<void> => {
    const udf = daemon.hub.devices().find(({ name }) => name === "night light")?.udf ?? "";
    const old = login();
    made = await client.haConnect();
    await played.publish(`mesh/${udf}/set`, '{"state":"OFF"}').catch(() => undefined);
    const next = new PlayedHomeAssistant();
    await throwsMesh(next.connect(old), "ERR_NOT_AUTHORIZED");
    await next.connect(login());
    await eventually("thirty-nine devices", () => next.devices.size === 39);
    assert.is(next.light(next.entity("night light", "light")).state, "ON");
    await client.haShare([udf], false);
    await eventually("it is taken away", () => next.devices.size === 38);
    await client.haDisconnect();
    await throwsMesh(() => client.haDisconnect(), "ERR_NOT_FOUND");
    made = await client.haConnect();
    const last = new PlayedHomeAssistant();
    await last.connect(login());
    await eventually("what is still on the list", () => last.devices.size === 38);
  };

  // One hub for all of it: the accepting of forty devices takes its time.
  it(
    "sees forty devices that the owner allows, is told what they report, and opens nothing",
    async () => {
      await fill();
      for (const phase of [shownByChoice, toldWhatIsReported, pressesOnce, asksTheOwner, refusesByName, renamesAndRemoves]) await phase();
      await played.close();
      await fleet.stop();
      await daemon.stop();
    },
    { timeoutMs: 240_000 },
  );

  it(
    "finds everything again after a restart, and has no rights left when its login is replaced",
    async () => {
      await restarts();
      await changesLogin();
      await daemon.stop();
      await fleet.stop();
    },
    { timeoutMs: 120_000 },
  );
});
