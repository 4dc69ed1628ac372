/** The whole hub: a light process is connected through its interface, answers to its name, is commanded from afar, and a killed hub goes on. */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { completeConnection, issuePin, messageEnvelope, requestConnection } from "../../src/account/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { dateTime } from "../../src/base/clock.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { envelopeId, newNonce, parseConnectUri, responseId } from "../../src/crypto/index.ts";
import { HubDaemon } from "../../src/hub/daemon.ts";
import {
  type CatalogedState,
  DevicePreconfigurationPrivate,
  openObject,
  publicKeyOf,
  RequestCommand,
  RespondCommand,
  stateCatalog,
} from "../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { gather } from "../kit/gather.ts";
import { ports } from "../kit/household.ts";
import type { World } from "../kit/hub.ts";
import { startWorld } from "../kit/hub.ts";

describe("hub daemon", (it) => {
  let world: World;
  let stateDir = "";
  it.before(async () => {
    world = await startWorld();
    stateDir = join(world.dir, "state");
    mkdirSync(join(stateDir, "account"), { recursive: true, mode: 0o700 });
    const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
    const { account, code } = parseConnectUri(uri);
    const dir = join(stateDir, "account");
    await requestConnection({ dir, address: account, pin: code, serviceUrl: world.household.service.url, ports });
    const context = await completeConnection({ dir, waitSeconds: 10, ports });
    await context.close();
  });
  it.after(() => world.stop());

  const configOf = (flags: Record<string, unknown> = {}) => {
    const fixed = { stateDir, "mqtt.host": "127.0.0.1", "mqtt.port": 0, "tcp.enabled": false, "mdns.announce": false, "onboarding.findSeconds": 10 };
    return loadConfig({ file: undefined, env: {}, cwd: world.dir, flags: { ...fixed, ...flags } }).config;
  };
  const daemonOf = (flags: Record<string, unknown> = {}): HubDaemon => new HubDaemon({ config: configOf(flags), ports, env: {} });
  const client = () => hubClient({ socket: join(stateDir, "hub.sock"), startWith: "mesh-hub run" });

  it(
    "connects a light by its code, does what is said, reports into the account, and obeys from afar",
    async () => {
      const daemon = daemonOf();
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { mqttPort } = await client().status();
      const made = await world.preconfigure();
      const imageDir = join(world.dir, "image");
      mkdirSync(imageDir);
      writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      const light: VirtualDevice = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir });
      onCleanup(async () => void (await light.stop()));

      const seen: string[] = [];
      for await (const line of client().onboard({ uri: made.uri, name: "sentinel kitchen lantern", place: "kitchen" })) {
        assert.is.not(line.state, "failed", line.message);
        if (line.state === "done") seen.push(line.step);
      }
      assert.is(seen.at(-1), "register");
      await eventually("the name is known", () =>
        daemon.hub.devices().some(({ name, status }) => name === "sentinel kitchen lantern" && status === "Online"),
      );
      const devices = await client().devices();
      assert.equal(devices[0]?.place, ["kitchen"]);
      const on = await client().say({ text: "turn on the sentinel kitchen lantern" });
      assert.is(on.text, "sentinel kitchen lantern is on");

      const reported = async (): Promise<CatalogedState | undefined> => {
        await world.alice.sync({ stores: ["MMM_State"] });
        return world.alice.get(stateCatalog, made.deviceUdf);
      };
      const isOn = (state: CatalogedState | undefined): unknown => state?.Reported?.Values.find(({ Name }) => Name === "On")?.Value;
      await until(async () => isOn(await reported()) === true);

      const hubUdf = daemon.hub.status().hubUdf;
      const phone = await world.household.join(world.alice, "phone", ["device", "command"]);
      await phone.sync();
      const epoch = phone.get(stateCatalog, hubUdf)?.CommandEpoch ?? "";
      const request: RequestCommand = {
        MessageId: newNonce(ports.random),
        Sender: phone.deviceUdf,
        HubUdf: hubUdf,
        DeviceUdf: made.deviceUdf,
        Command: "Set",
        Arguments: [{ Name: "On", Value: false }],
        Expires: dateTime(ports.clock.now() + 60_000),
        CommandEpoch: epoch,
      };
      const hub = phone.directory.find(hubUdf);
      if (!hub) throw new Error("the hub is not in the directory");
      const envelope = messageEnvelope({
        struct: RequestCommand,
        value: request,
        signer: phone.keys.signature,
        recipients: [publicKeyOf(hub.connection.Encryption)],
        ports,
      });
      await phone.transact({ messages: [{ spool: "MMM_Command", envelope }] });
      const wanted = envelopeId(responseId(request.MessageId));
      await until(async () => {
        await phone.sync({ stores: ["MMM_Command"] });
        return (await gather(phone.messages("MMM_Command"))).some((message) => message.envelopeId === wanted);
      });
      const answer = (await gather(phone.messages("MMM_Command"))).find((message) => message.envelopeId === wanted);
      const respond = answer && openObject(RespondCommand, answer.envelope, [phone.keys.encryption], [hub.signature]);
      assert.is(respond?.Result, "Accept", respond?.ErrorReport);
      await until(async () => isOn(await reported()) === false);

      const before = (await reported())?.Sequence ?? 0;
      await daemon.stop();
      const again = daemonOf({ "mqtt.port": mqttPort });
      await again.start();
      onCleanup(() => again.stop());
      assert.is(again.hub.devices()[0]?.restored, true, "values of before the start are marked");
      await until(async () => again.hub.devices()[0]?.status === "Online", 20_000);
      const off = await client().say({ text: "set the sentinel kitchen lantern to 40 percent" });
      assert.is(off.text, "sentinel kitchen lantern is on, brightness 40 %");
      await until(async () => ((await reported())?.Sequence ?? 0) > before);

      const searched = join(world.household.dir, "service");
      const files = readdirSync(searched, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
      assert.ok(files.length > 5);
      for (const file of files) assert.not(readFileSync(join(file.parentPath, file.name)).includes("sentinel"), file.name);
      assert.is(statSync(stateDir).mode & 0o777, 0o700);
    },
    { timeoutMs: 90_000 },
  );

  it("starts without the service and says so; the house works", async () => {
    const daemon = daemonOf({ "account.service.url": "http://127.0.0.1:9" });
    await daemon.start();
    onCleanup(() => daemon.stop());
    await until(async () => daemon.hub.status().service.reachable === false);
    assert.ok(daemon.hub.status().media.every(({ state }) => state === "up"));
    const start = ports.clock.monotonic();
    await daemon.stop();
    assert.ok(ports.clock.monotonic() - start < 5000, "it stops in time with the service away");
  });

  it("refuses a second hub on the same directory, a port that is taken, and a directory without an account", async () => {
    const daemon = daemonOf();
    await daemon.start();
    onCleanup(() => daemon.stop());
    await throwsMesh(daemonOf().start(), "ERR_LOCKED");
    await daemon.stop();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onCleanup(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const error = await throwsMesh(daemonOf({ "mqtt.port": port }).start(), "ERR_CONFIG");
    assert.match(error.message, new RegExp(String(port)));
    const empty = await throwsMesh(daemonOf({ stateDir: tempDirectory() }).start(), "ERR_NO_ACCOUNT");
    assert.match(empty.hint, /mesh-hub init/);
  });
});

async function until(test: () => Promise<boolean>, timeMs = 10_000): Promise<void> {
  const end = ports.clock.monotonic() + timeMs;
  while (!(await test())) {
    if (ports.clock.monotonic() > end) throw new Error(`not within ${timeMs} ms`);
    await ports.clock.sleep(50);
  }
}
