/** devices behind a hub, by commands: offers, sentences, questions, and a hub that is away or has restarted. */
import { join } from "node:path";
import { dateTime, systemClock } from "../../../src/base/clock.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";
import type { StandInHub } from "../../kit/stand-in-hub.ts";
import { isSigned, joinAsHub } from "../../kit/stand-in-hub.ts";

describe("meshman: devices behind a hub", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  let desk: Machine;
  let laptop: Machine;
  let hub: StandInHub;
  const bulbs: { readonly deviceUdf: string; readonly directory: string; readonly uri: string }[] = [];
  const on = [{ Name: "On", Value: true }];
  const off = [{ Name: "On", Value: false }];

  it.before(async () => {
    await service.start({ bind: { kind: "open" }, dir: join(root, "service"), host: "127.0.0.1", port: 0, ...ports });
    const maker = machine(join(root, "maker"), service.url);
    await maker.does("account", "create", "maker@example.com");
    bulbs.push(
      ...(await maker.json("device", "preconfig", "--count", "2", "--manufacturer", "Lumen", "--model", "B1", "--out", join(root, "factory")))
        .devices,
    );
    desk = machine(join(root, "desk"), service.url);
    laptop = machine(join(root, "laptop"), service.url);
    await desk.does("account", "create", "alice@example.com", "--name", "desk");
    await desk.does("place", "add", "kitchen");
    await desk.does("place", "add", "bedroom");
    const invitation = await desk.json("account", "pin", "--role", "web,command");
    await laptop.does("device", "request", invitation.uri, "--name", "laptop");
    const letIn = () => desk.does("account", "sync");
    await letIn();
    await laptop.does("device", "complete", "--wait", "5");
    const { uri } = await desk.json("account", "pin", "--role", "hub");
    hub = await joinAsHub({ dir: join(root, "hub"), uri, serviceUrl: service.url, letIn });
  });
  it.after(async () => {
    await hub.context.close();
    await service.stop();
  });

  it("shows offers with what is printed on the device, and accepts them", async () => {
    await hub.offer(bulbs[0]!.directory, { LocalName: "ceiling", Place: "kitchen" });
    const { pending } = await desk.json("device", "pending");
    const [offer] = pending;
    const printed = bulbs[0]!.uri.split("/").at(-1)!.split("-").slice(0, 2).join("-");
    assert.equal(
      [pending.length, offer.kind, offer.code, offer.manufacturer, offer.model, offer.class, offer.localName, offer.place, offer.presence, offer.hub],
      [1, "offer", printed, "Lumen", "B1", "light", "ceiling", "kitchen", true, "hub"],
    );
    assert.match(await desk.does("device", "pending"), /^ {8}What: Lumen B1 \(light\)$/m);
    assert.match(await desk.fails(2, "device", "accept", printed, "--role", "web"), /no roles/);
    await desk.does("device", "accept", printed.slice(0, 6), "kitchen light");
    assert.match(await desk.does("device", "list"), /^kitchen light\tkitchen\tlight\thub\tbeing connected\t/m);
  });

  it("accepts what waits when a window is opened, in its class alone", async () => {
    await hub.offer(bulbs[1]!.directory, { LocalName: "bedside", Place: "bedroom" });
    const other = await desk.json("device", "window", "5m", "--class", "sensor");
    assert.equal(
      other.events.map(({ event }: { event: string }) => event),
      ["waiting"],
    );
    const { events } = await desk.json("device", "window", "5m", "/class", "light");
    assert.equal(
      events.map(({ event, localName }: { event: string; localName: string }) => [event, localName]),
      [["accepted", "bedside"]],
    );
  });

  it("says that a hub has not reported yet", async () => {
    assert.match((await laptop.run(["device", "say", "turn on the kitchen light"])).stderr, /has not reported yet/);
  });

  it("has a command carried out, and tells what the device reported", async () => {
    await hub.publish(hub.context.deviceUdf, { CommandEpoch: "first" });
    const saying = laptop.json("device", "say", "turn on the kitchen light");
    const request = await hub.nextCommand();
    assert.equal(
      [request.DeviceUdf, request.Command, request.Arguments.map((value) => ({ ...value })), request.CommandEpoch],
      [bulbs[0]!.deviceUdf, "Set", on, "first"],
    );
    const life = Date.parse(request.Expires) - systemClock.now();
    assert.ok(life > 50_000 && life <= 60_000, `${life} ms`);
    assert.ok(await isSigned(hub));
    await hub.answer(request, "Accept", { values: on });
    const said = await saying;
    assert.equal([said.devices[0].result, said.devices[0].values, said.devices[0].localName], ["Accept", { On: true }, "kitchen light"]);
  });

  it("answers questions from the reported state with its age", async () => {
    await hub.publish(bulbs[0]!.deviceUdf, {
      Reported: { DeviceUdf: bulbs[0]!.deviceUdf, Sequence: 2, Values: off },
      Updated: dateTime(systemClock.now() - 125_000),
    });
    assert.match(await laptop.does("device", "say", "is the kitchen light on"), /^no, kitchen light: off \(2 min ago\)$/m);
    const listed = (await laptop.json("device", "list")).devices.find(({ localName }: { localName: string }) => localName === "kitchen light");
    assert.equal([listed.status, listed.values, listed.source], ["Online", { On: false }, "hub"]);
    await hub.publish(hub.context.deviceUdf, { CommandEpoch: "first", Updated: dateTime(systemClock.now() - 3_600_000) });
    const silent = (await laptop.json("device", "list")).devices.find(({ localName }: { localName: string }) => localName === "kitchen light");
    assert.is(silent.status, "Unknown");
    await hub.publish(hub.context.deviceUdf, { CommandEpoch: "first" });
  });

  it("signs again when the hub has restarted", async () => {
    const saying = laptop.json("device", "say", "turn", "off", "the", "kitchen", "light");
    const request = await hub.nextCommand();
    await hub.answer(request, "Expired", { report: "ERR_COMMAND_EXPIRED: the hub has started again since the command was signed" });
    await hub.publish(hub.context.deviceUdf, { CommandEpoch: "second" });
    const again = await hub.nextCommand();
    assert.is(again.CommandEpoch, "second");
    assert.is.not(again.MessageId, request.MessageId);
    await hub.answer(again, "Accept", { values: off });
    assert.equal((await saying).devices[0].values, { On: false });
  });

  it("commands all at once, and tells each outcome", async () => {
    const saying = laptop.run(["device", "say", "turn on all lights", "--json"]);
    const first = await hub.nextCommand();
    const second = await hub.nextCommand();
    await hub.answer(first, "Accept", { values: on });
    await hub.answer(second, "Reject", { report: "ERR_DEVICE_OFFLINE: no answer from the device" });
    const { status, stdout } = await saying;
    const { success, devices } = JSON.parse(stdout);
    assert.equal([status, success], [69, false]);
    const refused = devices.find(({ deviceUdf }: { deviceUdf: string }) => deviceUdf === second.DeviceUdf);
    assert.equal([refused.result, refused.error.code], ["Reject", "ERR_DEVICE_OFFLINE"]);
  });

  it("asks back instead of guessing", async () => {
    await desk.does("device", "name", "bedside", "reading light", "--alias", "lamp");
    await desk.does("device", "name", "kitchen light", "--alias", "lamp");
    const { status, stdout, stderr } = await laptop.run(["device", "say", "turn on the lamp", "--json"]);
    assert.equal([status, stderr], [64, ""]);
    const { error } = JSON.parse(stdout);
    assert.is(error.code, "ERR_AMBIGUOUS");
    assert.equal(error.detail.candidates.map(({ localName }: { localName: string }) => localName).sort(), ["kitchen light", "reading light"]);
    assert.match(await laptop.fails(65, "device", "say", "turn on the toaster"), /toaster/);
  });

  it("tells what is known when the hub does not answer in time", async () => {
    const told = await laptop.run(["device", "say", "turn on the kitchen light", "--wait", "2"]);
    assert.is(told.status, 75);
    assert.match(told.stderr, /no answer from the hub of kitchen light: the hub reported last at 20/);
    assert.match(told.stderr, /hint: .*will not be carried out later/);
  });

  it("needs the role command", async () => {
    const tablet = machine(join(root, "tablet"), service.url);
    const { uri } = await desk.json("account", "pin", "--role", "web");
    await tablet.does("device", "request", uri, "--name", "tablet");
    await desk.does("account", "sync");
    await tablet.does("device", "complete", "--wait", "5");
    assert.match(await tablet.fails(77, "device", "say", "turn on the kitchen light"), /role command/);
  });

  it("releases a device under a new code", async () => {
    const released = await desk.json("device", "release", "reading light", "--yes");
    assert.match(released.uri, /^mcu:\/\/alice@example\.com\/E/);
    assert.is.not(released.uri, bulbs[1]!.uri);
    assert.match(await desk.does("device", "list"), /^reading light\t.*\tbeing released\t/m);
  });

  it("says which devices wait for the next hub", async () => {
    const { stdout, stderr } = await desk.run(["device", "delete", "hub", "--yes"]);
    assert.is(fieldOf(stdout, "Device UDF"), hub.context.deviceUdf);
    assert.match(stderr, /wait for the next hub, without a new scan: .*kitchen light/);
    assert.match(await desk.does("device", "list"), /^kitchen light\t.*\twaits for a hub\t/m);
    assert.match((await laptop.run(["device", "say", "turn on the kitchen light"])).stderr, /has no hub/);
  });
});
