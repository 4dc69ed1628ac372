import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8 } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { parseCommentedJson } from "../../src/config/commented-json.ts";
import { checkConfig, describeConfig, envName, exampleConfig, loadConfig, readSecret } from "../../src/config/index.ts";
import { valueKeys } from "../../src/config/key-tree.ts";
import { nearest } from "../../src/config/nearest.ts";
import { generated } from "../harness/generate.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";

/** Loads a text as hub.config.json of a fresh directory. */
function load(text: string, env: Record<string, string> = {}, flags: Record<string, unknown> = {}) {
  const cwd = tempDirectory();
  writeFileSync(join(cwd, "hub.config.json"), text);
  return { ...loadConfig({ env, flags, cwd }), cwd };
}

async function fault(text: string, env: Record<string, string> = {}, flags: Record<string, unknown> = {}): Promise<string> {
  const error = await throwsMesh(() => load(text, env, flags), "ERR_CONFIG");
  return error.message.replace(/^\/.*hub\.config\.json/, "FILE");
}

describe("configuration", (it) => {
  it("has defaults for everything", () => {
    const cwd = tempDirectory();
    const { config, origins, file } = loadConfig({ env: {}, cwd });
    assert.is(file, undefined);
    assert.is(config.stateDir, "/var/lib/mesh-hub");
    assert.is(config.api.socket, "/var/lib/mesh-hub/hub.sock");
    assert.is(config.mqtt.port, 1883);
    assert.is(config.state.coalesceMs, 250);
    assert.equal([...new Set(Object.values(origins))], ["default"]);
  });

  it("takes file over default, environment over file, flag over environment", () => {
    const text = '{ "mqtt": { "port": 1, "host": "127.0.0.1" }, "state": { "coalesceMs": 1 }, "log": { "level": "warn" } }';
    const env = { MESH_HUB_STATE_COALESCE_MS: "2", MESH_HUB_LOG_LEVEL: "error", MESH_HUB_TCP_ENABLED: "false", OTHER: "x" };
    const { config, origins, file } = load(text, env, { "log.level": "debug", "mqtt.host": undefined });
    assert.is(config.mqtt.port, 1);
    assert.is(config.mqtt.host, "127.0.0.1");
    assert.is(config.state.coalesceMs, 2);
    assert.is(config.tcp.enabled, false);
    assert.is(config.log.level, "debug");
    assert.is(origins["mqtt.port"], file);
    assert.is(origins["state.coalesceMs"], "env MESH_HUB_STATE_COALESCE_MS");
    assert.is(origins["log.level"], "flag");
    assert.is(origins["api.socket"], "default");
  });

  it("finds its file by flag, by MESH_HUB_CONFIG and in the working directory", async () => {
    const cwd = tempDirectory();
    for (const [name, port] of Object.entries({ "hub.config.json": 1, "b.json": 2, "c.json": 3 }))
      writeFileSync(join(cwd, name), `{"mqtt":{"port":${port}}}`);
    assert.is(loadConfig({ env: {}, cwd }).config.mqtt.port, 1);
    assert.is(loadConfig({ env: { MESH_HUB_CONFIG: "b.json" }, cwd }).config.mqtt.port, 2);
    assert.is(loadConfig({ env: { MESH_HUB_CONFIG: "b.json" }, file: "c.json", cwd }).config.mqtt.port, 3);
    assert.match((await throwsMesh(() => loadConfig({ env: {}, file: "none.json", cwd }), "ERR_CONFIG")).message, /none\.json/);
  });

  it("resolves paths against the file", () => {
    const { config, cwd } = load('{"stateDir":"state","drivers":{"userDir":"mine"},"mqtt":{"external":{"password":"file:pw"}}}');
    assert.is(config.stateDir, join(cwd, "state"));
    assert.is(config.api.socket, join(cwd, "state", "hub.sock"));
    assert.is(config.drivers.userDir, join(cwd, "mine"));
    assert.is(config.mqtt.external.password, `file:${join(cwd, "pw")}`);
  });

  it("names unknown keys with the nearest one", async () => {
    assert.is(await fault('{"mqtt":{"prot":1}}'), 'FILE: mqtt.prot: unknown key; the nearest is "port"');
    assert.is(await fault('{"onbording":{}}'), 'FILE: onbording: unknown key; the nearest is "onboarding"');
    assert.is(await fault('{"mdns":{"zzzzzzzzzz":1}}'), "FILE: mdns.zzzzzzzzzz: unknown key; known here: announce");
    assert.match(await fault('{"__proto__":{"x":1}}'), /__proto__: unknown key/);
    assert.match(await fault("{}", { MESH_HUB_MQTT_PROT: "1" }), /MESH_HUB_MQTT_PROT: unknown key; the nearest is "MESH_HUB_MQTT_PORT"/);
    assert.match(await fault("{}", {}, { "mqtt.prot": 1 }), /mqtt\.prot: unknown key; the nearest is "mqtt\.port"/);
  });

  it("names bad values with path and reason", async () => {
    assert.is(await fault('{"mqtt":{"port":70000}}'), "FILE: mqtt.port: expected <=65535, got 70000");
    assert.is(await fault('{"mqtt":{"port":"x"}}'), 'FILE: mqtt.port: expected number, got "x"');
    assert.match(await fault('{"mqtt":{"port":1.5}}'), /mqtt\.port: expected integer, got 1\.5/);
    assert.is(await fault('{"mqtt":[]}'), "FILE: mqtt: expected an object, got an array");
    assert.is(await fault('{"log":{"level":"loud"}}'), 'FILE: log.level: expected "debug" | "info" | "warn" | "error" | "silent", got "loud"');
    assert.match(await fault('{"account":{"service":{"url":"mmm"}}}'), /account\.service\.url: expected .*url.*, got "mmm"/);
    assert.match(await fault("{}", { MESH_HUB_MQTT_PORT: "many" }), /mqtt\.port: expected number, got "many"/);
    assert.match(await fault("[]"), /expected an object/);
    assert.match(await fault('{"mqtt":3}', { MESH_HUB_MQTT_PORT: "1" }), /mqtt: expected an object, got 3/);
  });

  it("names what is wrong in the files that were taken for right", async () => {
    const named = (name: string): string => packagePath("test", "vectors", "config", `${name}.json`);
    const told = (name: string): string =>
      checkConfig(named(name))
        .map(({ path, reason }) => `${path}: ${reason}`)
        .join();
    assert.is(told("emptydir"), "stateDir: must not be empty");
    assert.is(told("tilde"), "stateDir: ~ is not known here: write the whole path");
    assert.is(told("v6b"), "mqtt.host: write the address without brackets, as in ::1");
    assert.match((await throwsMesh(() => checkConfig(named("dup")), "ERR_CONFIG")).message, /dup\.json:1: "mqtt" stands here again, first in line 1/);
    assert.is(told("block"), "");
    assert.match(await fault('{"drivers":{"userDir":"~/d"}}'), /drivers\.userDir: ~ is not known here/);
    assert.match(await fault('{"mqtt":{"external":{"password":"file:~/pw"}}}'), /password: expected file:PATH .*~ is not known here/);
    assert.match(await fault('{"log":{"level":"info"},\n"mqtt":{"port":1,\n"\\u0070ort":2}}'), /:3: "port" stands here again, first in line 2/);
    assert.equal(parseCommentedJson('{"a":[{"b":1},{"b":2}],"c":{"a":"x\\":"}}', "f"), { a: [{ b: 1 }, { b: 2 }], c: { a: 'x":' } });
  });

  it("names where a bad value was given", async () => {
    for (const [env, flags, told] of [
      [{ MESH_HUB_MQTT_PORT: "abc" }, {}, 'environment MESH_HUB_MQTT_PORT: mqtt.port: expected number, got "abc"'],
      [{ MESH_HUB_MQTT_PROT: "1" }, {}, 'environment: MESH_HUB_MQTT_PROT: unknown key; the nearest is "MESH_HUB_MQTT_PORT"'],
      [{}, { "mqtt.port": "0x10" }, '--set: mqtt.port: expected number, got "0x10"'],
      [{}, { "mqtt.prot": "1" }, '--set: mqtt.prot: unknown key; the nearest is "mqtt.port"'],
      [{}, { stateDir: "~/hub" }, "--state-dir or --set: stateDir: ~ is not known here: write the whole path"],
    ] as const) {
      assert.is(await fault('{"mqtt":{"port":1}}', env, flags), told);
    }
  });

  it("finds all faults of a file", () => {
    const path = join(tempDirectory(), "c.json");
    writeFileSync(path, '{"mqtt":{"port":-1,"prot":2},"log":{"level":1}}');
    assert.equal(
      checkConfig(path)
        .map((issue) => issue.path)
        .sort(),
      ["log.level", "mqtt.port", "mqtt.prot"],
    );
    writeFileSync(path, "{}");
    assert.equal(checkConfig(path), []);
  });

  it("takes comments and a last comma, and tells where JSON ends", async () => {
    assert.equal(parseCommentedJson('\uFEFF{ // "a": 1,\n "b//": "x // \\" // y", // {\n "c": [1, 2, ],\n}', "f"), {
      "b//": 'x // " // y',
      c: [1, 2],
    });
    assert.match((await throwsMesh(() => parseCommentedJson('{\n  "a": 1 // one\n  "b": 2\n}', "f"), "ERR_CONFIG")).message, /^f:3:3: /);
    assert.match((await throwsMesh(() => parseCommentedJson('{\n "a": 1', "f"), "ERR_CONFIG")).message, /^f:2:8: /);
    for (const bad of ["", "{/* x }", "{'a':1}", '{"a":1,,}', "{a:1}"]) await throwsMesh(() => parseCommentedJson(bad, "f"), "ERR_CONFIG");
  });

  it("refuses a literal secret without repeating it", async () => {
    const message = await fault('{"mqtt":{"external":{"password":"hunter2"}}}');
    assert.match(message, /mqtt\.external\.password: expected file:PATH or credential:NAME/);
    assert.not.match(message, /hunter2/);
  });

  it("reads secrets from files and systemd credentials", async () => {
    const folder = tempDirectory();
    writeFileSync(join(folder, "pw"), "hunter2\n");
    const read = (reference: string, env = {}) => readSecret(reference, { env }).use(fromUtf8);
    assert.is(read(`file:${join(folder, "pw")}`), "hunter2");
    assert.is(read("credential:pw", { CREDENTIALS_DIRECTORY: folder }), "hunter2");
    await throwsMesh(() => read("credential:pw"), "ERR_CONFIG");
    await throwsMesh(() => read("credential:../pw", { CREDENTIALS_DIRECTORY: folder }), "ERR_CONFIG");
    await throwsMesh(() => read("credential:none", { CREDENTIALS_DIRECTORY: folder }), "ERR_CONFIG");
  });

  it("takes an address for the interface of mDNS, not a name", async () => {
    for (const value of ["eth0", "fd00::1", "192.168.1"]) {
      const error = await throwsMesh(() => load(JSON.stringify({ tcp: { interface: value } })), "ERR_CONFIG");
      assert.match(error.message, new RegExp(`tcp\\.interface: expected an IPv4 address, got "${value}"`));
    }
  });

  it("shows every key with its origin", () => {
    const lines = describeConfig(load("{}", { MESH_HUB_MQTT_PORT: "7" }));
    assert.is(lines.length, valueKeys.length);
    assert.equal(
      lines.find((line) => line.key === "mqtt.port"),
      { key: "mqtt.port", value: 7, origin: "env MESH_HUB_MQTT_PORT" },
    );
  });

  it("has one environment variable per key, a description for each, an example where there is no default", () => {
    assert.is(new Set(valueKeys.map((key) => envName(key.path))).size, valueKeys.length);
    for (const key of valueKeys) {
      assert.ok(key.description.length > 0, key.path);
      assert.ok(key.fallback !== undefined || key.example !== undefined, key.path);
    }
  });

  it("has an example that is the defaults, also with every comment taken out", () => {
    assert.equal(load(exampleConfig()).config, loadConfig({ env: {}, cwd: tempDirectory() }).config);
    const all = load(exampleConfig().replace(/\/\/ (?=")/g, "")).config;
    assert.is(all.tcp.interface, "192.168.1.2");
    assert.is(all.mqtt.external.password, "credential:mqtt-password");
    assert.is(load(exampleConfig({ stateDir: "/s", "account.service.url": "http://127.0.0.1:1" })).config.account.service.url, "http://127.0.0.1:1");
  });

  it("has no drift in the files made from the schema", () => {
    for (const name of ["hub.config.json", "src/config/hub.config.schema.json"])
      assert.is(readFileSync(packagePath(name), "utf8"), generated[name]?.());
  });

  it("finds the nearest name", () => {
    assert.is(nearest("tlemetryMs", ["coalesceMs", "telemetryMs"]), "telemetryMs");
    assert.is(nearest("levle", ["level", "lever"]), "level");
    assert.is(nearest("x".repeat(10_000), ["level"]), undefined);
    assert.is(nearest("colour", ["level", "port"]), undefined);
  });
});
