/** The doctor and the port of the broker: held by this hub, by another program, or by nobody. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { type LoadedConfig, loadConfig } from "../../../src/config/index.ts";
import { hubApp } from "../../../src/hub/routes/app.ts";
import { serveUnix } from "../../../src/hub/routes/serve.ts";
import { type DoctorFinding, diagnose } from "../../../src/machine/doctor/doctor.ts";
import { runningBrokerPort } from "../../../src/machine/doctor/running-hub.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import { scriptedConfig, scriptedDoor, scriptedHomeAssistant, scriptedHub, scriptedMatter, statusOf } from "../../kit/scripted-hub.ts";

function loadedFor(dir: string, port: number): LoadedConfig {
  const flags = { stateDir: dir, "mqtt.host": "127.0.0.1", "mqtt.port": port, "tcp.enabled": false, "mdns.announce": false };
  return loadConfig({ file: undefined, env: {}, cwd: dir, flags });
}

async function findingOf(loaded: LoadedConfig): Promise<DoctorFinding | undefined> {
  const ports = { clock: systemClock, random: systemRandom, log: silentLog };
  return (await diagnose({ loaded, ports })).find(({ name }) => name === "broker port");
}

describe("doctor: the broker's port", (it) => {
  it("is well held by the hub that runs, and ill by anybody else", async () => {
    const dir = tempDirectory();
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    onCleanup(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const loaded = loadedFor(dir, port);
    const finding = () => findingOf(loaded);
    assert.match((await finding())?.message ?? "", /in use by another program/);
    assert.is((await finding())?.state, "failure");

    const closing = new AbortController();
    const hub = scriptedHub({ status: () => ({ ...statusOf(), mqttPort: port }) });
    const close = await serveUnix(
      hubApp({
        hub,
        door: scriptedDoor(),
        config: scriptedConfig(),
        homeAssistant: scriptedHomeAssistant(),
        matter: scriptedMatter(),
        clock: systemClock,
        log: silentLog,
        closing: closing.signal,
      }),
      loaded.config.api.socket,
    );
    onCleanup(() => {
      closing.abort();
      return close();
    });
    assert.equal(await finding(), { name: "broker port", state: "ok", message: `127.0.0.1:${port} is held by this hub, which runs` });
    // The hub was begun with --set mqtt.port, and the doctor without.
    const without = await findingOf(loadedFor(dir, await freePort()));
    assert.is(without?.state, "warning");
    assert.match(without?.message ?? "", new RegExp(`^this hub runs and holds port ${port}, not \\d+ as the configuration has it$`));
    assert.match(without?.hint ?? "", new RegExp(`--set mqtt.port=${port}`));
    // Any that is free.
    assert.is((await findingOf(loadedFor(dir, 0)))?.message, `127.0.0.1:${port} is held by this hub, which runs`);
  });

  it("is unknown where no hub answers", async () => {
    const dir = tempDirectory();
    assert.is(await runningBrokerPort(join(dir, "none.sock")), undefined);
    writeFileSync(join(dir, "file"), "");
    assert.is(await runningBrokerPort(join(dir, "file")), undefined);
    const odd = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")).listen(join(dir, "odd.sock"));
    await once(odd, "listening");
    onCleanup(() => void odd.close());
    assert.is(await runningBrokerPort(join(dir, "odd.sock")), undefined);
  });
});
