/**
 * Bob is alice's guest: with his token, through the hub's interface as the web has it, he turns on what she lets him turn on; what can do harm is put before her,
 * and done when she says yes; water is told to her; who did what stands in the audit. Then her grant ends. Real service, hub daemon, devices as processes.
 */
import {
  addGuest,
  answerOrder,
  dynamicCode,
  endGrant,
  exchangeContact,
  findGrant,
  findPlace,
  inspectHubMail,
  openWindow,
} from "../../src/account/index.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";

describe("scenario: a guest", (it) => {
  it(
    "may do what he was granted, asks for what can do harm, and nothing when it is over",
    async () => {
      const house = await startRemovalHouse();
      onCleanup(() => house.stop());
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { alice, household } = house.world;
      await openWindow({ dir: alice.dir, minutes: 60, ports });
      const phone = await household.join(alice, "phone", ["web", "command"]);
      const light = await house.light("kitchen light");
      const lock = await house.device("lock", "front door");
      const blender = await house.device("blender", "smoothie blender");
      const leak = await house.device("leak", "sink sensor");
      const bob = await household.create("bob", "bob@example.com");

      await exchangeContact(alice, (await dynamicCode(bob)).uri);
      const kitchen = findPlace(alice, "kitchen").LocalName;
      const { token } = await addGuest(alice, "bob@example.com", { places: [kitchen], until: ports.clock.now() + 3_600_000 });
      const asBob = () => {
        const principal = daemon.hub.grants.bearer(utf8(token), "house");
        return principal && daemon.hub.as(principal);
      };
      await eventually("the hub knows of the guest", () => asBob() !== undefined);
      const order = (device: string, command: string, values: Record<string, boolean> = {}) => ({
        device,
        command,
        arguments: Object.entries(values).map(([name, value]) => ({ name, value })),
      });

      const lit = await asBob()!.command(order(light, "Set", { On: true }));
      assert.is(lit.result, "Accept");
      assert.equal(lit.values.find(({ name }) => name === "On")?.value, true);

      const asked = await asBob()!.command(order(blender.udf, "Start"));
      assert.is(asked.result, "Pending");
      assert.match(asked.report ?? "", /waits until .* for the owner/);
      assert.is(((await blender.process.status()).values as Record<string, unknown>).Running, false);
      await eventually("alice's phone shows it", async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).orders.length === 1;
      });
      const [question] = (await inspectHubMail(phone)).orders;
      assert.match(question!.value.Principal, /\(guest\)$/);
      await answerOrder(phone, question!, true);
      await eventually("the blender runs", async () => ((await blender.process.status()).values as Record<string, unknown>).Running === true);

      // The lock takes it from a device of the owner alone: alice's phone orders it itself when she says yes.
      assert.is((await asBob()!.command(order(lock.udf, "Unlock"))).result, "Pending");
      await eventually("alice's phone shows that, too", async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).orders.some(({ value }) => value.Judged === true);
      });
      const [unlock] = (await inspectHubMail(phone)).orders;
      await answerOrder(phone, unlock!, true);
      assert.is(((await lock.process.status()).values as Record<string, unknown>).Locked, false);

      await leak.process.send("set Wet true");
      await eventually("alice is told of the water", async () => {
        await phone.sync();
        return (await inspectHubMail(phone)).alerts.some(({ value }) => value.DeviceUdf === leak.udf && value.Alert === "leak");
      });

      await endGrant(alice, findGrant(alice, "bob@example.com"));
      await eventually("the hub has heard that the grant is over", () => asBob() === undefined);

      const lines = await house.client().audit({});
      const said = lines.map(({ kind, command, outcome }) => `${kind} ${command} ${outcome}`);
      assert.ok(said.includes("guest Set Accept"), said.join());
      assert.ok(said.includes("guest Start ERR_CONFIRMATION_NEEDED"), said.join());
      assert.ok(
        lines.some(({ kind, command, principal }) => kind === "device" && command === "Start" && /confirmed by phone/.test(principal)),
        said.join(),
      );
      assert.is((await house.client().auditVerify()).broken, undefined);
      await throwsMesh(async () => findGrant(alice, "bob@example.com"), "ERR_NOT_FOUND");
    },
    { timeoutMs: 240_000 },
  );
});
