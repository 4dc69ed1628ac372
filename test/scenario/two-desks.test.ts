/**
 * Alice administers from two machines at once, each command a process of its own: they change the same things in the same moment, stores begin anew
 * while the other writes, the command that does it is killed, and a machine's roles change, with its keys.
 */
import { assert, describe } from "../harness/suite.ts";
import { startTown } from "../kit/town.ts";

/** So many times both machines name the same thing at once; in one of them they meet. */
const mostRounds = 12;

describe("two administration machines", (it) => {
  it(
    "change the same thing at once: one name stands, the other is kept and settled; compaction loses nothing, killed or not",
    async () => {
      const town = await startTown();
      const { json, fails } = town;
      const ended = (child: ReturnType<typeof town.start>): Promise<number | null> => new Promise((resolve) => child.on("exit", resolve));
      const places = (name: string): readonly string[] =>
        json(name, "place", "list")
          .places.map(({ localName }: { localName: string }) => localName)
          .sort();
      town.create("desk", "alice@example.com");
      town.letIn("desk", "laptop", "admin,web");
      town.letIn("desk", "phone", "device");

      // At once: by its fingerprint, for its name is what changes.
      const phone: string = json("phone", "account", "get").device.udf;
      let conflicts: { id: string; localName: string; members: { member: string; lost: string; stands: string }[] }[] = [];
      for (let round = 1; conflicts.length === 0; round += 1) {
        assert.ok(round <= mostRounds, `they met in none of ${mostRounds} rounds`);
        const both = ["desk", "laptop"].map((name) => ended(town.start(name, "device", "name", phone, `${name}'s ${round}`)));
        assert.equal(await Promise.all(both), [0, 0], "neither is refused");
        conflicts = json("desk", "conflicts", "list").conflicts;
      }
      const [{ id, localName, members }] = conflicts as [(typeof conflicts)[number]];
      const [{ lost, stands }] = members as [(typeof members)[number]];
      assert.equal([stands, lost === stands], [localName, false]);
      assert.match(town.run("laptop", "conflicts", "get", id).stdout.toString(), new RegExp(`lost ${lost}, stands ${stands}`));
      json("laptop", "conflicts", "resolve", id);
      assert.equal(json("desk", "conflicts", "list").conflicts, []);
      assert.ok(json("desk", "device", "list").devices.some((device: { localName: string }) => device.localName === lost));

      // A store begins anew while the other machine writes, and the command that does it is killed at some moments.
      for (const name of ["hall", "kitchen", "attic"]) json("desk", "place", "add", name);
      json("phone", "account", "sync");
      for (const ms of [400, 900, undefined]) {
        const compacting = town.start("desk", "account", "compact", "Place", "Device");
        if (ms !== undefined) setTimeout(() => compacting.kill("SIGKILL"), ms);
        const writing = ended(town.start("laptop", "place", "add", `room ${ms ?? "last"}`));
        const status = await ended(compacting);
        assert.is(await writing, 0);
        if (ms === undefined) assert.is(status, 0);
      }
      const expected = ["attic", "hall", "kitchen", "room 400", "room 900", "room last"];
      for (const name of ["desk", "laptop", "phone"]) assert.equal(places(name), expected, name);
      const epochs = json("phone", "account", "info").stores.filter(({ store }: { store: string }) => store === "MMM_Place");
      assert.ok(epochs[0].epoch > 0, JSON.stringify(epochs));
      const { purged, kept } = json("desk", "account", "compact", "--purge", "--yes");
      assert.equal([purged, kept.length > 0], [[], true], "what was in force a moment ago stays a day");
      json("laptop", "place", "delete", "attic");
      assert.equal(places("phone"), expected.slice(1));

      // Keys follow roles, both ways.
      const keys = (): readonly string[] => {
        json("phone", "account", "sync");
        return json("phone", "account", "info")
          .keys.filter(({ held }: { held: boolean }) => held)
          .map(({ name }: { name: string }) => name);
      };
      assert.not(keys().includes("AccountEncryption"));
      json("laptop", "device", "auth", lost, "--role", "web", "--yes");
      assert.ok(keys().includes("AccountEncryption"), "it reads mail now");
      json("phone", "password", "add", "example.com", "alice", "once");
      const { rekeyed } = json("desk", "device", "auth", lost, "--role", "device", "--yes");
      assert.ok(rekeyed.includes("AccountEncryption"), JSON.stringify(rekeyed));
      assert.not(keys().includes("AccountEncryption"));
      json("laptop", "password", "add", "example.com", "alice", "twice");
      fails(77, "phone", "password", "get", "example.com");
    },
    { timeoutMs: 600_000 },
  );
});
