import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../src/base/errors.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { planInstall, planUninstall } from "../../../src/machine/install/install.ts";
import { runInstall } from "../../../src/machine/install/run-steps.ts";
import { fitUnit } from "../../../src/machine/install/unit-file.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";

const place = { node: "/usr/bin/node", packageRoot: "/usr/lib/node_modules/mesh-hub", version: "1.2.3" };

/** A machine whose files are in a temporary directory and whose programs only leave their names. */
function machine() {
  const root = tempDirectory();
  const commands: string[] = [];
  const lines: string[] = [];
  const options = {
    dryRun: false,
    root,
    print: (line: string) => void lines.push(line),
    execute: async (argv: readonly string[]) => {
      commands.push(argv.join(" "));
      if (argv[0] === "install") mkdirSync(join(root, argv.at(-1) ?? ""), { recursive: true });
      return "";
    },
  };
  return { root, commands, lines, options };
}

describe("units", (it) => {
  it("start again after what may pass, and not after what only a person mends", () => {
    for (const unit of ["mesh-hub", "mesh-service"]) {
      const text = readFileSync(packagePath("systemd", `${unit}.service`), "utf8");
      const ended = /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1]?.split(" ").map(Number) ?? [];
      for (const code of ["ERR_PERMISSION", "ERR_REVOKED", "ERR_USAGE"] as const) assert.ok(ended.includes(catalogue[code].exit), `${unit} ${code}`);
      // A port in use, an account that comes by 'init', a full disk, a service that is away.
      for (const code of [
        "ERR_CONFIG",
        "ERR_NO_ACCOUNT",
        "ERR_DISK_FULL",
        "ERR_STORE",
        "ERR_LOCKED",
        "ERR_SERVICE_UNREACHABLE",
        "ERR_INTERNAL",
      ] as const)
        assert.not(ended.includes(catalogue[code].exit), `${unit} ${code}`);
    }
  });
});

describe("install", (it) => {
  const steps = planInstall({ service: "mesh-hub", place, start: true });

  it("writes user, directories, configuration and unit, then enables and starts", async () => {
    const { root, commands, options } = machine();
    await runInstall(steps, options);
    const unit = readFileSync(join(root, "etc/systemd/system/mesh-hub.service"), "utf8");
    assert.match(unit, /^ExecStart=\/usr\/bin\/node \/usr\/lib\/node_modules\/mesh-hub\/dist\/src\/app\/mesh-hub\.js run --config/m);
    assert.ok(existsSync(join(root, "etc/mesh-hub/hub.config.json")));
    assert.is(statSync(join(root, "etc/systemd/system/mesh-hub.service")).mode & 0o777, 0o644);
    assert.equal(commands, [
      "systemd-sysusers /etc/sysusers.d/mesh-hub.conf",
      "install -d -m 0700 -o mesh-hub -g mesh-hub /var/lib/mesh-hub",
      "chown -R mesh-hub:mesh-hub /var/lib/mesh-hub",
      "systemctl daemon-reload",
      "systemctl enable mesh-hub.service",
      "systemctl try-restart mesh-hub.service",
    ]);
    commands.length = 0;
    mkdirSync(join(root, "var/lib/mesh-hub/account"), { recursive: true });
    writeFileSync(join(root, "var/lib/mesh-hub/account/account.json"), "{}");
    await runInstall(steps, options);
    assert.is(commands.at(-1), "systemctl start mesh-hub.service");
  });

  it("changes nothing the second time, and keeps an edited configuration", async () => {
    const { root, commands, lines, options } = machine();
    await runInstall(steps, options);
    writeFileSync(join(root, "etc/mesh-hub/hub.config.json"), "{}");
    commands.length = 0;
    lines.length = 0;
    await runInstall(steps, options);
    assert.ok(lines.includes("keep       /etc/mesh-hub/hub.config.json"), lines.join("\n"));
    assert.not.ok(
      lines.some((line) => /^(write|update|create|remove)/.test(line)),
      lines.join("\n"),
    );
    assert.is(readFileSync(join(root, "etc/mesh-hub/hub.config.json"), "utf8"), "{}");
    assert.not.ok(
      commands.some((command) => /daemon-reload|restart/.test(command)),
      commands.join("\n"),
    );
  });

  it("reloads and restarts for what a run that was cut off had changed, once", async () => {
    const { root, commands, options } = machine();
    const isForce = (command: string): boolean => /daemon-reload|try-restart/.test(command);
    const broken = {
      ...options,
      execute: async (argv: readonly string[]) => {
        if (argv.includes("daemon-reload")) throw new Error("the plug was pulled");
        return options.execute(argv);
      },
    };
    await throwsMesh(runInstall(steps, broken), "ERR_INTERNAL");
    assert.ok(existsSync(join(root, "etc/systemd/system/mesh-hub.service")));
    assert.not.ok(commands.some(isForce));
    await runInstall(steps, options);
    assert.equal(commands.filter(isForce), ["systemctl daemon-reload", "systemctl try-restart mesh-hub.service"]);
    commands.length = 0;
    await runInstall(steps, options);
    assert.not.ok(commands.some(isForce), commands.join("\n"));
  });

  it("only talks in a dry run", async () => {
    const { root, commands, lines, options } = machine();
    await runInstall(steps, { ...options, dryRun: true });
    assert.equal(commands, []);
    assert.not.ok(existsSync(join(root, "etc")));
    assert.ok(lines.includes("run        systemctl enable mesh-hub.service"));
  });

  it("keeps the state when it is removed, unless told to purge", async () => {
    const { root, commands, lines, options } = machine();
    await runInstall(steps, options);
    await runInstall(planUninstall({ service: "mesh-hub", purge: false }), options);
    assert.ok(commands.includes("systemctl disable --now mesh-hub.service"));
    assert.not.ok(existsSync(join(root, "etc/systemd/system/mesh-hub.service")));
    assert.ok(existsSync(join(root, "var/lib/mesh-hub")) && existsSync(join(root, "etc/mesh-hub/hub.config.json")));
    assert.match(lines.at(-1) ?? "", /kept: \/var\/lib\/mesh-hub/);
    commands.length = 0;
    await runInstall(planUninstall({ service: "mesh-hub", purge: true }), options);
    assert.equal(commands, ["userdel mesh-hub"]);
    assert.not.ok(existsSync(join(root, "var/lib/mesh-hub")) || existsSync(join(root, "etc/mesh-hub")));
    await runInstall(planUninstall({ service: "mesh-hub", purge: true }), options);
  });

  it("puts a radio and a scanner service beside the hub, once, and takes them away with it", async () => {
    const { root, commands, lines, options } = machine();
    const both = planInstall({ service: "mesh-hub", beside: ["radio", "scanner"], place, start: true });
    await runInstall(both, options);
    const written = (path: string): string => readFileSync(join(root, path), "utf8");
    assert.match(
      written("etc/systemd/system/mesh-hub-radio.service"),
      /^ExecStart=\/usr\/bin\/node \/usr\/lib\/node_modules\/mesh-hub\/dist\/src\/app\/mesh-hub\.js radio --config/m,
    );
    assert.match(
      written("etc/systemd/system/mesh-hub.service.d/radio.conf"),
      /^Environment=MESH_HUB_BLE_SOCKET=\/run\/mesh-hub-radio\/radio\.sock$/m,
    );
    assert.match(written("etc/systemd/system/mesh-hub.service.d/scanner.conf"), /^Environment=MESH_HUB_SCANNER_ENABLED=on$/m);
    assert.ok(existsSync(join(root, "etc/udev/rules.d/70-mesh-hub-scanner.rules")));
    const order = ["systemd-sysusers /etc/sysusers.d/mesh-hub-radio.conf", "udevadm control --reload", "systemctl daemon-reload"];
    const at = [
      ...order,
      "systemctl enable mesh-hub-radio.service",
      "systemctl start mesh-hub-radio.service",
      "systemctl try-restart mesh-hub.service",
    ].map((line) => commands.indexOf(line));
    assert.equal(
      at,
      [...at].sort((a, b) => a - b),
      commands.join("\n"),
    );
    assert.not.ok(at.includes(-1), commands.join("\n"));
    commands.length = lines.length = 0;
    await runInstall(both, options);
    assert.not.ok(
      lines.some((line) => /^(write|update|create|remove)/.test(line)),
      lines.join("\n"),
    );
    assert.not.ok(
      commands.some((command) => /udevadm|daemon-reload|try-restart/.test(command)),
      commands.join("\n"),
    );
    // Another version has another unit: what runs is started anew by it, also where the hub itself is not running.
    const newer = { ...place, packageRoot: "/opt/mesh-hub" };
    for (const start of [true, false]) {
      writeFileSync(join(root, "etc/systemd/system/mesh-hub-scanner.service"), "older");
      commands.length = 0;
      await runInstall(planInstall({ service: "mesh-hub", beside: ["radio", "scanner"], place: newer, start }), options);
      for (const unit of ["mesh-hub-radio.service", "mesh-hub-scanner.service"]) {
        const [reload, again, begin] = ["daemon-reload", `try-restart ${unit}`, `start ${unit}`].map((words) =>
          commands.indexOf(`systemctl ${words}`),
        );
        if (start) assert.ok(reload! >= 0 && again! > reload! && begin! > again!, commands.join("\n"));
        else assert.equal([again, begin], [-1, -1], commands.join("\n"));
      }
    }
    await runInstall(planUninstall({ service: "mesh-hub", purge: true }), options);
    for (const path of [
      "etc/systemd/system/mesh-hub-radio.service",
      "etc/systemd/system/mesh-hub.service.d/scanner.conf",
      "etc/udev/rules.d/70-mesh-hub-scanner.rules",
    ])
      assert.not.ok(existsSync(join(root, path)), path);
    assert.ok(commands.includes("userdel mesh-hub-scanner"));
  });

  it("puts the Matter bridge beside the hub, under a user that the hub's socket is closed to, and takes it away with what it keeps when purged", async () => {
    const { root, commands, lines, options } = machine();
    const plan = planInstall({ service: "mesh-hub", beside: ["matter"], place, start: true });
    await runInstall(plan, options);
    const written = (path: string): string => readFileSync(join(root, path), "utf8");
    assert.match(
      written("etc/systemd/system/mesh-hub-matter.service"),
      /^ExecStart=\/usr\/bin\/node \S+\/mesh-hub\.js matter serve --config \S+ \/run\/mesh-hub-matter\/matter\.sock \/var\/lib\/mesh-hub-matter$/m,
    );
    assert.is(
      written("etc/systemd/system/mesh-hub.service.d/matter.conf"),
      [
        ...["[Unit]", "Wants=mesh-hub-matter.service", "After=mesh-hub-matter.service", "", "[Service]"],
        ...["Environment=MESH_HUB_MATTER_SOCKET=/run/mesh-hub-matter/matter.sock", "Environment=MESH_HUB_MATTER_ENABLED=true"],
        ...["# The hub may open its socket, and not the other way round.", "SupplementaryGroups=mesh-hub-matter", ""],
      ].join("\n"),
    );
    const { config } = loadConfig({
      cwd: root,
      env: { MESH_HUB_MATTER_SOCKET: "/run/mesh-hub-matter/matter.sock", MESH_HUB_MATTER_ENABLED: "true" },
    });
    assert.equal([config.matter.socket, config.matter.enabled], ["/run/mesh-hub-matter/matter.sock", true]);
    const order = ["systemd-sysusers /etc/sysusers.d/mesh-hub-matter.conf", "systemctl daemon-reload"];
    const at = [
      ...order,
      "systemctl enable mesh-hub-matter.service",
      "systemctl start mesh-hub-matter.service",
      "systemctl try-restart mesh-hub.service",
    ].map((line) => commands.indexOf(line));
    assert.equal(
      at,
      [...at].sort((a, b) => a - b),
      commands.join("\n"),
    );
    assert.not.ok(at.includes(-1), commands.join("\n"));
    lines.length = 0;
    await runInstall(plan, options);
    assert.not.ok(
      lines.some((line) => /^(write|update|create|remove)/.test(line)),
      lines.join("\n"),
    );
    mkdirSync(join(root, "var/lib/mesh-hub-matter"), { recursive: true });
    await runInstall(planUninstall({ service: "mesh-hub", purge: false }), options);
    for (const path of ["etc/systemd/system/mesh-hub-matter.service", "etc/systemd/system/mesh-hub.service.d/matter.conf"])
      assert.not.ok(existsSync(join(root, path)), path);
    assert.ok(existsSync(join(root, "var/lib/mesh-hub-matter")));
    await runInstall(planUninstall({ service: "mesh-hub", purge: true }), options);
    assert.not.ok(existsSync(join(root, "var/lib/mesh-hub-matter")));
    assert.ok(commands.includes("userdel mesh-hub-matter"));
  });

  it("gives the hub serial lines, or sound cards, and no other device, once, and takes them away with it", async () => {
    const { root, lines, options } = machine();
    const plan = planInstall({ service: "mesh-hub", rights: ["serial", "mic"], place, start: true });
    const dropIn = (name: string): string => join(root, `etc/systemd/system/mesh-hub.service.d/${name}.conf`);
    await runInstall(plan, options);
    assert.match(readFileSync(dropIn("serial"), "utf8"), /^DevicePolicy=closed\nDeviceAllow=char-ttyUSB rw$/m);
    assert.match(readFileSync(dropIn("mic"), "utf8"), /^DevicePolicy=closed\nDeviceAllow=char-alsa rw$/m);
    const left = lines.slice(-3).join("\n");
    const command = "sudo mesh-hub config set";
    for (const words of [`${command} serial.ports`, `${command} speech.microphone default`, `speech.recogniser is off: sudo apt install`])
      assert.ok(left.includes(words), left);
    assert.ok(left.endsWith(`${command} speech.recogniser local`), left);
    lines.length = 0;
    await runInstall(plan, options);
    assert.not.ok(
      lines.some((line) => /^(write|update|create|remove)/.test(line)),
      lines.join("\n"),
    );
    await runInstall(planUninstall({ service: "mesh-hub", purge: false }), options);
    for (const name of ["serial", "mic"]) assert.not.ok(existsSync(dropIn(name)), name);
  });

  it("restarts what runs when the version is another", async () => {
    const { commands, options } = machine();
    await runInstall(steps, options);
    commands.length = 0;
    await runInstall(planInstall({ service: "mesh-hub", place: { ...place, version: "1.2.4" }, start: true }), options);
    assert.ok(commands.includes("systemctl try-restart mesh-hub.service"), commands.join("\n"));
  });

  it("installs the Mesh service the same way", async () => {
    const { root, options } = machine();
    await runInstall(planInstall({ service: "mesh-service", place, start: false }), options);
    assert.match(readFileSync(join(root, "etc/systemd/system/mesh-service.service"), "utf8"), /dist\/src\/app\/mesh-service\.js --dir/);
  });

  it("lets a package in a home directory through the sandbox, and refuses one in /tmp", async () => {
    const template = "ExecStart=/usr/bin/env mesh-hub run\nProtectHome=yes\n";
    const unit = fitUnit(template, { node: "/home/a/.nvm/v20/bin/node", packageRoot: "/home/a/my 100% $hub", version: "1.2.3" });
    assert.is(
      unit,
      'ExecStart=/home/a/.nvm/v20/bin/node "/home/a/my 100%% $$hub/dist/src/app/mesh-hub.js" run\n' +
        'ProtectHome=tmpfs\nBindReadOnlyPaths="/home/a/my 100%% $$hub"\nBindReadOnlyPaths=/home/a/.nvm/v20\n',
    );
    await throwsMesh(() => fitUnit(template, { node: "/usr/bin/node", packageRoot: "/tmp/x", version: "1.2.3" }), "ERR_USAGE");
  });

  it("says what failed and stops", async () => {
    const { options } = machine();
    const { execute: _, ...real } = options;
    const step = { kind: "command", argv: ["no-such-program-here"], when: "always" } as const;
    assert.match((await throwsMesh(runInstall([step], real), "ERR_ADAPTER")).message, /no-such-program-here is not on this machine/);
    const failing = { kind: "command", argv: ["sh", "-c", "echo broken >&2; exit 3"], when: "always" } as const;
    assert.match((await throwsMesh(runInstall([failing], real), "ERR_ADAPTER")).message, /failed: broken/);
  });
});
