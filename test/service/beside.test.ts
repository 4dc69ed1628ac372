/**
 * The units of radio, scanner and Matter bridge as systemd runs them beside a hub: rights, sandboxes, sockets, a process that dies; and the hub's own right
 * to sound cards. There is no adapter, scanner or card in this machine, its kernel may have no Bluetooth, and matter.js is not installed: what they do with
 * one is seen in test/system, and what the bridge does in test/hub/matter.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { matterVersion } from "../../src/matter/matter-package.ts";
import { clipRate, pcmOf } from "../../src/speech/sound/clip.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { Machine, until } from "./machine.ts";
import { installedPackage, installPackage } from "./package.ts";
import { cachedRoot, canBoot, need } from "./root.ts";

const alice = "meshman --dir /root/alice --service http://127.0.0.1:8443";
const units = ["mesh-hub-radio", "mesh-hub-scanner", "mesh-hub-matter"] as const;
/** Whose sockets the hub's user may open; the bridge's is for the hub's unit alone. */
const ofTheHub: readonly (typeof units)[number][] = ["mesh-hub-radio", "mesh-hub-scanner"];
const groupOf = (unit: (typeof units)[number]): string => (ofTheHub.includes(unit) ? "mesh-hub" : unit);
const probe = "/usr/local/lib/probe.mjs";
const card = "/dev/snd/pcmC0D0c";

describe("the units beside a hub, under systemd", (it) => {
  let machine: Machine;

  const step = (name: string, body: () => Promise<void>) =>
    it(
      name,
      async () => {
        skipUnless(canBoot(), need);
        await body();
      },
      { timeoutMs: 120_000 },
    );

  it.before(async () => {
    if (!canBoot()) return;
    const root = tempDirectory();
    execFileSync("cp", ["-a", "--reflink=auto", `${cachedRoot}/.`, root]);
    installPackage(root);
    machine = new Machine(root, { hasUdev: true });
    await machine.boot();
  });

  it.after(async () => {
    if (machine !== undefined) await machine.kill();
  });

  const come = async (unit: string): Promise<number> => (await machine.journal(unit)).split("a hub has come").length - 1;

  step("the installer puts them in place beside a hub that is connected, and changes nothing the second time", async () => {
    await machine.run("mkdir -p /etc/mesh-service && echo MESH_SERVICE_ARGS=--open > /etc/mesh-service/environment && mesh-hub install --service");
    await machine.run("mesh-hub install --ble --scanner --matter");
    await machine.run(`${alice} account create alice@example.com --name laptop`);
    const { uri } = await machine.ask<{ uri: string }>(`${alice} account pin --role hub --name hub`);
    await machine.run(`systemd-run --quiet --unit=agent ${alice.replace("meshman", "/usr/local/bin/meshman")} agent`);
    await machine.run(`mesh-hub init --config /etc/mesh-hub/hub.config.json --service http://127.0.0.1:8443 --pin '${uri}'`);
    await machine.run(`sed -i 's|// "interface": "192.168.1.2"|"interface": "127.0.0.1"|' /etc/mesh-hub/hub.config.json`);
    const second = (await machine.run("mesh-hub install --ble --scanner --matter")).stdout;
    assert.not.match(second, /^(write|update|create|remove|run {8}(systemctl (daemon-reload|try-restart)|udevadm))/m);
    for (const unit of units) {
      const { ActiveState, User, Group, UnitFileState } = await machine.show(unit);
      assert.equal(
        { ActiveState, User, Group, UnitFileState },
        { ActiveState: "active", User: unit, Group: groupOf(unit), UnitFileState: "enabled" },
      );
    }
    const { ActiveState } = await machine.show("mesh-hub");
    assert.is(ActiveState, "active");
  });

  step("the hub says what it has of them, and the scanner's process serves it", async () => {
    await until("the scanner's process has the hub", async () => ((await come("mesh-hub-scanner")) === 1 ? true : undefined));
    const said = (await machine.run("mesh-hub doctor", { mayFail: true })).stdout;
    assert.match(said, /the kernel has no Bluetooth, or no adapter is attached|no Bluetooth adapter is attached/);
  });

  step("the hub goes to the bridge as soon as its package is there (a version alone stands in for it)", async () => {
    const status = async () => (await machine.run("mesh-hub matter status", { mayFail: true })).stdout;
    assert.match(await status(), /the package @matter\/main is not installed/);
    assert.is(await come("mesh-hub-matter"), 0);
    const matter = join(machine.root, dirname(installedPackage), "@matter");
    mkdirSync(join(matter, "main"), { recursive: true });
    writeFileSync(join(matter, "main", "package.json"), JSON.stringify({ version: matterVersion }));
    await machine.run("systemctl restart mesh-hub");
    await until("the bridge's process has the hub", async () => ((await come("mesh-hub-matter")) > 0 ? true : undefined));
    rmSync(matter, { recursive: true });
    await until("nothing more is tried", async () => (/is not installed/.test(await status()) ? true : undefined));
    const listens = "test -S /run/mesh-hub-matter/matter.sock";
    await until("the next process waits", async () => ((await machine.run(listens, { mayFail: true })).status === 0 ? true : undefined));
  });

  step("nobody but the hub reaches their sockets", async () => {
    for (const unit of units) {
      assert.is((await machine.run(`stat -c '%U %G %a' /run/${unit}`)).stdout.trim(), `${unit} ${groupOf(unit)} 750`);
      assert.is((await machine.run(`runuser -u mesh-hub -g ${groupOf(unit)} -- ls /run/${unit}`)).status, 0);
      const hub = ofTheHub.includes(unit) ? [] : ["mesh-hub"];
      for (const user of ["nobody", "mesh-service", ...hub, ...units.filter((other) => other !== unit)]) {
        const { status } = await machine.run(`runuser -u ${user} -- ls /run/${unit}`, { mayFail: true });
        assert.is.not(status, 0, `${user} sees ${unit}`);
      }
    }
    assert.is((await machine.run("stat -c '%U %G %a' /run/mesh-hub-radio/radio.sock")).stdout.trim(), "mesh-hub-radio mesh-hub 770");
  });

  step("their sandboxes hold: one right each, nothing of the hub's, and no network but for the bridge", async () => {
    writeFileSync(join(machine.root, probe), probeSource);
    for (const unit of units) {
      const dropIn = `/etc/systemd/system/${unit}.service.d`;
      const found = `/run/${unit}/probe.json`;
      await machine.run(`mkdir -p ${dropIn} && printf '[Service]\\nExecStartPre=/usr/local/bin/node ${probe} ${found}\\n' > ${dropIn}/test.conf`);
      await machine.run(`systemctl daemon-reload && systemctl restart ${unit}`);
      const told = JSON.parse((await machine.run(`cat ${found}`)).stdout) as unknown;
      await machine.run(`rm -r ${dropIn} && systemctl daemon-reload`);
      const capability = unit === "mesh-hub-radio" ? "0000000000002000" : "0000000000000000";
      assert.equal(
        told,
        {
          writeUsr: "EROFS",
          hub: "EACCES",
          homes: "EACCES",
          otherProcess: "ENOENT",
          network: unit === "mesh-hub-matter" ? "possible" : "EAFNOSUPPORT",
          namespace: "refused",
          status: { NoNewPrivs: "1", Seccomp: "2", CapEff: capability, CapBnd: capability },
        },
        unit,
      );
    }
  });

  step("a process that dies is started again, and the hub has it again", async () => {
    const { MainPID } = await machine.show("mesh-hub-scanner");
    const before = await come("mesh-hub-scanner");
    await machine.run(`kill -9 ${MainPID}`);
    await until("another one serves the hub", async () => ((await come("mesh-hub-scanner")) > before ? true : undefined));
    assert.is((await machine.show("mesh-hub")).NRestarts, "0");
  });

  step("the hub's own unit has none of their rights", async () => {
    const { CapabilityBoundingSet, RestrictAddressFamilies, PrivateDevices } = await machine.show("mesh-hub");
    assert.equal([CapabilityBoundingSet ?? "", PrivateDevices], ["", "yes"]);
    assert.not.match(RestrictAddressFamilies ?? "", /BLUETOOTH/);
  });

  step(
    "with --mic the hub's unit records (a file stands in for the card, and a script for ALSA's program), and without that right doctor says so",
    async () => {
      await machine.run("mesh-hub install --ble --scanner --matter --mic");
      const quiet = new Uint8Array(2 * clipRate * 2);
      const tone = pcmOf(Int16Array.from({ length: clipRate }, (_, at) => Math.round(6000 * Math.sin(at / 5))));
      writeFileSync(join(machine.root, "usr/local/lib/said.raw"), Buffer.concat([quiet.subarray(0, clipRate), tone, quiet]));
      writeFileSync(join(machine.root, "usr/bin/arecord"), `#!/bin/sh\nexec cat ${card}\n`, { mode: 0o755 });
      await machine.run(`mkdir -p /dev/snd && cp /usr/local/lib/said.raw ${card} && chgrp audio ${card} && chmod 660 ${card}`);
      // Nobody listens there: what was recorded goes no further.
      const settings = { MICROPHONE: "default", RECOGNISER: "wyoming", RECOGNISER_URL: "tcp://127.0.0.1:9" };
      const lines = Object.entries(settings).map(([name, value]) => `Environment=MESH_HUB_SPEECH_${name}=${value}`);
      const dropIn = "/etc/systemd/system/mesh-hub.service.d/test.conf";
      await machine.run(`printf '%s\\n' '[Service]' ${lines.join(" ")} > ${dropIn}`);
      await machine.run("systemctl daemon-reload && systemctl restart mesh-hub");
      const { stderr } = await machine.run("mesh-hub listen --hub", { mayFail: true });
      assert.match(stderr, /127\.0\.0\.1:9/, "it was recorded, and handed on");
      await machine.run(`rm ${dropIn} && systemctl daemon-reload`);
      const doctor = "MESH_HUB_SPEECH_MICROPHONE=default mesh-hub doctor";
      const { stdout } = await machine.run(`runuser -u mesh-hub -- env ${doctor}`, { mayFail: true });
      assert.match(stdout, /no right to use \/dev\/snd\/pcmC0D0c/);
      assert.match(stdout, /sudo mesh-hub install --mic/);
    },
  );

  step("installed without them they are gone, with rule and drop-ins", async () => {
    await machine.run("mesh-hub uninstall");
    for (const unit of units) assert.is((await machine.show(unit)).LoadState, "not-found");
    const left = "ls /etc/udev/rules.d/70-mesh-hub-scanner.rules /etc/systemd/system/mesh-hub.service.d/*.conf 2>/dev/null";
    assert.is((await machine.run(left, { mayFail: true })).stdout, "");
  });
});

/** Runs in a unit's place, in its sandbox, and tells what it could do. */
const probeSource = `
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const attempt = (task) => { try { task(); return "possible"; } catch (error) { return error.code; } };
const field = (name) => new RegExp("^" + name + ":\\\\s+(\\\\S+)", "m").exec(readFileSync("/proc/self/status", "utf8"))[1];
const network = await new Promise((resolve) => {
  const socket = createSocket("udp4");
  socket.on("error", ({ code }) => resolve(code));
  socket.bind(0, "127.0.0.1", () => socket.close(() => resolve("possible")));
});
writeFileSync(process.argv[2], JSON.stringify({
  writeUsr: attempt(() => writeFileSync("/usr/probe", "")),
  hub: attempt(() => readdirSync("/var/lib/mesh-hub")),
  homes: attempt(() => readdirSync("/home")),
  otherProcess: attempt(() => readFileSync("/proc/1/status")),
  network,
  namespace: spawnSync("unshare", ["--user", "true"]).status === 0 ? "possible" : "refused",
  status: Object.fromEntries(["NoNewPrivs", "Seccomp", "CapEff", "CapBnd"].map((name) => [name, field(name)])),
}));
`;
