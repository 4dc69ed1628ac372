/**
 * A household in one box, walked as docs/first-day.md and the README have it, on a booted Debian with a phone beside it: from the installer to a lit bulb
 * without a fingerprint, what is there already taken over, what its users can reach of each other, and the owner's part moved to another machine. The tests
 * build on each other, in the order in which they are written.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { HaConnected } from "../../src/api/index.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { needChromium } from "../kit/browser.ts";
import type { FirstDay } from "../kit/first-day-walk.ts";
import { connectBulb, setUpHouse, takeOver } from "../kit/first-day-walk.ts";
import { Namespace, networkOf, plug } from "../network/namespaces.ts";
import { box, comeIn, letBridgesIn, startNeighbours } from "./first-day.ts";
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

  step(
    "from the installer to a lit bulb by a phone in the house, without typing a fingerprint; then a lamp and a plug, and Home Assistant",
    async () => {
      needChromium();
      const phone = Namespace.add("phone");
      plug({ at: phone, device: "wlan0", address: "10.77.0.2/24" }, { at: networkOf(machine.leader), device: "house0", address: `${box}/24` });
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
      const page = await comeIn(machine, phone);
      const day: FirstDay = {
        page,
        pending: async () => (await machine.ask<{ pending: Awaited<ReturnType<FirstDay["pending"]>> }>("mesh-hub owner message pending")).pending,
        accept: (messageId) => machine.run(`mesh-hub owner message accept ${messageId}`),
        devices: async () => (await machine.ask<{ devices: Awaited<ReturnType<FirstDay["devices"]>> }>("mesh-hub devices")).devices,
        editsAllowed: true,
      };
      await setUpHouse(day);
      await machine.run("mesh-hub owner device window 10m --class light");
      await connectBulb(day, join(machine.root, "root", "factory", bulb, "code.png"), bulb);
      const took = installTook + performance.now() - walking;
      console.log(`from the installer to a lit bulb: ${Math.round(took / 1000)} s, of them ${Math.round(installTook / 1000)} s the installer`);
      assert.match((await machine.run("mesh-hub say is the kitchen light on")).stdout, /kitchen light is on/);
      assert.is((await machine.ask<{ ownerHere?: boolean }>("mesh-hub status")).ownerHere, true);

      await letBridgesIn(machine);
      const neighbours = startNeighbours(phone);
      await neighbours.says((line) => line === "ready");
      await machine.run("mesh-hub owner edit allow rename move");
      await page.shows("Live");
      await takeOver(day, "zl-1 room 0", "reading lamp");
      await takeOver(day, "outlet 0", "desk plug");
      assert.equal(
        page.complaints.filter((line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to load resource/.test(line)),
        [],
      );
      const { username, password, tls } = await machine.ask<HaConnected>("mesh-hub ha connect");
      const names = ["desk plug", "kitchen light", "reading lamp"];
      await machine.run(`mesh-hub ha allow ${names.map((name) => `'${name}'`).join(" ")}`);
      neighbours.tell({ url: `mqtts://${box}:${tls?.port}`, ca: tls?.authority, username, password });
      assert.equal((JSON.parse(await neighbours.says((line) => line.startsWith("["))) as string[]).sort(), names);
      console.log(`and all of the first day: ${Math.round((installTook + performance.now() - walking) / 1000)} s`);
    },
  );

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
