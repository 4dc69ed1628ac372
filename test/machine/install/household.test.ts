/** A household in one box: which steps are taken, in which order, and what a second run or one that was cut off leaves alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../src/base/errors.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { runAsOwner } from "../../../src/machine/install/as-owner.ts";
import { checkHousehold, householdAddress, planHousehold, planWithoutOwner } from "../../../src/machine/install/household.ts";
import { runInstall } from "../../../src/machine/install/run-steps.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh } from "../../harness/suite.ts";

const place = { node: "/usr/bin/node", packageRoot: "/usr/lib/node_modules/mesh-hub", version: "1.2.3" };
const steps = planHousehold({ address: "owner@box.local", place });
const secret = "EBQC-THE-INVITATION";
const pin = "PIN=ABCD-EFGH (Expires=2030-01-01T00:00:00Z)\nURI=mcu://owner@box.local/ABCDEFGH\n";

/** A machine whose programs leave their names, and what their like would leave on the disk. */
function machine() {
  const root = tempDirectory();
  const commands: string[] = [];
  const lines: string[] = [];
  const read: string[] = [];
  const put = (path: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), "{}");
  };
  const options = {
    dryRun: false,
    root,
    print: (line: string) => void lines.push(line),
    execute: async (argv: readonly string[], input?: string) => {
      const command = argv.join(" ").replaceAll("/usr/lib/node_modules/mesh-hub/dist/src/app/", "");
      commands.push(command);
      if (input !== undefined) read.push(input);
      if (argv[0] === "install") mkdirSync(join(root, argv.at(-1) ?? ""), { recursive: true });
      if (command.includes("account create")) put("var/lib/mesh-owner/account.json");
      if (command.includes("mesh-hub.js init")) put("var/lib/mesh-hub/account/account.json");
      if (command.includes("mesh-service.js invite")) return `${secret}\n`;
      return command.includes("account pin") ? pin : "";
    },
  };
  return { root, commands, lines, read, options };
}

describe("a household in one box", (it) => {
  it("is a service, an owner and a hub, each its own user, made in an order in which each finds the one before", async () => {
    const { root, commands, lines, read, options } = machine();
    await runInstall(steps, options);
    const order = [
      "systemctl start mesh-service.service",
      "runuser -u mesh-service -- /usr/bin/node mesh-service.js invite",
      "runuser -u mesh-owner -- /usr/bin/node meshman.js --dir /var/lib/mesh-owner --service http://127.0.0.1:8443 account create owner@box.local",
      "systemctl start mesh-owner.service",
      "runuser -u mesh-owner -- /usr/bin/node meshman.js --dir /var/lib/mesh-owner account pin --role hub",
      "runuser -u mesh-hub -- /usr/bin/node mesh-hub.js init --config /etc/mesh-hub/hub.config.json",
      "systemctl start mesh-hub.service",
    ];
    const at = order.map((start) => commands.findIndex((command) => command.startsWith(start)));
    assert.not.ok(at.includes(-1), commands.join("\n"));
    assert.equal(
      at,
      [...at].sort((a, b) => a - b),
    );
    assert.equal(read, [`${secret}\n`, pin]);
    assert.not.ok(
      [...commands, ...lines].some((line) => line.includes(secret) || line.includes("ABCDEFGH")),
      "a secret stands in no list",
    );
    const unit = readFileSync(join(root, "etc/systemd/system/mesh-owner.service"), "utf8");
    assert.match(
      unit,
      /^ExecStart=\/usr\/bin\/node \/usr\/lib\/node_modules\/mesh-hub\/dist\/src\/app\/meshman\.js --dir \/var\/lib\/mesh-owner agent$/m,
    );
    assert.match(readFileSync(join(root, "etc/mesh-hub/hub.config.json"), "utf8"), /"url": "http:\/\/127\.0\.0\.1:8443"/);
    assert.match(lines.at(-2) ?? "", /whoever takes it has the account/);
    assert.match(lines.at(-1) ?? "", /^next: /);
  });

  it("changes nothing the second time, and goes on where a run was cut off", async () => {
    const { root, commands, lines, options } = machine();
    const broken = {
      ...options,
      execute: async (argv: readonly string[], input?: string) => {
        if (argv.includes("init")) throw new Error("the plug was pulled");
        return options.execute(argv, input);
      },
    };
    await throwsMesh(runInstall(steps, broken), "ERR_INTERNAL");
    assert.ok(existsSync(join(root, "var/lib/mesh-owner/account.json")));
    commands.length = 0;
    await runInstall(steps, options);
    assert.not.ok(commands.some((command) => command.includes("account create")));
    assert.ok(commands.some((command) => command.includes("mesh-hub.js init")));
    commands.length = lines.length = 0;
    await runInstall(steps, options);
    assert.not.ok(
      lines.some((line) => /^(write|update|create|remove)/.test(line)),
      lines.join("\n"),
    );
    assert.not.ok(
      commands.some((command) => /runuser|try-restart|daemon-reload/.test(command)),
      commands.join("\n"),
    );
  });

  it("is refused where the hub has another owner, and where its users could not read the package", async () => {
    checkHousehold(() => false);
    checkHousehold(() => true);
    await throwsMesh(() => checkHousehold((path) => path.startsWith("/var/lib/mesh-hub/")), "ERR_ACCOUNT_EXISTS");
    await throwsMesh(() => planHousehold({ address: "owner@box.local", place: { ...place, packageRoot: "/home/a/mesh-hub" } }), "ERR_USAGE");
    assert.equal(["Box", "box.example.com", "localhost", "_"].map(householdAddress), [
      "owner@box.local",
      "owner@box.local",
      "owner@home.local",
      "owner@home.local",
    ]);
  });

  it("gives its owner's part away, and keeps the keys until they are purged", async () => {
    const { root, commands, lines, options } = machine();
    await runInstall(steps, options);
    await runInstall(planWithoutOwner({ purge: false }), options);
    assert.ok(commands.includes("systemctl disable --now mesh-owner.service"));
    assert.ok(existsSync(join(root, "var/lib/mesh-owner/account.json")));
    assert.match(lines.at(-1) ?? "", /kept: \/var\/lib\/mesh-owner/);
    await runInstall(planWithoutOwner({ purge: true }), options);
    assert.not.ok(existsSync(join(root, "var/lib/mesh-owner")));
    assert.ok(existsSync(join(root, "etc/systemd/system/mesh-hub.service")));
    assert.is(commands.at(-1), "userdel mesh-owner");
  });

  it("has a unit that a removal, wrong arguments and another's directory end, and nothing that passes", () => {
    const text = readFileSync(packagePath("systemd", "mesh-owner.service"), "utf8");
    const ended = /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1]?.split(" ").map(Number) ?? [];
    for (const code of ["ERR_PERMISSION", "ERR_REVOKED", "ERR_USAGE"] as const) assert.ok(ended.includes(catalogue[code].exit), code);
    for (const code of ["ERR_SERVICE_UNREACHABLE", "ERR_LOCKED", "ERR_STORE", "ERR_NO_ACCOUNT", "ERR_INTERNAL"] as const)
      assert.not(ended.includes(catalogue[code].exit), code);
  });

  it("is said to be elsewhere by a machine that is none", async () => {
    skipUnless(!existsSync("/var/lib/mesh-owner"), "needs a machine without a household");
    await throwsMesh(runAsOwner(place, ["device", "list"]), "ERR_NO_ACCOUNT");
  });
});
