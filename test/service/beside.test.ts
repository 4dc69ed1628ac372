/**
 * The radio's and the scanner's units as systemd runs them beside a hub: rights, sandboxes, sockets, a process that dies. There is no adapter and no scanner
 * in this machine, and its kernel may have no Bluetooth: what they do with one is seen in test/system.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { Machine, until } from "./machine.ts";
import { installPackage } from "./package.ts";
import { cachedRoot, canBoot, need } from "./root.ts";

const alice = "meshman --dir /root/alice --service http://127.0.0.1:8443";
const units = ["mesh-hub-radio", "mesh-hub-scanner"] as const;
const probe = "/usr/local/lib/probe.mjs";

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

  step("the installer puts both in place beside a hub that is connected, and changes nothing the second time", async () => {
    await machine.run("mkdir -p /etc/mesh-service && echo MESH_SERVICE_ARGS=--open > /etc/mesh-service/environment && mesh-hub install --service");
    await machine.run("mesh-hub install --ble --scanner");
    await machine.run(`${alice} account create alice@example.com --name laptop`);
    const { uri } = await machine.ask<{ uri: string }>(`${alice} account pin --role hub --name hub`);
    await machine.run(`systemd-run --quiet --unit=agent ${alice.replace("meshman", "/usr/local/bin/meshman")} agent`);
    await machine.run(`mesh-hub init --config /etc/mesh-hub/hub.config.json --service http://127.0.0.1:8443 --pin '${uri}'`);
    await machine.run(`sed -i 's|// "interface": "192.168.1.2"|"interface": "127.0.0.1"|' /etc/mesh-hub/hub.config.json`);
    const second = (await machine.run("mesh-hub install --ble --scanner")).stdout;
    assert.not.match(second, /^(write|update|create|remove|run {8}(systemctl (daemon-reload|try-restart)|udevadm))/m);
    for (const unit of units) {
      const { ActiveState, User, Group, UnitFileState } = await machine.show(unit);
      assert.equal({ ActiveState, User, Group, UnitFileState }, { ActiveState: "active", User: unit, Group: "mesh-hub", UnitFileState: "enabled" });
    }
    const { ActiveState } = await machine.show("mesh-hub");
    assert.is(ActiveState, "active");
  });

  step("the hub says what it has of them, and the scanner's process serves it", async () => {
    await until("the scanner's process has the hub", async () => ((await come("mesh-hub-scanner")) === 1 ? true : undefined));
    const said = (await machine.run("mesh-hub doctor", { mayFail: true })).stdout;
    assert.match(said, /the kernel has no Bluetooth, or no adapter is attached|no Bluetooth adapter is attached/);
  });

  step("nobody but the hub reaches their sockets", async () => {
    for (const unit of units) {
      assert.is((await machine.run(`stat -c '%U %G %a' /run/${unit}`)).stdout.trim(), `${unit} mesh-hub 750`);
      assert.is((await machine.run(`runuser -u mesh-hub -- ls /run/${unit}`)).status, 0);
      for (const user of ["nobody", "mesh-service", ...units.filter((other) => other !== unit)]) {
        const { status } = await machine.run(`runuser -u ${user} -- ls /run/${unit}`, { mayFail: true });
        assert.is.not(status, 0, `${user} sees ${unit}`);
      }
    }
    assert.is((await machine.run("stat -c '%U %G %a' /run/mesh-hub-radio/radio.sock")).stdout.trim(), "mesh-hub-radio mesh-hub 770");
  });

  step("their sandboxes hold: one right each, no state, no network", async () => {
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
          network: "EAFNOSUPPORT",
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
