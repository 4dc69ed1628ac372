/** `device delete`, `group machines`, `group unpin` and `account delete` where machines administer groups: what is ended, and what is said of the rest. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AccountContext, edit, inGroup } from "../../../src/account/index.ts";
import { deriveKey, newSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import type { CatalogedGroup, Enveloped } from "../../../src/schema/index.ts";
import { envelopeObject, GroupMachine, groupCatalog, groupKey, keyDataOf, verifyGroupMachine } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { machine } from "../../kit/meshman-terminal.ts";

const [ofAlice, family] = ["alice@example.com", "family@example.com"];

async function connect(desk: Machine, one: Machine, name: string): Promise<void> {
  const { uri } = await desk.json("account", "pin", "--role", "admin,web,message", "--name", name);
  await one.does("device", "request", uri);
  await desk.does("account", "sync");
  await one.does("device", "complete");
}

async function administer(desk: Machine, one: Machine): Promise<void> {
  const { uri } = await desk.json("group", "pin", family, "--root");
  await one.does("group", "join", uri);
  await desk.does("group", "sync", family);
  await one.does("group", "complete", family);
}

/** A machine says in the place of its own word that the one of the group is a device which nobody knows. */
async function hide(dir: string): Promise<void> {
  const own = await AccountContext.open({ dir, ports });
  try {
    const { accountUdf: GroupUdf, identity } = await inGroup(own, family, async (group) => group);
    const [invented, inGroupOnly] = [deriveKey(newSeed(ports.random, seedSpecifier.device), "invented", "Ed448"), identity.base.profile];
    const value = {
      AccountUdf: own.accountUdf,
      GroupUdf,
      DeviceKey: keyDataOf(invented.public),
      MachineKey: keyDataOf(inGroupOnly.public),
    };
    const word = envelopeObject({ struct: GroupMachine, value, signers: [invented, inGroupOnly], random: ports.random });
    await own.sync();
    const Machines = (all: CatalogedGroup["Machines"] = []) => [...all.filter((said) => !isOf(said, GroupUdf, own)), word];
    await own.transact({ catalogs: [edit(groupCatalog, groupKey(family), (entry) => entry && { ...entry, Machines: Machines(entry.Machines) })] });
  } finally {
    await own.close();
  }
}

const isOf = (said: Enveloped<GroupMachine>, groupUdf: string, { accountUdf, deviceUdf }: AccountContext): boolean =>
  verifyGroupMachine(said, { accountUdf, groupUdf }).deviceUdf === deviceUdf;

describe("a machine that administers a group and is deleted", (it) => {
  it(
    "administers it no more, or who has to end that is said with the command",
    async () => {
      const house = await startHousehold();
      try {
        const at = (name: string): Machine => machine(house.home(name), house.service.url);
        const [desk, laptop, tablet, phone] = [at("desk"), at("laptop"), at("tablet"), at("phone")];
        await desk.does("account", "create", ofAlice, "--name", "desk");
        await desk.does("group", "create", family);
        for (const [one, name] of [
          [laptop, "laptop"],
          [tablet, "tablet"],
          [phone, "phone"],
        ] as const)
          await connect(desk, one, name);
        await administer(desk, laptop);
        await administer(desk, tablet);
        await desk.does("account", "sync");
        const listed = await desk.does("group", "machines", family);
        assert.match(listed, /desk\s+this one\s+yes/);
        assert.match(listed, /laptop\s+yes\s+yes/);
        assert.match(listed, /tablet\s+yes\s+yes/);

        // The phone administers no group: it removes the machine from the account, and says where the rest is done.
        await phone.does("account", "sync");
        const elsewhere = await phone.run(["device", "delete", "laptop", "--yes"]);
        assert.is(elsewhere.status, 0, elsewhere.stderr);
        const [, word] =
          /remains: laptop administers family@example\.com.*next, on (?:desk or tablet|tablet or desk): '(meshman group unpin [^']+)'/.exec(
            elsewhere.stderr,
          )!;
        await desk.does("account", "sync");
        assert.match(await desk.does("group", "machines", family), /M[A-Z2-7-]+\s+no, removed/);
        const ended = await desk.json(...(word ?? "").split(" ").slice(1), "--yes");
        assert.equal([ended.group, ended.mayHoldRoot, typeof ended.key], [family, true, "string"]);
        // The laptop meets its removal, and erases what it has of the group with the rest.
        assert.ok(existsSync(join(house.home("laptop"), "groups")));
        await laptop.fails(77, "account", "sync");
        assert.not(existsSync(join(house.home("laptop"), "groups")));

        const here = await desk.run(["device", "delete", "tablet", "--yes", "--json"]);
        assert.is(here.status, 0, here.stderr);
        assert.equal(JSON.parse(here.stdout).groups, [{ group: family, outcome: "ended", mayHoldRoot: true, renewed: true }]);
        const left = await desk.json("group", "machines", family);
        assert.equal(
          left.machines.map(({ name }: { name: string }) => name),
          ["desk"],
        );

        // Somebody who removes the only machine that administers a group is told before.
        await phone.does("account", "sync");
        const alone = await phone.run(["device", "delete", "desk"]);
        assert.match(alone.stderr, /desk may hold the seed/);
        const asked = await desk.run(["account", "delete", ofAlice]);
        assert.is(asked.status, 2, asked.stderr);
        assert.match(asked.stderr, /this machine's keys of these groups go, too.*family@example\.com/);
      } finally {
        await house.stop();
      }
    },
    { timeoutMs: 400_000 },
  );

  it(
    "and has hidden that it does is shown where the group is administered, and elsewhere it is said where to look",
    async () => {
      const house = await startHousehold();
      try {
        const at = (name: string): Machine => machine(house.home(name), house.service.url);
        const [desk, laptop, phone] = [at("desk"), at("laptop"), at("phone")];
        await desk.does("account", "create", ofAlice, "--name", "desk");
        await desk.does("group", "create", family);
        await connect(desk, laptop, "laptop");
        await connect(desk, phone, "phone");
        await administer(desk, laptop);
        await hide(house.home("laptop"));

        await phone.does("account", "sync");
        const elsewhere = await phone.run(["device", "delete", "laptop", "--yes"]);
        assert.is(elsewhere.status, 0, elsewhere.stderr);
        assert.match(
          elsewhere.stderr,
          /laptop has not said that it administers family@example\.com; .* on desk: 'meshman group machines family@example\.com'/,
        );
        const here = await desk.run(["device", "delete", "laptop", "--yes"]);
        assert.is(here.status, 0, here.stderr);
        assert.match(here.stderr, /1 machine administers family@example\.com without the word of a connected one of yours/);
        const { stdout, stderr } = await desk.run(["group", "machines", family]);
        assert.match(stdout, /M[A-Z2-7-]+\s+not said/);
        const [, next] = /none of yours: 'meshman ([^']+)'/.exec(stderr)!;
        await desk.does(...(next ?? "").split(" "), "--yes");
        assert.not.match(await desk.does("group", "machines", family), /not said/);
      } finally {
        await house.stop();
      }
    },
    { timeoutMs: 400_000 },
  );
});
