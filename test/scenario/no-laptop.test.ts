/**
 * Alice's laptop is off. Her phone and the service together connect a bulb by her hub, within what the laptop granted; the bulb obeys. Stopped by her
 * tablet it connects nothing; beyond the limits neither; and when the laptop is on again it deals the bulb's keys anew. Every program is a process.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bulb } from "../../src/app/demo/bulb.ts";
import { startBulb } from "../../src/app/demo/bulb.ts";
import { Cast } from "../../src/app/demo/cast.ts";
import type { Scene } from "../../src/app/demo/scene.ts";
import { makeScene, startHub, startService } from "../../src/app/demo/scene.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";

// biome-ignore lint/suspicious/noExplicitAny: documents of any shape
type Document = any;

describe("scenario: no laptop on", (it) => {
  let cast: Cast;
  let scene: Scene;
  let split: string;
  let lamp: Bulb;
  const powered: Bulb[] = [];

  const words = (home: string, args: readonly string[]): readonly string[] => ["--dir", scene.home(home), "--service", scene.serviceUrl, ...args];
  const meshman = (home: string, ...args: readonly string[]): Promise<Document> => cast.ask("meshman", words(home, args));
  const refused = async (home: string, ...args: readonly string[]): Promise<string> => {
    const { status, stderr, stdout } = await cast.run("meshman", words(home, args));
    assert.is.not(status, 0, `${args.join(" ")}: ${stdout}`);
    assert.match(stderr, /^error: .+\nhint: .+$/m);
    return stderr;
  };
  const makes = async (kind: string, count: number): Promise<readonly string[]> => {
    const out = scene.home(kind);
    await meshman("maker", "device", "preconfig", "--class", kind, "--count", String(count), "--out", out);
    return readdirSync(out)
      .sort()
      .map((name) => join(out, name));
  };
  const code = (folder: string): string => readFileSync(join(folder, "code.txt"), "utf8").trim();
  const powers = async (folder: string): Promise<Bulb> => {
    const bulb = await startBulb({ folder, brokerPort: scene.brokerPort });
    powered.push(bulb);
    return bulb;
  };
  const joins = async (name: string, role: string): Promise<void> => {
    const { uri } = await meshman("laptop", "account", "pin", "--role", role, "--name", name);
    await meshman(name, "device", "join", uri);
    await meshman("laptop", "account", "sync");
    await meshman(name, "device", "complete", "--wait", "60s");
  };
  const states = async (home: string): Promise<readonly string[]> =>
    (await meshman(home, "admin", "list")).splits.map(({ state }: { state: string }) => state);
  const listed = async (home: string, udf: string): Promise<Document> =>
    (await meshman(home, "device", "list")).devices.find((one: { deviceUdf: string }) => one.deviceUdf === udf);

  it.before(async () => {
    cast = new Cast(join(tempDirectory(), "house"));
    scene = await makeScene(cast);
    await startService(scene);
    await meshman("maker", "account", "create", "maker@example.com");
    await meshman("laptop", "account", "create", "alice@example.com", "--name", "laptop");
    const { uri } = await meshman("laptop", "account", "pin", "--role", "hub", "--name", "hub");
    const init = cast.run("mesh-hub", ["init", ...scene.hubArgs, "--state-dir", scene.hubDir, "--service", scene.serviceUrl, "--pin", uri]);
    await eventually("the hub has joined", async () => {
      await meshman("laptop", "account", "sync");
      return (await meshman("laptop", "device", "list")).devices.length === 2;
    });
    assert.is((await init).status, 0);
    await joins("phone", "device,command");
    await joins("tablet", "device");
    await startHub(scene);
  });
  it.after(async () => {
    for (const { device } of powered) await device.stop();
    await cast.end();
  });

  it(
    "grants the phone half of a key, within limits that everybody sees, and refuses what may not be granted",
    async () => {
      assert.match(await refused("phone", "device", "connect", "mcu://maker@example.com/EAAA"), /code|administrator/);
      for (const wrong of [
        ["--class", "lock"],
        ["--class", "light,siren"],
        ["--class", "nothing"],
      ]) {
        assert.match(await refused("laptop", "admin", "split", "phone", "--hub", "hub", ...wrong), /can do harm, or nobody knows/);
      }
      assert.match(await refused("laptop", "admin", "split", "hub", "--hub", "hub", "--class", "light"), /a hub gets no half/);
      assert.match(await refused("phone", "admin", "split", "tablet", "--hub", "hub", "--class", "light"), /no administrator/);
      const granted = await meshman("laptop", "admin", "split", "phone", "--hub", "hub", "--class", "light", "--count", "2", "--until", "2d");
      split = granted.split;
      for (const home of ["laptop", "phone", "tablet"]) {
        const { splits } = await meshman(home, "admin", "list");
        assert.equal([splits[0].split, splits[0].state, splits[0].left, splits[0].classes], [split, "open", 2, ["light"]], home);
      }
    },
    { timeoutMs: 300_000 },
  );

  it(
    "connects a bulb by the phone alone, with no administration device on; it obeys, and every machine lists it",
    async () => {
      const [folder = ""] = await makes("light", 3);
      lamp = await powers(folder);
      const connected = await meshman("phone", "device", "connect", join(folder, "code.png"), "lamp");
      assert.is(connected.deviceUdf, lamp.udf);
      const said = await meshman("phone", "device", "say", "turn on the lamp");
      assert.is(said.devices[0].result, "Accept");
      assert.is((await lamp.values()).On, true);
      assert.is((await listed("tablet", lamp.udf)).localName, "lamp");
      assert.is((await meshman("phone", "admin", "list")).splits[0].left, 1);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "connects nothing twice: of a bulb that is connected the phone says so, no number is used, and the bulb obeys as before",
    async () => {
      const [folder = ""] = readdirSync(scene.home("light"))
        .sort()
        .map((name) => join(scene.home("light"), name));
      assert.match(await refused("phone", "device", "connect", code(folder), "spare"), /lamp is connected already: nothing was changed/);
      assert.is((await meshman("phone", "admin", "list")).splits[0].left, 1);
      const said = await meshman("phone", "device", "say", "turn off the lamp");
      assert.is(said.devices[0].result, "Accept");
      assert.is((await lamp.values()).On, false);
      assert.is((await meshman("tablet", "device", "list")).devices.filter((one: Document) => one.deviceUdf === lamp.udf).length, 1);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "connects no sensor: the phone says which limit, and neither the hub nor the sensor has anything",
    async () => {
      const [folder = ""] = await makes("sensor", 1);
      const sensor = await powers(folder);
      assert.match(await refused("phone", "device", "connect", code(folder), "door"), /does not connect devices of class "sensor": it is for light/);
      assert.is((await sensor.device.status()).linked, false);
      assert.is((await meshman("phone", "admin", "list")).splits[0].left, 1);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "connects nothing while the tablet has stopped it, says so, and is thawed by the laptop alone",
    async () => {
      const folder = readdirSync(scene.home("light"))
        .sort()
        .map((name) => join(scene.home("light"), name))[1]!;
      const bulb = await powers(folder);
      const another = await meshman("laptop", "admin", "split", "phone", "--hub", "hub", "--class", "light", "--count", "1", "--until", "2d");
      const frozen = await meshman("tablet", "admin", "freeze", "phone");
      const both = [split, another.split].sort();
      assert.equal(
        frozen.splits.map((one: Document) => `${one.split} ${one.state}`).sort(),
        both.map((id) => `${id} frozen`),
      );
      assert.equal(await states("phone"), ["frozen", "frozen"]);
      const ended = await meshman("laptop", "admin", "revoke", another.split.slice(0, 4), "--yes");
      assert.equal(ended.splits, [{ split: another.split, state: "ended", connected: 0 }]);
      assert.match(await refused("tablet", "admin", "freeze", "NX"), /no split begins with "NX".*\nhint: type at least 4 characters/);
      assert.match(await refused("phone", "device", "connect", code(folder), "second"), /the split is frozen by tablet/);
      assert.match(await refused("phone", "admin", "thaw", split), /no administrator/);
      await meshman("laptop", "admin", "thaw", split);
      const { deviceUdf } = await meshman("phone", "device", "connect", code(folder), "second");
      assert.is(deviceUdf, bulb.udf);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "connects no third: all its numbers are used",
    async () => {
      const folder = readdirSync(scene.home("light"))
        .sort()
        .map((name) => join(scene.home("light"), name))[2]!;
      await powers(folder);
      assert.match(await refused("phone", "device", "connect", code(folder), "third"), /for 2 devices, and all its numbers are used/);
      assert.equal([...(await states("tablet"))].sort(), ["ended", "over"]);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "is taken over by the laptop when it is on again: dealt anew, and it obeys as before; revoked, it stays connected",
    async () => {
      const before = (await lamp.device.status()).dealEpoch as number;
      const { status, stderr } = await cast.run("meshman", words("laptop", ["account", "sync"]));
      assert.is(status, 0, stderr);
      assert.not.match(stderr, /refused/);
      await eventually("the lamp has met the laptop's deal", async () => ((await lamp.device.status()).dealEpoch as number) > before);
      await eventually("the laptop has its word", async () => {
        await meshman("laptop", "account", "sync");
        return (await listed("laptop", lamp.udf)).status === "Online";
      });
      const { splits } = await meshman("laptop", "admin", "revoke", "phone", "--yes");
      assert.equal(splits, [{ split, state: "ended", connected: 2 }]);
      const said = await meshman("phone", "device", "say", "turn off the lamp");
      assert.is(said.devices[0].result, "Accept");
      assert.is((await lamp.values()).On, false);
      assert.match(
        await refused("phone", "device", "connect", code(join(scene.home("light"), lamp.udf)), "again"),
        /an administrator has ended the split/,
      );
    },
    { timeoutMs: 300_000 },
  );
});
