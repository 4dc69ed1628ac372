/**
 * Two adults with equal rights: Alice makes the account, Bob's laptop is an administration device with the secret, too. Either lets machines and lamps
 * in, names them, orders, escrows; either removes what the other let in, and when one's machine is lost the other removes it. The house obeys both.
 */
import { assert, describe } from "../harness/suite.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { runningHouse } from "../kit/removal-house.ts";

describe("two adults of one house", (it) => {
  it(
    "have equal rights, also over each other's machines",
    async () => {
      const house = await runningHouse();
      const { alice, household } = house.world;
      const lamp = await house.light("lamp");
      await house.world.agent(false);
      await alice.close();
      const on = (name: string) => machine(household.home(name), household.service.url);
      const hers = machine(alice.dir, household.service.url);
      const his = on("bob");

      const { uri } = await hers.json("account", "pin", "--role", "admin", "--role", "super", "--role", "command", "--name", "bob");
      await his.does("device", "request", uri);
      await hers.does("account", "sync");
      await his.does("device", "complete");
      for (const desk of [hers, his]) {
        const { device, administrators } = await desk.json("account", "info");
        assert.equal([device.holdsSeed, administrators.length], [true, 2]);
      }

      // Each lets a machine in, and the other one sees and names it.
      for (const [host, guest, name, called] of [
        [hers, his, "tablet", "kitchen tablet"],
        [his, hers, "phone", "bob's phone"],
      ] as const) {
        const { uri: pin } = await host.json("account", "pin", "--role", "web");
        await on(name).does("device", "request", pin, "--name", name);
        await host.does("account", "sync");
        await on(name).does("device", "complete");
        await guest.does("device", "name", name, called);
        assert.match(await host.does("device", "list"), new RegExp(`^${called}\\t`, "m"));
      }

      // The hub and the lamp obey both.
      for (const [desk, word, isOn] of [
        [hers, "on", true],
        [his, "off", false],
      ] as const) {
        const said = await desk.json("device", "say", `turn ${word} the lamp`, "--wait", "60");
        assert.equal([said.devices[0].deviceUdf, said.devices[0].result, said.devices[0].values.On], [lamp, "Accept", isOn], JSON.stringify(said));
      }

      // Either splits the secret, and it is the same account; either removes what the other let in.
      const escrows = [await hers.json("account", "escrow"), await his.json("account", "escrow")];
      assert.is(escrows[0].udf, escrows[1].udf);
      for (const [shares, checker] of [
        [escrows[0].shares, his],
        [escrows[1].shares, hers],
      ] as const)
        assert.is((await checker.json("account", "recover", "--verify", shares[0], shares[1])).verified, true);
      await his.does("device", "delete", "kitchen tablet", "--yes");
      assert.is((await on("tablet").run(["account", "sync"])).status === 0, false);

      // Her machine is lost. He removes it, says so truthfully, and the house goes on.
      const { rekeyed, remains } = await his.json("device", "delete", "alice", "--yes", "--wait", "90");
      assert.ok(rekeyed.includes("AdministratorSignature"));
      assert.match(remains.join("\n"), /alice may hold the seed/);
      assert.is((await hers.run(["account", "sync"])).status === 0, false);
      const after = await his.json("device", "say", "turn on the lamp", "--wait", "60");
      assert.equal([after.devices[0].result, after.devices[0].values.On], ["Accept", true], JSON.stringify(after));

      // By shares that either made she is back, as an equal.
      const back = on("back");
      await back.does("account", "recover", escrows[0].shares[1], escrows[0].shares[2], "--record", escrows[1].record, "--name", "back");
      assert.equal((await back.json("account", "info")).administrators.length, 2);
      const dark = await back.json("device", "say", "turn off the lamp", "--wait", "60");
      assert.equal([dark.devices[0].result, dark.devices[0].values.On], ["Accept", false], JSON.stringify(dark));
    },
    { timeoutMs: 600_000 },
  );
});
