/** The doctor and the port of the broker: held by this hub, by another program, or by nobody. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { hubApp } from "../../../src/hub/routes/app.ts";
import { serveUnix } from "../../../src/hub/routes/serve.ts";
import { diagnose } from "../../../src/machine/doctor/doctor.ts";
import { runningBrokerPort } from "../../../src/machine/doctor/running-hub.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { scriptedConfig, scriptedDoor, scriptedHomeAssistant, scriptedHub, scriptedMatter, statusOf } from "../../kit/scripted-hub.ts";

describe("doctor: the broker's port", (it) => {
  it("is well held by the hub that runs, and ill by anybody else", async () => {
    const dir = tempDirectory();
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    onCleanup(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const loaded = loadConfig({
      file: undefined,
      env: {},
      cwd: dir,
      flags: { stateDir: dir, "mqtt.host": "127.0.0.1", "mqtt.port": port, "tcp.enabled": false, "mdns.announce": false },
    });
    const ports = { clock: systemClock, random: systemRandom, log: silentLog };
    const finding = async () => (await diagnose({ loaded, ports })).find(({ name }) => name === "broker port");
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
