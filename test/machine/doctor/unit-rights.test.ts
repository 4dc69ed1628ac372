/** The doctor, asked by whoever may use a device, where the hub is a service of systemd that may not: it looks for the hub's right, and not for his own. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { diagnose } from "../../../src/machine/doctor/doctor.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";

describe("doctor: rights of the hub's unit", (it) => {
  it("a serial line that the asker may use is told as missing until the unit has its drop-in; a hub run by hand needs none", async () => {
    const [dir, root] = [tempDirectory(), tempDirectory()];
    const line = join(dir, "line");
    const wire = createServer().listen(line);
    await once(wire, "listening");
    onCleanup(() => void wire.close());
    const flags = { stateDir: dir, "mqtt.enabled": false, "tcp.enabled": false, "mdns.announce": false, "serial.ports": [line] };
    const loaded = loadConfig({ file: undefined, env: {}, cwd: dir, flags });
    const ports = { clock: systemClock, random: systemRandom, log: silentLog };
    const finding = async () => (await diagnose({ loaded, ports, root })).find(({ name }) => name === "serial port");
    const ready = { name: "serial port", state: "ok", message: line };
    assert.equal(await finding(), ready);
    const units = join(root, "etc/systemd/system");
    mkdirSync(join(units, "mesh-hub.service.d"), { recursive: true });
    writeFileSync(join(units, "mesh-hub.service"), "");
    const { state, message, hint } = (await finding()) ?? {};
    assert.equal([state, message, hint], ["warning", `${line} is there, and the hub's unit has no right to it`, "sudo mesh-hub install --serial"]);
    writeFileSync(join(units, "mesh-hub.service.d", "serial.conf"), "");
    assert.equal(await finding(), ready);
  });

  it("a scanner whose process stands beside the unit is wanted, whatever the file says, and whoever asks needs no right to it", async () => {
    const [dir, root] = [tempDirectory(), tempDirectory()];
    const flags = { stateDir: dir, "mqtt.enabled": false, "tcp.enabled": false, "mdns.announce": false, "scanner.enabled": "off" };
    const loaded = loadConfig({ file: undefined, env: {}, cwd: dir, flags });
    const ports = { clock: systemClock, random: systemRandom, log: silentLog };
    const finding = async () => (await diagnose({ loaded, ports, root })).find(({ name }) => name === "code scanner");
    assert.equal([(await finding())?.state, (await finding())?.message], ["ok", "off"]);
    const dropIns = join(root, "etc/systemd/system/mesh-hub.service.d");
    mkdirSync(dropIns, { recursive: true });
    writeFileSync(join(dropIns, "scanner.conf"), "");
    // No scanner is attached where tests run.
    assert.is((await finding())?.state, "warning");
  });
});
