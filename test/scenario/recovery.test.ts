/**
 * Alice loses her only machine. By two of three shares a new one becomes it: her hub and her bulb obey it, without a scan, and the lost one is removed,
 * with which all keys are replaced. Then she loses that one, too: by the same shares.
 */
import { rmSync } from "node:fs";
import { assert, describe } from "../harness/suite.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { runningHouse } from "../kit/removal-house.ts";

describe("an account that is recovered", (it) => {
  it(
    "keeps its hub and its bulb, also when the lost machine is removed",
    async () => {
      const house = await runningHouse();
      const { alice, household } = house.world;
      const lamp = await house.light("lamp");
      await house.world.agent(false);
      const desk = machine(alice.dir, household.service.url);
      const { shares, udf } = await desk.json("account", "escrow", "--quorum", "2", "--shares", "3");
      const before = await desk.json("device", "list");
      await alice.close();
      rmSync(alice.dir, { recursive: true });

      const phone = machine(household.home("phone"), household.service.url);
      const recovered = await phone.json("account", "recover", shares[2], shares[0], "--account", "alice@example.com", "--name", "phone");
      assert.is(recovered.udf, udf);
      const { devices } = await phone.json("device", "list");
      const names = (list: readonly { localName: string }[]): readonly string[] => list.map(({ localName }) => localName).sort();
      assert.equal(names(devices), [...names(before.devices), "phone"].sort());
      const on = await phone.json("device", "say", "turn on the lamp", "--wait", "60");
      assert.equal([on.devices[0].deviceUdf, on.devices[0].result, on.devices[0].values.On], [lamp, "Accept", true], JSON.stringify(on));

      await phone.does("device", "delete", "alice", "--yes", "--wait", "90");
      const off = await phone.json("device", "say", "turn off the lamp", "--wait", "60");
      assert.equal([off.devices[0].result, off.devices[0].values.On], ["Accept", false], JSON.stringify(off));
      assert.match(await phone.does("device", "say", "is the lamp on"), /^no, lamp: off/m);

      const { administrators } = await phone.json("account", "info");
      rmSync(household.home("phone"), { recursive: true });
      const spare = machine(household.home("spare"), household.service.url);
      await spare.json("account", "recover", shares[0], shares[1], "--account", "alice@example.com", "--name", "spare");
      assert.equal((await spare.json("account", "info")).administrators.length, administrators.length + 1);
      const again = await spare.json("device", "say", "turn on the lamp", "--wait", "60");
      assert.equal([again.devices[0].deviceUdf, again.devices[0].result, again.devices[0].values.On], [lamp, "Accept", true], JSON.stringify(again));
      await spare.does("device", "delete", "phone", "--yes", "--wait", "90");
      const dark = await spare.json("device", "say", "turn off the lamp", "--wait", "60");
      assert.equal([dark.devices[0].result, dark.devices[0].values.On], ["Accept", false], JSON.stringify(dark));
    },
    { timeoutMs: 600_000 },
  );
});
