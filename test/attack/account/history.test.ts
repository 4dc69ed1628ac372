/**
 * A service that plays with time: two histories for two devices, yesterday's files, silence, messages once more, requests at another host. The hub is
 * the whole daemon with a light that is a process; the owner's devices speak as meshman does.
 */

import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { loadIdentity } from "../../../src/account/context/device-identity.ts";
import type { CommandOrder } from "../../../src/account/index.ts";
import { AccountContext, addPlace, completeConnection, issuePin, requestConnection, sendCommands } from "../../../src/account/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { parseConnectUri } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { decodeContentMeta } from "../../../src/dare/index.ts";
import { HubDaemon } from "../../../src/hub/daemon.ts";
import { packet, packetKind } from "../../../src/protocol/index.ts";
import { DevicePreconfigurationPrivate, placeCatalog, RequestCommand, stateCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { World } from "../../kit/hub.ts";
import { pump, startWorld } from "../../kit/hub.ts";
import type { HostileService } from "./hostile-service.ts";
import { startHostile } from "./hostile-service.ts";

const address = "alice@example.com";

describe("attack: a service that plays with time", (it) => {
  let world: World;
  let evil: HostileService;
  let daemon: HubDaemon;
  let light: VirtualDevice;
  let phone: AccountContext;
  let order: CommandOrder;
  let mqttPort = 0;
  let stateDir = "";

  const startDaemon = async (): Promise<HubDaemon> => {
    const flags = {
      stateDir,
      "mqtt.host": "127.0.0.1",
      "mqtt.port": mqttPort,
      "tcp.enabled": false,
      "mdns.announce": false,
      "onboarding.findSeconds": 10,
    };
    const { config } = loadConfig({ file: undefined, env: {}, cwd: world.dir, flags });
    const started = new HubDaemon({ config, ports, env: {} });
    await started.start();
    return started;
  };
  const isOn = async (): Promise<unknown> => ((await light.status()).values as { On?: unknown }).On;
  const alarm = (): string => daemon.hub.status().service.alarm ?? "";

  it.before(async () => {
    world = await startWorld(async (dir) => {
      evil = await startHostile(dir);
      return { url: evil.url, stop: () => evil.stop() };
    });
    stateDir = join(world.dir, "state");
    const dir = join(stateDir, "account");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
    const { account, code } = parseConnectUri(uri);
    await requestConnection({ dir, address: account, pin: code, serviceUrl: evil.url, ports });
    await (await completeConnection({ dir, waitSeconds: 10, ports })).close();
    daemon = await startDaemon();
    mqttPort = daemon.hub.status().mqttPort ?? 0;
    const made = await world.preconfigure();
    const imageDir = join(world.dir, "image");
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    light = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir });
    const client = hubClient({ socket: join(stateDir, "hub.sock"), startWith: "mesh-hub run" });
    for await (const line of client.onboard({ uri: made.uri, name: "lamp" })) {
      if (line.state === "failed") throw new Error(line.message);
    }
    phone = await world.household.join(world.alice, "phone", ["admin", "command"]);
    await phone.sync();
    order = { deviceUdf: made.deviceUdf, class: "light", command: "Set", arguments: [{ Name: "On", Value: true }] };
    await eventually("online", () => daemon.hub.devices().some(({ status }) => status === "Online"));
    await world.agent(false);
  });
  it.after(async () => {
    await light.stop();
    await daemon.stop();
    await world.stop();
  });

  it(
    "delivers a command once more: at once, after a reboot, and after a reboot that lost the journal",
    async () => {
      await phone.sync();
      const [done] = await sendCommands(phone, [order], { seconds: 20 });
      assert.is(done?.result, "Accept", done?.error?.message);
      assert.is(await isOn(), true);
      await light.send("switch off");
      assert.is(await isOn(), false);
      const old = (await evil.messages(address, "MMM_Command")).filter(
        (message) => decodeContentMeta(message.header.ContentMetaData).MessageType === RequestCommand.tag,
      );
      assert.ok(old.length > 0);
      const again = async (): Promise<void> => {
        await evil.inject(address, "MMM_Command", old);
        const count = (await evil.frames(address, "MMM_Command")).length;
        await phone.sync();
        // The hub may have refused one of them by now, which is a message more.
        assert.ok(phone.spoolCount("MMM_Command") >= count);
        // A command of today behind the old ones shows that they have been judged.
        const [judged] = await sendCommands(phone, [{ ...order, command: "Identify", arguments: [] }], { seconds: 20 });
        assert.ok(judged?.result === "Accept" || judged?.error?.code === "ERR_COMMAND", judged?.error?.message);
        assert.is(await isOn(), false);
      };
      await again();
      await daemon.stop();
      daemon = await startDaemon();
      await eventually("online", () => daemon.hub.devices().some(({ status }) => status === "Online"), 20_000);
      const epoch = phone.get(stateCatalog, daemon.hub.status().hubUdf)?.CommandEpoch;
      for (let turn = 0; turn < 200; turn++) {
        await phone.sync();
        if (phone.get(stateCatalog, daemon.hub.status().hubUdf)?.CommandEpoch !== epoch) break;
        await ports.clock.sleep(25);
      }
      await again();
      await daemon.stop();
      rmSync(join(stateDir, "state", "command.journal"));
      daemon = await startDaemon();
      await eventually("online", () => daemon.hub.devices().some(({ status }) => status === "Online"), 20_000);
      await again();
    },
    { timeoutMs: 90_000 },
  );

  it("answers a recorded request with nothing new, at its own host and at another one", async () => {
    const before = await evil.frames(address, "MMM_Place");
    const from = evil.wire.length;
    const first = evil.opened;
    await addPlace(world.alice, { name: "recorded" });
    const requests = evil.wire.slice(from).filter((body) => body[0] === packetKind.request);
    assert.ok(requests.length > 0);
    const after = (await evil.frames(address, "MMM_Place")).length;
    assert.ok(after > before.length);
    // The other host has the service's keys and stores.
    const otherDir = join(world.dir, "other-host");
    cpSync(join(world.household.dir, "service"), otherDir, { recursive: true });
    const other = await startHostile(otherDir);
    onCleanup(() => other.stop());
    const counts = async (host: HostileService): Promise<number[]> =>
      Promise.all(
        (["MMM_Place", "MMM_Device", "MMM_Command", "MMM_Inbound"] as const).map(async (label) => (await host.frames(address, label)).length),
      );
    for (const host of [evil, other]) {
      const untouched = await counts(host);
      for (const body of requests) {
        const answer = await fetch(`${host.url}/.well-known/mmm`, {
          method: "POST",
          headers: { "content-type": "application/octet-stream" },
          body: new Uint8Array(body),
        });
        const octets = new Uint8Array(await answer.arrayBuffer());
        if (host === other) assert.equal(octets, packet(packetKind.again), "the other host wants a handshake");
        else assert.match(new TextDecoder().decode(octets), /ERR_REPLAY/);
      }
      assert.equal(await counts(host), untouched);
    }
    // A host that has the ticket key and has not seen the counter runs it: the write is known by its RequestId and not made again.
    const untouched = await counts(evil);
    const last = evil.opened;
    const answers = await evil.redo(first);
    assert.ok(answers.length > 0 && last > first);
    assert.equal(await counts(evil), untouched);
    await world.alice.sync();
    assert.is(world.alice.list(placeCatalog).filter(({ value }) => value.LocalName === "recorded").length, 1);
  });

  it(
    "keeps a hub from hearing: the sender is told since when it is silent, and nothing is done later",
    async () => {
      await phone.sync();
      const frozen = await evil.frames(address, "MMM_Command");
      const udf = (await loadIdentity(join(stateDir, "account")))?.base.link448.public.udf;
      assert.ok(udf);
      evil.malice.status = (answer, linkUdf) =>
        linkUdf === udf
          ? {
              ...answer,
              ContainerStatus: answer.ContainerStatus.map((status) => {
                const digest = frozen.at(-1)?.trailer?.TreeDigest;
                return status.Container === "MMM_Command" && digest ? { ...status, Index: frozen.length, Digest: digest } : status;
              }),
            }
          : answer;
      const [silent] = await sendCommands(phone, [order], { seconds: 3 });
      assert.is(silent?.result, "None");
      assert.is(silent?.error?.code, "ERR_TIMEOUT");
      assert.match(silent?.error?.message ?? "", /no answer from the hub of lamp: the hub reported last at \d{4}-/);
      assert.match(silent?.error?.hint ?? "", /will not be carried out later/);
      evil.malice.status = undefined;
      await ports.clock.sleep(1500);
      const [now] = await sendCommands(phone, [{ ...order, arguments: [{ Name: "Brightness", Value: 40 }] }], { seconds: 20 });
      assert.is(now?.result, "Accept", now?.error?.message);
      assert.is(await isOn(), false, "the expired command was not carried out");
    },
    { timeoutMs: 60_000 },
  );

  it(
    "keeps a store from one device: named when the hub's answer shows that there is more",
    async () => {
      await phone.sync();
      const link = phone.identity.base.link448.public.udf;
      const frozen = await evil.frames(address, "MMM_Place");
      const digest = frozen.at(-1)?.trailer?.TreeDigest;
      assert.ok(digest);
      evil.malice.status = (answer, linkUdf) =>
        linkUdf === link
          ? {
              ...answer,
              ContainerStatus: answer.ContainerStatus.map((status) =>
                status.Container === "MMM_Place" ? { ...status, Index: frozen.length, Digest: digest } : status,
              ),
            }
          : answer;
      await addPlace(world.alice, { name: "hidden" });
      await eventually("the hub has seen it", () => daemon.hub.status().service.reachable === true);
      await ports.clock.sleep(500);
      const error = await throwsMesh(
        sendCommands(phone, [{ ...order, arguments: [{ Name: "Brightness", Value: 41 }] }], { seconds: 10 }),
        "ERR_ROLLBACK",
      );
      assert.match(error.message, /another device has seen \d+ frames of MMM_Place/);
      assert.match(error.hint, /do not trust it/);
      evil.malice.status = undefined;
      await phone.sync();
    },
    { timeoutMs: 30_000 },
  );

  it(
    "keeps a store from the hub: the hub names it when a command shows that there is more, and does nothing",
    async () => {
      const udf = (await loadIdentity(join(stateDir, "account")))?.base.link448.public.udf;
      const frozen = await evil.frames(address, "MMM_Place");
      const Digest = frozen.at(-1)?.trailer?.TreeDigest;
      assert.ok(udf && Digest);
      const kept = { Container: "MMM_Place", Index: frozen.length, Digest } as const;
      evil.malice.status = (answer, linkUdf) =>
        linkUdf === udf ? { ...answer, ContainerStatus: answer.ContainerStatus.map((one) => (one.Container === "MMM_Place" ? kept : one)) } : answer;
      await addPlace(world.alice, { name: "hidden from the hub" });
      await phone.sync();
      const before = await isOn();
      const [said] = await sendCommands(phone, [{ ...order, arguments: [{ Name: "On", Value: before !== true }] }], { seconds: 15 });
      assert.is(said?.result, "Reject");
      assert.is(await isOn(), before);
      await eventually("the hub names it", () => /^ERR_ROLLBACK: another device has seen \d+ frames of MMM_Place/.test(alarm()));
      evil.malice.status = undefined;
      await eventually("the hub goes on", () => daemon.hub.status().service.reachable === true, 20_000);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "shows two histories: the hub and the phone name the fork at their next contact, and the command is not carried out",
    async () => {
      await phone.sync();
      const otherDir = join(world.dir, "second-history");
      cpSync(join(world.household.dir, "service"), otherDir, { recursive: true });
      const other = await startHostile(otherDir);
      onCleanup(() => other.stop());
      const phoneDir = join(world.dir, "forked-phone");
      cpSync(phone.dir, phoneDir, { recursive: true });
      const forked = await AccountContext.open({ dir: phoneDir, ports, serviceUrl: other.url });
      onCleanup(() => forked.close());
      // Both write the same place in the store; each sees only its own.
      await addPlace(world.alice, { name: "attic" });
      await addPlace(forked, { name: "cellar" });
      await forked.sync();
      const known = new Set([...(await evil.messages(address, "MMM_Command")), ...(await other.messages(address, "MMM_Command"))].map(idOf));
      const carrier = pump(async () => {
        for (const [from, to] of [
          [other, evil],
          [evil, other],
        ] as const) {
          const fresh = (await from.messages(address, "MMM_Command")).filter((message) => !known.has(idOf(message)));
          for (const message of fresh) known.add(idOf(message));
          if (fresh.length > 0) await to.inject(address, "MMM_Command", fresh);
        }
      });
      onCleanup(() => carrier.stop());
      const before = await isOn();
      const error = await throwsMesh(
        sendCommands(forked, [{ ...order, arguments: [{ Name: "On", Value: before !== true }] }], { seconds: 15 }),
        "ERR_FORK",
      );
      assert.match(error.message, /two histories/);
      assert.match(error.hint, /stop using it and compare/);
      assert.is(await isOn(), before);
      assert.match(alarm(), /^ERR_FORK: /);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "serves yesterday's files: laptop and hub name the rollback, write nothing over it, and go on when today is back",
    async () => {
      const service = join(world.household.dir, "service");
      const yesterday = join(world.dir, "yesterday");
      const port = Number(new URL(evil.url).port);
      await phone.sync();
      await evil.stop();
      cpSync(service, yesterday, { recursive: true });
      evil = await startHostile(service, port);
      await addPlace(world.alice, { name: "today" });
      await phone.sync();
      await eventually("the hub is in step", () => daemon.hub.status().service.reachable === true, 20_000);
      await ports.clock.sleep(1500);
      await evil.stop();
      renameSync(service, join(world.dir, "today"));
      cpSync(yesterday, service, { recursive: true });
      evil = await startHostile(service, port);
      const frames = (await evil.frames(address, "MMM_Place")).length;
      for (const victim of [phone, world.alice]) {
        const error = await throwsMesh(victim.sync(), "ERR_ROLLBACK");
        assert.match(error.message, /the service has \d+ frames of MMM_\w+, this device has seen \d+/);
        await throwsMesh(addPlace(victim, { name: "over it" }), "ERR_ROLLBACK");
      }
      await eventually("the hub names it", () => /^ERR_ROLLBACK: /.test(alarm()), 30_000);
      assert.is((await evil.frames(address, "MMM_Place")).length, frames);
      await evil.stop();
      rmSync(service, { recursive: true });
      renameSync(join(world.dir, "today"), service);
      evil = await startHostile(service, port);
      await phone.sync();
      await addPlace(phone, { name: "after all" });
      await eventually("the hub goes on", () => daemon.hub.status().service.reachable === true, 30_000);
      assert.match(alarm(), /^ERR_ROLLBACK: /, "what it did stays on show");
      await daemon.stop();
      daemon = await startDaemon();
      assert.match(alarm(), /^ERR_ROLLBACK: /, "also over a restart");
      assert.match((await daemon.hub.clearAlarm()).cleared ?? "", /^ERR_ROLLBACK: /);
      assert.is(alarm(), "");
    },
    { timeoutMs: 120_000 },
  );
});

function idOf(message: DareEnvelope): string {
  return message.header.EnvelopeId ?? "";
}
