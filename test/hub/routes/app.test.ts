/** The hub's interface: each route, each failure, bounded bodies, streams, and a socket that only its owner can open. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { HubEvent, OnboardLine } from "../../../src/api/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { hubApp } from "../../../src/hub/routes/app.ts";
import { serveUnix } from "../../../src/hub/routes/serve.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { scriptedConfig, scriptedDoor, scriptedHomeAssistant, scriptedHub, scriptedMatter, statusOf } from "../../kit/scripted-hub.ts";

function open(change: Parameters<typeof scriptedHub>[0] = {}) {
  const closing = new AbortController();
  const hub = scriptedHub(change);
  return {
    hub,
    closing,
    app: hubApp({
      hub,
      door: scriptedDoor(),
      config: scriptedConfig(),
      homeAssistant: scriptedHomeAssistant(),
      matter: scriptedMatter(),
      clock: systemClock,
      log: silentLog,
      closing: closing.signal,
    }),
  };
}

const post = (body: unknown): RequestInit => ({ method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

describe("hub interface", (it) => {
  it("answers status, devices, onboardings, say and command", async () => {
    const { app } = open();
    assert.is(((await (await app.request("/v1/status")).json()) as { version: string }).version, "v1");
    assert.equal(await (await app.request("/v1/devices")).json(), { devices: [] });
    assert.equal(await (await app.request("/v1/onboardings")).json(), { onboardings: [] });
    assert.is(((await (await app.request("/v1/say", post({ text: "turn on" }))).json()) as { kind: string }).kind, "done");
    const command = await app.request("/v1/command", post({ device: "MAAA", command: "Set", arguments: [{ name: "On", value: true }] }));
    assert.is(((await command.json()) as { result: string }).result, "Accept");
  });

  it("gives each failure as code, message and hint with its status", async () => {
    const { app } = open({
      command: () => Promise.reject(new MeshError("ERR_DEVICE_OFFLINE", "the device does not answer")),
      say: () => Promise.reject(new TypeError("a defect")),
    });
    const offline = await app.request("/v1/command", post({ device: "MAAA", command: "Set", arguments: [] }));
    assert.is(offline.status, 504);
    assert.equal(await offline.json(), {
      error: { code: "ERR_DEVICE_OFFLINE", message: "the device does not answer", hint: "check its power and network" },
    });
    assert.is((await app.request("/v1/say", post({ text: "x" }))).status, 500);
    for (const body of ["{", "[]", { text: 7 }, { text: "" }, { text: "x", more: 1 }, { text: "x".repeat(300) }]) {
      const refused = await app.request("/v1/say", post(body));
      assert.is(refused.status, 400, JSON.stringify(body).slice(0, 40));
      assert.is(((await refused.json()) as { error: { code: string } }).error.code, "ERR_USAGE");
    }
    assert.is((await app.request("/v1/say", post({ text: "x".repeat(20_000) }))).status, 413);
    assert.is((await app.request("/v1/nothing")).status, 404);
  });

  it("streams an onboarding line by line", async () => {
    const { app } = open();
    const response = await app.request("/v1/onboard", post({ uri: "mcu://maker@example.com/E", name: "kitchen light" }));
    const lines = (await response.text()).trim().split("\n");
    assert.equal(
      lines.map((line) => (JSON.parse(line) as OnboardLine).state),
      ["started", "done"],
    );
  });

  it("tells events as they happen, until the hub closes", async () => {
    const { app, hub, closing } = open();
    const response = await app.request("/v1/events");
    const reader = response.body!.getReader();
    assert.is(new TextDecoder().decode((await reader.read()).value as Uint8Array), ": listening\n\n");
    const event: HubEvent = {
      kind: "state",
      udf: "MAAA",
      name: "light",
      status: "Online",
      changed: ["On"],
      values: [{ name: "On", value: true }],
      at: "2026-05-01T12:00:00Z",
    };
    await systemClock.sleep(20);
    hub.tell(event);
    const { value } = await reader.read();
    assert.is(new TextDecoder().decode(value as Uint8Array), `event: state\ndata: ${JSON.stringify(event)}\n\n`);
    closing.abort();
    assert.is((await reader.read()).done, true);
    assert.is(hub.listeners(), 0);
  });

  it("serves on a socket of mode 0600, replaces a stale one, and closes with open streams", async () => {
    const path = join(tempDirectory(), "hub.sock");
    const { app, closing } = open({ onboard: forever });
    const first = await serveUnix(app, path);
    assert.is(statSync(path).mode & 0o777, 0o600);
    await first();
    const close = await serveUnix(app, path);
    onCleanup(close);
    const client = hubClient({ socket: path, startWith: "mesh-hub run" });
    assert.is((await client.status()).account, statusOf().account);
    assert.is((await client.say({ text: "turn on" })).kind, "done");
    await throwsMesh(client.say({ text: "" }), "ERR_USAGE");
    const lines = client.onboard({ uri: "mcu://x" })[Symbol.asyncIterator]();
    assert.is((await lines.next()).value?.step, "scan");
    closing.abort();
    await close();
    await throwsMesh(client.status(), "ERR_HUB_NOT_RUNNING");
    await lines.return?.();
  });

  it("names a socket path that the kernel does not take", async () => {
    const { app } = open();
    const error = await throwsMesh(serveUnix(app, `/tmp/${"x".repeat(120)}`), "ERR_CONFIG");
    assert.match(error.message, /longer than 107/);
  });
});

async function* forever(_request: unknown, signal: AbortSignal): AsyncIterable<OnboardLine> {
  yield { step: "scan", state: "started", message: "reading the code" };
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
