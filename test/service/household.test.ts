/**
 * A household in one box, walked as the README has it, on a booted Debian: from the installer to a lit bulb without a fingerprint, what its users can reach
 * of each other, and the owner's part moved to another machine. The tests build on each other, in the order in which they are written.
 */
import { execFileSync } from "node:child_process";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { Machine, until } from "./machine.ts";
import { installedPackage, installPackage } from "./package.ts";
import { cachedRoot, canBoot, need } from "./root.ts";

interface Devices {
  readonly devices: readonly { readonly udf: string; readonly status: string }[];
}

/** What the README promises, of a machine that has nothing else to do; a loaded one gets its own time. */
const promisedMs = 180_000;

describe("a household in one box, under systemd", (it) => {
  let machine: Machine;
  let bulb = "";

  const step = (name: string, body: () => Promise<void>) =>
    it(
      name,
      async () => {
        skipUnless(canBoot(), need);
        await body();
      },
      { timeoutMs: 2 * promisedMs },
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

  const units = ["mesh-service", "mesh-owner", "mesh-hub"];

  step("from the installer to a lit bulb, without a fingerprint", async () => {
    const maker = "meshman --dir /root/maker --service http://127.0.0.1:8443";
    const began = performance.now();
    const installed = (await machine.run("mesh-hub install --with-owner", { timeoutMs: promisedMs })).stdout;
    assert.match(installed, /whoever takes it has the account/);
    assert.match(installed, /^next: sudo mesh-hub owner device window/m);
    assert.not.match(installed, /mcu:\/\/|E[A-Z2-7]{3}(-[A-Z2-7]{4}){3}/, "no secret is told");
    const installTook = performance.now() - began;
    for (const unit of units) {
      const { ActiveState, SubState, User } = await machine.show(unit);
      assert.equal({ ActiveState, SubState, User }, { ActiveState: "active", SubState: "running", User: unit });
    }
    // The bulb's maker has an account elsewhere; here it is the same service that invites him.
    const code = (await machine.run("runuser -u mesh-service -- mesh-service invite --dir /var/lib/mesh-service")).stdout.trim();
    await machine.run(`${maker} account create maker@example.com --invitation ${code}`);
    await machine.run(`${maker} device preconfig --class light --manufacturer Lumen --model B1 --out /root/factory`);
    bulb = (await machine.run("ls /root/factory")).stdout.trim();
    await machine.run(
      `systemd-run --quiet --unit=bulb node ${installedPackage}/dist/firmware-stubs/virtual/main.js --image /root/factory/${bulb}/image --broker 127.0.0.1:1883`,
    );
    const walking = performance.now();
    await machine.run("mesh-hub owner device window 10m --class light");
    await machine.run(`mesh-hub onboard --name 'kitchen light' /root/factory/${bulb}/code.png`, { timeoutMs: promisedMs });
    assert.match((await machine.run("mesh-hub say turn on the kitchen light")).stdout, /kitchen light is on/);
    const took = installTook + performance.now() - walking;
    console.log(`from the installer to a lit bulb: ${Math.round(took / 1000)} s, of them ${Math.round(installTook / 1000)} s the installer`);
    assert.match((await machine.run("mesh-hub open")).stdout, /#link=/);
    assert.is((await machine.ask<{ ownerHere?: boolean }>("mesh-hub status")).ownerHere, true);
  });

  step("a second run changes nothing", async () => {
    const second = (await machine.run("mesh-hub install --with-owner", { timeoutMs: promisedMs })).stdout;
    assert.not.match(second, /^(write|update|create|remove|run {8}(runuser|systemctl (daemon-reload|try-restart)))/m);
  });

  step("its users reach nothing of each other", async () => {
    const refused = async (user: string, path: string): Promise<void> => {
      const { status } = await machine.run(`runuser -u ${user} -- ls ${path}`, { mayFail: true });
      assert.is.not(status, 0, `${user} reads ${path}`);
    };
    for (const user of units) for (const other of units) if (user !== other) await refused(user, `/var/lib/${other}`);
    assert.is((await machine.run("stat -c '%U %a' /var/lib/mesh-owner")).stdout.trim(), "mesh-owner 700");
    // Not in their units either, whatever their users may.
    for (const [unit, hidden] of [
      ["mesh-hub", "mesh-owner"],
      ["mesh-service", "mesh-owner"],
      ["mesh-owner", "mesh-hub"],
    ] as const) {
      const { MainPID } = await machine.show(unit);
      const seen = await machine.run(`stat -c %a /proc/${MainPID}/root/var/lib/${hidden}`, { mayFail: true });
      assert.is(seen.stdout.trim(), "0", `${unit} sees ${hidden}`);
    }
  });

  step("the owner's part moves to a laptop, and the box keeps nothing of it", async () => {
    const laptop = "meshman --dir /root/laptop --service http://127.0.0.1:8443";
    const { uri } = await machine.ask<{ uri: string }>("mesh-hub owner account pin --role admin,super,web,command");
    await machine.run(`${laptop} device join '${uri}'`);
    await machine.run(`${laptop} device complete --wait 60s`, { timeoutMs: 90_000 });
    await machine.run(`${laptop} device delete 'owner of this box' --yes`, { timeoutMs: promisedMs });
    await machine.run("mesh-hub uninstall --owner --purge --yes");
    assert.is((await machine.show("mesh-owner")).LoadState, "not-found");
    assert.is((await machine.run("ls -d /var/lib/mesh-owner", { mayFail: true })).stdout, "");
    assert.is((await machine.ask<{ ownerHere?: boolean }>("mesh-hub status")).ownerHere, undefined);
    assert.match((await machine.run("mesh-hub owner device list", { mayFail: true })).stderr, /is not on this machine/);
    await until(
      "the bulb obeys the laptop",
      async () => ((await machine.run(`${laptop} device say turn off the kitchen light`, { mayFail: true })).status === 0 ? true : undefined),
      promisedMs,
    );
    assert.ok((await machine.ask<Devices>("mesh-hub devices")).devices.some(({ udf, status }) => udf === bulb && status === "Online"));
  });
});
