/**
 * Alice's service is put back to yesterday: what her machines wrote since, a removal among it, is united with what a machine wrote meanwhile to the
 * service as it was. Services and commands are processes of their own; the repair is killed on its way, and a second machine that has not heard of
 * anything goes on. Mallet has the laptop that was removed on the lost day.
 */
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { startTown } from "../kit/town.ts";

describe("a service that was put back to an earlier day", (it) => {
  it(
    "goes on with what every machine knows: changes of both sides, conflicts shown, and who was removed stays out",
    async () => {
      const town = await startTown();
      const { json, fails, run } = town;
      const places = (name: string): readonly string[] =>
        json(name, "place", "list")
          .places.map(({ localName }: { localName: string }) => localName)
          .sort();
      town.create("desk", "alice@example.com");
      town.create("bob", "bob@example.net");
      town.letIn("desk", "second", "admin,web");
      town.letIn("desk", "mallet", "web");
      for (const name of ["kitchen", "attic"]) json("desk", "place", "add", name);
      for (const name of ["second", "mallet"]) json(name, "account", "sync");
      await town.backUp("com");

      // The day that the service will have forgotten.
      json("desk", "device", "delete", "mallet", "--yes");
      json("desk", "place", "add", "cellar");
      json("desk", "place", "delete", "attic");
      json("desk", "device", "name", "second", "workbench");
      json("bob", "contact", "request", "alice@example.com", "--message", "hello");
      await eventually("bob's request is there", () => json("desk", "contact", "list").pending.length === 1);
      await town.putBack("com");

      // Who was away that day goes on with the service as it is, and so does mallet.
      json("second", "place", "add", "garden");
      json("second", "device", "name", "second", "bench");
      json("mallet", "account", "sync");
      assert.match(fails(77, "desk", "account", "sync"), /meshman account repair/);

      // The repair is killed as it goes, and begun again.
      for (const ms of [700, 1500]) {
        const repairing = town.start("desk", "account", "repair");
        const ended = new Promise((resolve) => repairing.on("exit", resolve));
        setTimeout(() => repairing.kill("SIGKILL"), ms);
        await ended;
      }
      run("desk", "account", "repair");
      assert.equal(json("desk", "account", "repair").repaired, [], "nothing is left to repair");
      json("desk", "account", "sync");
      assert.equal(places("desk"), ["cellar", "garden", "kitchen"]);
      json("second", "account", "sync");
      assert.equal(places("second"), places("desk"));

      // Both had renamed the same machine: one name stands, the other is kept until alice says which.
      const { conflicts } = json("desk", "conflicts", "list");
      const [conflict] = conflicts.filter(({ store }: { store: string }) => store === "MMM_Device");
      assert.ok(conflict, JSON.stringify(conflicts));
      const [{ lost, stands }] = conflict.members;
      assert.equal([lost, stands].sort(), ["bench", "workbench"]);
      json("desk", "conflicts", "resolve", conflict.id);
      json("second", "account", "sync");
      assert.ok(json("second", "device", "list").devices.some(({ localName }: { localName: string }) => localName === lost));
      assert.equal(
        json("second", "conflicts", "list").conflicts.filter(({ id }: { id: string }) => id === conflict.id),
        [],
      );

      // The removal of the lost day counts, and bob's message came back.
      assert.is(run("mallet", "account", "sync").status, 77);
      json("desk", "place", "add", "safe");
      assert.is(run("mallet", "place", "list").stdout.includes("safe"), false);
      assert.equal(
        json("second", "contact", "list").pending.map(({ address }: { address: string }) => address),
        ["bob@example.net"],
      );
    },
    { timeoutMs: 300_000 },
  );
});
