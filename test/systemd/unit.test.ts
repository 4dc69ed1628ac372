/** The unit files by systemd's own judgement. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { fitUnit } from "../../src/machine/install/unit-file.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

/** Exposure of a unit file as systemd-analyze scores it, 0 best to 10 worst. */
function exposure(path: string): number {
  const run = spawnSync("systemd-analyze", ["security", "--offline=true", path], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  return Number(/Overall exposure level for .*: ([0-9.]+)/.exec(run.stdout)?.[1]);
}

for (const name of ["mesh-hub", "mesh-service"]) {
  describe(`${name}.service`, (it) => {
    const source = packagePath("systemd", `${name}.service`);

    it("is verified without a word, as shipped and as installed", () => {
      skipUnless(hasAnalyze, "needs systemd-analyze");
      const installed = join(tempDirectory(), `${name}.service`);
      const place = { node: process.execPath, packageRoot: "/opt/mesh-hub", version: "1.2.3" };
      writeFileSync(installed, fitUnit(readFileSync(source, "utf8"), place));
      for (const path of [source, installed]) {
        const run = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
        assert.equal({ status: run.status, said: run.stdout + run.stderr }, { status: 0, said: "" });
      }
    });

    it("has an exposure below 2.0", () => {
      skipUnless(hasAnalyze, "needs systemd-analyze");
      const score = exposure(source);
      assert.ok(score < 2.0, `exposure ${score}`);
    });

    it("tells systemd how it fares", () => {
      const unit = readFileSync(source, "utf8");
      for (const line of ["Type=notify", "NotifyAccess=all", "KillMode=mixed", "Restart=on-failure", `StateDirectory=${name}`])
        assert.ok(unit.includes(`\n${line}\n`), line);
      assert.match(unit, /^WatchdogSec=\d+s$/m);
      assert.match(unit, /^TimeoutStopSec=\d+s$/m);
    });

    it("is tried again for as long as it takes, and cannot take the machine with it", () => {
      const unit = readFileSync(source, "utf8");
      for (const line of ["StartLimitIntervalSec=0", "LimitCORE=0"]) assert.ok(unit.includes(`\n${line}\n`), line);
      assert.not.match(unit, /^StartLimitBurst=/m);
      const [, pause] = /^RestartSec=(\d+)s$/m.exec(unit) ?? [];
      assert.ok(Number(pause) >= 5 && Number(pause) <= 30, "neither a busy loop nor a long wait");
      assert.match(unit, /^MemoryMax=\d+[MG]$/m);
      assert.match(unit, /^TasksMax=\d+$/m);
    });
  });
}

for (const [name, rights] of [
  ["mesh-hub-radio", { has: ["CapabilityBoundingSet=CAP_NET_RAW", "RestrictAddressFamilies=AF_UNIX AF_BLUETOOTH", "PrivateDevices=yes"], most: 2.6 }],
  [
    "mesh-hub-scanner",
    {
      // The kind of device has to be known to the kernel before the unit that may use it is started.
      has: [
        ...["CapabilityBoundingSet=", "RestrictAddressFamilies=AF_UNIX AF_NETLINK", "DeviceAllow=char-hidraw rw"],
        ...["Wants=modprobe@hid.service", "After=modprobe@hid.service"],
      ],
      most: 2.0,
    },
  ],
] as const) {
  describe(`${name}.service`, (it) => {
    const source = packagePath("systemd", `${name}.service`);

    it("is verified without a word, as shipped and as installed", () => {
      skipUnless(hasAnalyze, "needs systemd-analyze");
      const installed = join(tempDirectory(), `${name}.service`);
      writeFileSync(installed, fitUnit(readFileSync(source, "utf8"), { node: process.execPath, packageRoot: "/opt/mesh-hub", version: "1.2.3" }));
      for (const path of [source, installed]) {
        const run = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
        assert.equal({ status: run.status, said: run.stdout + run.stderr }, { status: 0, said: "" });
      }
    });

    it("has the one right that it is for, no state, no network, and a user of its own", () => {
      const unit = readFileSync(source, "utf8");
      for (const line of [...rights.has, `User=${name}`, "Group=mesh-hub", "IPAddressDeny=any", "InaccessiblePaths=-/var/lib/mesh-hub"])
        assert.ok(unit.includes(`\n${line}\n`), line);
      assert.not.match(unit, /^(StateDirectory|LoadCredential)=/m);
      assert.not.match(unit, /AF_INET/);
      if (hasAnalyze) assert.ok(exposure(source) < rights.most, `exposure ${exposure(source)}`);
    });
  });
}

describe("mesh-hub-matter.service", (it) => {
  const source = packagePath("systemd", "mesh-hub-matter.service");

  it("is verified without a word, as shipped and as installed", () => {
    skipUnless(hasAnalyze, "needs systemd-analyze");
    const installed = join(tempDirectory(), "mesh-hub-matter.service");
    writeFileSync(installed, fitUnit(readFileSync(source, "utf8"), { node: process.execPath, packageRoot: "/opt/mesh-hub", version: "1.2.3" }));
    for (const path of [source, installed]) {
      const run = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
      assert.equal({ status: run.status, said: run.stdout + run.stderr }, { status: 0, said: "" });
    }
  });

  it("has a user, a group and a directory of its own, its own bound of memory, and no way to what is the hub's", () => {
    const unit = readFileSync(source, "utf8");
    const wanted = [
      ...[
        "User=mesh-hub-matter",
        "Group=mesh-hub-matter",
        "CapabilityBoundingSet=",
        "PrivateUsers=yes",
        "PrivateDevices=yes",
        "ProtectProc=invisible",
      ],
      ...["StateDirectory=mesh-hub-matter", "StateDirectoryMode=0700", "RuntimeDirectoryMode=0750", "IPAddressDeny=localhost", "LimitCORE=0"],
      "InaccessiblePaths=-/var/lib/mesh-hub -/var/lib/mesh-owner -/var/lib/mesh-service",
    ];
    for (const line of wanted) assert.ok(unit.includes(`\n${line}\n`), line);
    assert.match(unit, /^MemoryMax=\d+M$/m);
    assert.not.match(unit, /^(SupplementaryGroups|LoadCredential|EnvironmentFile)=/m);
    if (hasAnalyze) assert.ok(exposure(source) < 2.0, `exposure ${exposure(source)}`);
  });
});

describe("mesh-owner.service", (it) => {
  const source = packagePath("systemd", "mesh-owner.service");

  it("is verified without a word, has a user and a directory of its own, and no sight of the others'", () => {
    const unit = readFileSync(source, "utf8");
    const wanted = ["User=mesh-owner", "Group=mesh-owner", "StateDirectoryMode=0700", "CapabilityBoundingSet=", "LimitCORE=0"];
    for (const line of [...wanted, "InaccessiblePaths=-/var/lib/mesh-hub -/var/lib/mesh-service"]) assert.ok(unit.includes(`\n${line}\n`), line);
    for (const other of ["mesh-hub", "mesh-service"])
      assert.match(readFileSync(packagePath("systemd", `${other}.service`), "utf8"), /^InaccessiblePaths=-\/var\/lib\/mesh-owner$/m);
    skipUnless(hasAnalyze, "needs systemd-analyze");
    const run = spawnSync("systemd-analyze", ["verify", "--man=no", source], { encoding: "utf8" });
    assert.equal({ status: run.status, said: run.stdout + run.stderr }, { status: 0, said: "" });
    assert.ok(exposure(source) < 2.0, `exposure ${exposure(source)}`);
  });
});

describe("the hub's unit with a right of its own", (it) => {
  for (const { right, kinds, modules, group } of [
    {
      right: "serial",
      kinds: ["char-ttyUSB", "char-ttyACM", "char-ttyAMA", "char-ttyS"],
      modules: "modprobe@usbserial.service modprobe@cdc_acm.service",
      group: "dialout",
    },
    { right: "mic", kinds: ["char-alsa"], modules: "modprobe@snd.service", group: "audio" },
  ]) {
    it(`to ${right}: is verified without a word, and has these devices and no others`, () => {
      const dropIn = readFileSync(packagePath("systemd", `mesh-hub-${right}.conf`), "utf8");
      assert.equal(
        [...dropIn.matchAll(/^DeviceAllow=(\S+)/gm)].map(([, device]) => device),
        kinds,
      );
      assert.match(dropIn, /^DevicePolicy=closed$/m);
      assert.match(dropIn, new RegExp(`^SupplementaryGroups=${group}$`, "m"));
      for (const what of ["Wants", "After"]) assert.match(dropIn, new RegExp(`^${what}=${modules}$`, "m"));
      skipUnless(hasAnalyze, "needs systemd-analyze");
      const unit = join(tempDirectory(), "mesh-hub.service");
      mkdirSync(`${unit}.d`);
      writeFileSync(unit, readFileSync(packagePath("systemd", "mesh-hub.service")));
      writeFileSync(join(`${unit}.d`, `${right}.conf`), dropIn);
      const run = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
      assert.equal({ status: run.status, said: run.stdout + run.stderr }, { status: 0, said: "" });
    });
  }
});

describe("the hub's unit", (it) => {
  it("outlives a child that takes too much memory", () => {
    assert.match(readFileSync(packagePath("systemd", "mesh-hub.service"), "utf8"), /^OOMPolicy=continue$/m);
  });

  it("has neither right", () => {
    const unit = readFileSync(packagePath("systemd", "mesh-hub.service"), "utf8");
    assert.not.match(unit, /^(?!#).*(CAP_NET_RAW|AF_BLUETOOTH|hidraw)/m);
  });
});

describe("the udev rule of scanners", (it) => {
  it("takes a scanner in HID POS mode by its report descriptor, and no keyboard", () => {
    const rule = readFileSync(packagePath("systemd", "mesh-hub-scanner.rules"), "utf8");
    const [, script = ""] = /PROGRAM=="\/bin\/sh -c '([^']+)'"/.exec(rule) ?? [];
    const file = join(tempDirectory(), "report_descriptor");
    const takes = (...octets: number[]): boolean => {
      writeFileSync(file, Uint8Array.from(octets));
      return spawnSync("/bin/sh", ["-c", script.replace("/sys%p/device/report_descriptor", file)]).status === 0;
    };
    assert.ok(takes(0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01));
    // A keyboard, a mouse, a keyboard that has these octets later.
    for (const octets of [
      [0x05, 0x01, 0x09, 0x06],
      [0x05, 0x01, 0x09, 0x02],
      [0x05, 0x01, 0x09, 0x06, 0x0a, 0x05, 0x8c],
    ])
      assert.not.ok(takes(...octets));
  });
});
