/** `mesh-hub config set` beside a hub that runs and takes in what it can, and without one. */
import { chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { type HubConfig, loadConfig } from "../../../src/config/index.ts";
import { ConfigInForce } from "../../../src/hub/config-in-force.ts";
import type { HubFacade } from "../../../src/hub/routes/facade.ts";
import { assert, describe, skipUnless, tempDirectory } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";
import { scriptedHouse } from "../../kit/scripted-hub.ts";

/** A hub of a directory, and what of speech it was given. */
async function hubThatReads(change: Partial<HubFacade> = {}) {
  const spoken: HubConfig["speech"][] = [];
  const places: HubConfig["house"][] = [];
  const takeSpeech = async (speech: HubConfig["speech"]): Promise<void> => {
    if (speech.recogniser === "wyoming" && speech.recogniserUrl === undefined) throw new MeshError("ERR_CONFIG", "recogniserUrl is missing");
    spoken.push(speech);
  };
  let inForce: ConfigInForce | undefined;
  const dir: string = await withHub(change, {}, {}, { reload: () => (inForce as ConfigInForce).reload() });
  const file = join(dir, "hub.config.json");
  const read = (): HubConfig => loadConfig({ file, env: {}, cwd: dir }).config;
  inForce = new ConfigInForce({ config: read(), read, takeSpeech, takeHouse: (house) => void places.push(house), log: silentLog });
  return { dir, file, spoken, places, inForce };
}

describe("mesh-hub config set", (it) => {
  it("writes the value where people have written others, and a hub that runs goes by it from then on", async () => {
    const { dir, file, spoken, inForce } = await hubThatReads();
    writeFileSync(file, '{\n  // mine\n  "stateDir": "."\n}\n', { mode: 0o640 });
    const { status, stdout, stderr } = await run(dir, ["config", "set", "speech.recogniser", "local"]);
    assert.equal([status, stdout, stderr], [0, 'speech.recogniser is "local"\n', "the hub has taken it in\n"]);
    assert.is(readFileSync(file, "utf8"), '{\n  "speech": { "recogniser": "local" },\n  // mine\n  "stateDir": "."\n}\n');
    assert.is(statSync(file).mode & 0o777, 0o644);
    assert.equal(
      spoken.map(({ recogniser }) => recogniser),
      ["local"],
    );
    assert.is(inForce.current.speech.recogniser, "local");
    assert.match((await run(dir, ["config", "set", "speech.recogniser", "local"])).stderr, /^the hub went by it before/);
    assert.is(spoken.length, 1);
  });

  it("names those that a hub which begins to hear does not hear well, as far as there is room, and what to do", async () => {
    const told = { doubts: Array.from({ length: 7 }, (_, at) => `"lamp ${at}" sounds like "lump ${at}"`), more: 5, remedies: ["rename it"] };
    const { dir } = await hubThatReads({ house: () => scriptedHouse({ namesInDoubt: async () => told }) });
    const { stderr } = await run(dir, ["config", "set", "speech.recogniser", "local"]);
    const [taken, ...lines] = stderr.trim().split("\n");
    assert.is(taken, "the hub has taken it in");
    assert.equal(lines, [
      ...told.doubts.slice(0, 5).map((doubt) => `note: ${doubt}`),
      "note: and 7 more, which 'mesh-hub doctor' lists",
      "hint: rename it",
    ]);
    assert.is((await run(dir, ["config", "set", "house.latitude", "40.4"])).stderr, "the hub has taken it in\n");
    const json = await run(dir, ["config", "set", "speech.recogniser", "off", "--json"]);
    assert.is((JSON.parse(json.stdout) as { notes: readonly string[] }).notes.length, 7);
  });

  it("tells a hub that runs where the house stands", async () => {
    const { dir, spoken, places, inForce } = await hubThatReads();
    for (const [key, value] of [
      ["house.latitude", "40.4"],
      ["house.longitude", "-3.7"],
    ] as const) {
      const { status, stderr } = await run(dir, ["config", "set", key, value]);
      assert.equal([status, stderr], [0, "the hub has taken it in\n"]);
    }
    assert.equal(places.at(-1), { latitude: 40.4, longitude: -3.7 });
    assert.equal(inForce.current.house, { latitude: 40.4, longitude: -3.7 });
    assert.equal(spoken, []);
  });

  it("says what waits for a restart, and what was changed before and waits, too", async () => {
    const { dir, file, inForce } = await hubThatReads();
    await run(dir, ["config", "set", "mqtt.port", "1884"]);
    const { stderr } = await run(dir, ["config", "set", "words.language", "de"]);
    const next = "next: end the hub, then 'mesh-hub run' or 'sudo systemctl start mesh-hub'";
    assert.is(stderr, `words.language waits until the hub is started again, as does mqtt.port\n${next}\n`);
    assert.equal(JSON.parse(readFileSync(file, "utf8")), { mqtt: { port: 1884 }, words: { language: "de" }, stateDir: "." });
    assert.is(inForce.current.mqtt.port, 1883);
  });

  it("leaves the file as it was where the value does not fit, or a hub that runs could not go by it", async () => {
    const { dir, file, inForce } = await hubThatReads();
    const before = readFileSync(file, "utf8");
    const refused = async (key: string, value: string): Promise<string> => {
      const { status, stderr } = await run(dir, ["config", "set", key, value]);
      assert.is.not(status, 0);
      assert.is(readFileSync(file, "utf8"), before);
      return stderr;
    };
    assert.match(await refused("speech.recogniser", "maybe"), /^error: speech.recogniser: .*\nhint: nothing was written\n$/);
    assert.match(await refused("speech.recognizer", "local"), /speech.recogniser/);
    assert.match(await refused("speech.recogniser", "wyoming"), /recogniserUrl is missing/);
    assert.is(inForce.current.speech.recogniser, "off");
  });

  it("says that it counts at the next start where no hub runs, and what counts in its place", async () => {
    const dir = tempDirectory();
    assert.match(
      (await run(dir, ["config", "set", "speech.recogniser", "local"])).stderr,
      /^error: there is no hub.config.json.*\nhint: 'mesh-hub init'/,
    );
    writeFileSync(join(dir, "hub.config.json"), '{ "stateDir": "." }');
    assert.is((await run(dir, ["config", "set", "speech.recogniser", "local"])).stderr, "no hub runs: it counts when one is started\n");
    const { stdout, stderr } = await run(dir, ["config", "set", "mqtt.port", "1885"], { env: { MESH_HUB_MQTT_PORT: "1886" } });
    assert.is(stdout, "mqtt.port is 1886\n");
    assert.match(stderr, /^warning: env MESH_HUB_MQTT_PORT counts, not .*hub.config.json\n/);
  });

  it("takes a house west of Greenwich", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "hub.config.json"), '{ "stateDir": "." }');
    const { status, stdout, stderr } = await run(dir, ["config", "set", "house.longitude", "-3.7"]);
    assert.equal([status, stdout, stderr], [0, "house.longitude is -3.7\n", "no hub runs: it counts when one is started\n"]);
  });

  it("leaves the file with whoever had it: a hub that is not root's must read it", async () => {
    skipUnless(process.getuid?.() === 0, "needs to be root");
    const dir = tempDirectory();
    const file = join(dir, "hub.config.json");
    writeFileSync(file, '{ "stateDir": "." }', { mode: 0o600 });
    chownSync(file, 12_345, 12_346);
    assert.is((await run(dir, ["config", "set", "speech.recogniser", "local"])).status, 0);
    const { uid, gid, mode } = statSync(file);
    assert.equal([uid, gid, mode & 0o777], [12_345, 12_346, 0o600]);
  });
});
