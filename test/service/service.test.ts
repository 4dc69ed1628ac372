/**
 * The services as systemd runs them: a Debian machine is booted, the package installed, and a house lives in it, whose devices, owner and
 * Mesh service are on the machine's loopback. The tests build on each other, in the order in which they are written.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { limitMemory, Machine, until } from "./machine.ts";
import { changeVersion, installedPackage, installPackage } from "./package.ts";
import { cachedRoot, canBoot, need } from "./root.ts";

const alice = "meshman --dir /root/alice --service http://127.0.0.1:8443";
const maker = "meshman --dir /root/maker --service http://127.0.0.1:8443";
const probe = "/usr/local/lib/probe.mjs";
const crowd = "/usr/local/lib/crowd.mjs";
const greedy = "/usr/local/lib/greedy.mjs";

interface HubStatus {
  readonly hubUdf: string;
}
interface Devices {
  readonly devices: readonly { readonly udf: string; readonly status: string }[];
}

describe("the services under systemd", (it) => {
  let machine: Machine;
  let hubUdf = "";
  let bulb = "";

  const step = (name: string, body: () => Promise<void>) =>
    it(
      name,
      async () => {
        skipUnless(canBoot(), need);
        await body();
      },
      { timeoutMs: 90_000 },
    );

  it.before(async () => {
    if (!canBoot()) return;
    const root = tempDirectory();
    execFileSync("cp", ["-a", "--reflink=auto", `${cachedRoot}/.`, root]);
    installPackage(root);
    machine = new Machine(root);
    await machine.boot();
  });

  it.after(async () => {
    if (machine !== undefined) await machine.kill();
  });

  const identity = async (): Promise<string> => (await machine.ask<HubStatus>("mesh-hub status")).hubUdf;
  const mainPid = async (unit: string): Promise<string> => (await machine.show(unit)).MainPID ?? "";
  const isReady = async (unit: string): Promise<void> => {
    const { ActiveState, SubState, Type, StatusText, MainPID } = await machine.show(unit);
    assert.equal({ ActiveState, SubState, Type }, { ActiveState: "active", SubState: "running", Type: "notify" });
    assert.match(StatusText ?? "", unit === "mesh-hub" ? /^\d+ devices$/ : /^listening at http/);
    assert.is((await machine.run(`ps -o user= -p ${MainPID} 2>/dev/null || stat -c %U /proc/${MainPID}`)).stdout.trim(), unit);
  };
  const powerBulb = () =>
    machine.run(
      `systemctl is-active --quiet bulb || systemd-run --quiet --unit=bulb node ${installedPackage}/dist/firmware-stubs/virtual/main.js --image /root/factory/${bulb}/image --broker 127.0.0.1:1883`,
    );
  const bulbIsOnline = () =>
    until("the bulb is online", async () => {
      const { devices } = await machine.ask<Devices>("mesh-hub devices");
      return devices.some(({ udf, status }) => udf === bulb && status === "Online") ? true : undefined;
    });
  /** Stops a service and looks at how it went: within its time, by itself, with nothing cut off. */
  const stopsInOrder = async (unit: string): Promise<void> => {
    const began = performance.now();
    await machine.run(`systemctl stop ${unit}`);
    const took = performance.now() - began;
    const { ActiveState, Result, TimeoutStopUSec } = await machine.show(unit);
    assert.equal({ ActiveState, Result }, { ActiveState: "inactive", Result: "success" });
    assert.ok(took < Number.parseInt(TimeoutStopUSec ?? "", 10) * 1000, `${took} ms of ${TimeoutStopUSec}`);
    const journal = await machine.journal(unit);
    assert.not.match(journal, /notify\.failed|timed out|SIGKILL/);
    assert.match(journal, new RegExp(`Stopped ${unit}\\.service`));
  };

  step("the installer puts the Mesh service in place; it is ready, stops and starts again", async () => {
    await machine.run("mkdir -p /etc/mesh-service && echo MESH_SERVICE_ARGS=--open > /etc/mesh-service/environment");
    await machine.run("mesh-hub install --service");
    await isReady("mesh-service");
    await stopsInOrder("mesh-service");
    await machine.run("systemctl start mesh-service");
    await isReady("mesh-service");
    assert.match(await machine.journal("mesh-service"), /listening at http:\/\/127\.0\.0\.1:8443/);
  });

  step("the installer puts the hub in place, and changes nothing the second time", async () => {
    const first = (await machine.run("mesh-hub install")).stdout;
    assert.match(first, /^write {6}\/etc\/systemd\/system\/mesh-hub\.service$/m);
    assert.match(first, /mesh-hub init --pin/, "says what is missing");
    const second = (await machine.run("mesh-hub install")).stdout;
    assert.not.match(second, /^(write|update|create|remove|run {8}systemctl (daemon-reload|try-restart))/m);
    assert.is((await machine.show("mesh-hub")).UnitFileState, "enabled");
  });

  step("a hub that root has connected is started, says READY and how many devices it has", async () => {
    await machine.run(`${alice} account create alice@example.com --name laptop`);
    const { uri } = await machine.ask<{ uri: string }>(`${alice} account pin --role hub --name hub`);
    await machine.run(`systemd-run --quiet --unit=agent ${alice.replace("meshman", "/usr/local/bin/meshman")} agent`);
    await machine.run(`mesh-hub init --config /etc/mesh-hub/hub.config.json --service http://127.0.0.1:8443 --pin '${uri}'`);
    // No network but loopback: mDNS must be told where to be.
    await machine.run(`sed -i 's|// "interface": "192.168.1.2"|"interface": "127.0.0.1"|' /etc/mesh-hub/hub.config.json`);
    await machine.run("mesh-hub install");
    await isReady("mesh-hub");
    hubUdf = await identity();
    assert.match(hubUdf, /^M[A-Z2-7-]{20,}$/);
    const journal = await machine.journal("mesh-hub");
    assert.match(journal, /"event":"hub\.started"/);
    assert.not.match(journal, /notify\.failed/);
  });

  step("a device is connected and obeys", async () => {
    await machine.run(`${maker} account create maker@example.com`);
    await machine.run(`${maker} device preconfig --class light --manufacturer Lumen --model B1 --out /root/factory`);
    bulb = (await machine.run("ls /root/factory")).stdout.trim();
    await powerBulb();
    await machine.run(`${alice} device window 10m --class light`);
    await machine.run(`mesh-hub onboard --name 'kitchen light' "$(cat /root/factory/${bulb}/code.txt)"`);
    await bulbIsOnline();
    await machine.run("mesh-hub say turn on the kitchen light");
  });

  step("a hung hub is restarted by the watchdog and is itself again", async () => {
    await machine.run("mkdir -p /etc/systemd/system/mesh-hub.service.d");
    await machine.run("printf '[Service]\\nWatchdogSec=6s\\n' > /etc/systemd/system/mesh-hub.service.d/test.conf");
    await machine.run("systemctl daemon-reload && systemctl restart mesh-hub");
    const before = await mainPid("mesh-hub");
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    assert.is(await mainPid("mesh-hub"), before, "a healthy hub is left alone");
    await machine.run(`kill -STOP ${before}`);
    await until("another process is ready", async () => {
      const { MainPID, ActiveState } = await machine.show("mesh-hub");
      return MainPID !== before && ActiveState === "active" ? true : undefined;
    });
    assert.match(await machine.journal("mesh-hub"), /Watchdog timeout/);
    await isReady("mesh-hub");
    assert.is(await identity(), hubUdf);
    await bulbIsOnline();
    await machine.run("rm -r /etc/systemd/system/mesh-hub.service.d && systemctl daemon-reload");
  });

  step("the sandbox holds", async () => {
    await machine.run("useradd --create-home bob && echo private > /home/bob/diary && echo marker > /tmp/marker && echo private > /root/diary");
    await machine.run("install -m 4755 /usr/bin/id /usr/local/bin/setuid-id");
    assert.is((await machine.run("setpriv --reuid mesh-hub --clear-groups setuid-id -un")).stdout.trim(), "root", "outside of the sandbox it works");
    writeFileSync(join(machine.root, probe), probeSource);
    await machine.run("mkdir -p /etc/systemd/system/mesh-hub.service.d");
    await machine.run(
      `printf '[Service]\\nExecStartPre=/usr/local/bin/node ${probe}\\n' > /etc/systemd/system/mesh-hub.service.d/test.conf && systemctl daemon-reload && systemctl restart mesh-hub`,
    );
    const found = JSON.parse((await machine.run("cat /var/lib/mesh-hub/probe.json")).stdout) as unknown;
    await machine.run("rm -r /etc/systemd/system/mesh-hub.service.d /var/lib/mesh-hub/probe.json && systemctl daemon-reload");
    assert.equal(found, {
      writeUsr: "EROFS",
      writeEtc: "EROFS",
      writeConfiguration: "EACCES",
      homes: "EACCES",
      diary: "EACCES",
      rootDiary: "EACCES",
      temporary: "ENOENT",
      otherProcess: "ENOENT",
      disk: "absent",
      setuid: "mesh-hub",
      namespace: "refused",
      status: { NoNewPrivs: "1", Seccomp: "2", CapEff: "0000000000000000", CapBnd: "0000000000000000" },
      state: "writable",
    });
    assert.is((await machine.run("stat -c '%U %a' /var/lib/mesh-hub")).stdout.trim(), "mesh-hub 700");
  });

  step("it stops in time, in order, and tells systemd so", async () => {
    await stopsInOrder("mesh-hub");
    assert.match(await machine.journal("mesh-hub"), /"event":"hub\.stopped"/);
    await machine.run("systemctl start mesh-hub");
  });

  step("after a reboot it starts by itself: the same hub, its devices known", async () => {
    await machine.powerOff();
    await machine.boot();
    await isReady("mesh-hub");
    await isReady("mesh-service");
    assert.is(await identity(), hubUdf);
    assert.equal(
      (await machine.ask<Devices>("mesh-hub devices")).devices.map(({ udf }) => udf),
      [bulb],
    );
    await powerBulb();
    await bulbIsOnline();
    await machine.run("mesh-hub say turn off the kitchen light");
  });

  step("another version is started over the data of the one before", async () => {
    const before = await mainPid("mesh-hub");
    changeVersion(machine.root, "99.0.1");
    assert.match((await machine.run("mesh-hub install")).stdout, /^update {5}\/etc\/systemd\/system\/mesh-hub\.service$/m);
    assert.is.not(await mainPid("mesh-hub"), before);
    await isReady("mesh-hub");
    assert.is(await identity(), hubUdf);
    await bulbIsOnline();
    await machine.run("mesh-hub say turn on the kitchen light");
  });

  step("a machine with 256 MB is enough, with 250 strangers at the broker", async () => {
    const limit = limitMemory(256 * 2 ** 20);
    skipUnless(limit, "needs a control group with a memory limit");
    await machine.powerOff();
    try {
      await machine.boot(limit);
      await isReady("mesh-hub");
      await powerBulb();
      await bulbIsOnline();
      writeFileSync(join(machine.root, crowd), crowdSource);
      await machine.run(`systemd-run --quiet --unit=crowd node ${crowd}`);
      await machine.run("for i in 1 2 3 4 5; do mesh-hub say turn off the kitchen light && mesh-hub say turn on the kitchen light; done");
      const told = await until("the crowd has done its part", async () => {
        const [line] = (await machine.journal("crowd")).match(/^\d+ of \d+ connected, \d+ hails$/m) ?? [];
        return line;
      });
      assert.match(told, /^[12]\d\d of 250 connected, \d{4,} hails$/);
      assert.is((await machine.show("mesh-hub")).NRestarts, "0");
      assert.is(limit.kills(), 0);
      assert.ok(limit.peak() <= 256 * 2 ** 20 && limit.peak() > 32 * 2 ** 20, `${limit.peak()} octets`);
      // The limit is one: what takes more dies of it, and not the hub.
      writeFileSync(join(machine.root, greedy), "const held = []; for (let mb = 0; mb < 600; mb++) held.push(Buffer.alloc(1 << 20, 1));\n");
      await machine.run(`systemd-run --quiet --unit=greedy /usr/local/bin/node ${greedy}`);
      const end = await until("it has ended", async () => {
        const { ActiveState, ExecMainStatus } = await machine.show("greedy");
        return ActiveState === "failed" || ActiveState === "inactive" ? ExecMainStatus : undefined;
      });
      assert.is(end, "9", `${limit.kills()} kills, at most ${limit.peak()} octets`);
      assert.ok(limit.kills() > 0);
      assert.is((await machine.show("mesh-hub")).NRestarts, "0");
      await machine.powerOff();
    } finally {
      await machine.kill();
      limit.remove();
    }
    await machine.boot();
  });

  step("removed, it leaves its state, until that is purged", async () => {
    const rest = (): Promise<string> =>
      machine
        .run("ls -d /etc/systemd/system/mesh-hub.service /etc/mesh-hub /var/lib/mesh-hub/account 2>/dev/null; id -un mesh-hub 2>/dev/null", {
          mayFail: true,
        })
        .then(({ stdout }) => stdout.trim().split("\n").filter(Boolean).join(" "));
    await machine.run("mesh-hub uninstall");
    assert.is((await machine.show("mesh-hub")).LoadState, "not-found");
    assert.is(await rest(), "/etc/mesh-hub /var/lib/mesh-hub/account mesh-hub");
    await machine.run("mesh-hub install");
    assert.is(await identity(), hubUdf);
    for (const service of ["", "--service"]) await machine.run(`mesh-hub uninstall --purge ${service}`);
    assert.is(await rest(), "");
    await machine.run("mesh-hub uninstall --purge");
  });
});

/** Runs in the hub's place, in its sandbox, and tells what it could do. */
const probeSource = `
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
const attempt = (task) => { try { task(); return "possible"; } catch (error) { return error.code; } };
const field = (name) => new RegExp("^" + name + ":\\\\s+(\\\\S+)", "m").exec(readFileSync("/proc/self/status", "utf8"))[1];
const found = {
  writeUsr: attempt(() => writeFileSync("/usr/probe", "")),
  writeEtc: attempt(() => writeFileSync("/etc/probe", "")),
  writeConfiguration: attempt(() => writeFileSync("/etc/mesh-hub/probe", "")),
  homes: attempt(() => readdirSync("/home")),
  diary: attempt(() => readFileSync("/home/bob/diary")),
  rootDiary: attempt(() => readFileSync("/root/diary")),
  temporary: attempt(() => readFileSync("/tmp/marker")),
  otherProcess: attempt(() => readFileSync("/proc/1/status")),
  disk: existsSync("/dev/kmsg") || existsSync("/dev/mem") ? "present" : "absent",
  setuid: spawnSync("/usr/local/bin/setuid-id", ["-un"], { encoding: "utf8" }).stdout.trim(),
  namespace: spawnSync("unshare", ["--user", "true"]).status === 0 ? "possible" : "refused",
  status: Object.fromEntries(["NoNewPrivs", "Seccomp", "CapEff", "CapBnd"].map((name) => [name, field(name)])),
  state: attempt(() => writeFileSync("/var/lib/mesh-hub/probe.json", "")) === "possible" ? "writable" : "not writable",
};
writeFileSync("/var/lib/mesh-hub/probe.json", JSON.stringify(found));
`;

/** 250 clients that are connected to no owner and hail as fast as they may, for eight seconds. */
const crowdSource = `
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
const text = (octets) => Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 255), Buffer.from(octets)]);
const packet = (head, body) => Buffer.concat([Buffer.of(head, body.length), body]);
const sockets = [];
const admitted = new Set();
let hails = 0;
// Who got no answer comes again: how many get one in their time is the machine's business.
const open = (n) => {
  const socket = connect({ port: 1883, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  socket.on("close", () => socket.bytesRead > 0 || isOver || setTimeout(open, 2000, n));
  socket.once("data", (answer) => answer[3] === 0 && admitted.add(n));
  socket.write(packet(0x10, Buffer.concat([text(Buffer.from("MQTT")), Buffer.of(4, 2, 0, 60), text(Buffer.from(randomBytes(12).toString("hex")))])));
  sockets[n] = socket;
};
let isOver = false;
for (let n = 0; n < 250; n++) open(n);
const began = performance.now();
const timer = setInterval(() => {
  for (const socket of sockets) {
    if (socket.destroyed) continue;
    socket.write(packet(0x30, Buffer.concat([text(Buffer.from("mesh/hail")), randomBytes(12)])));
    hails += 1;
  }
  const seconds = (performance.now() - began) / 1000;
  if (seconds < 8 || (seconds < 120 && (admitted.size < 100 || hails < 1000))) return;
  isOver = true;
  clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  console.log(admitted.size + " of 250 connected, " + hails + " hails");
}, 50);
`;
