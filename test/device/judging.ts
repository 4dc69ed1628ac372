/** Orders that the device judges, and what it signs (docs/device-link.md §7.1). */
import { assert, within } from "../harness/suite.ts";
import { pause } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";
import { delegate, delegation, makePhone, orderOf, verified, work } from "../kit/lock-house.ts";
import { makeDevice, random } from "../kit/owner.ts";
import { powerLost } from "./device-under-test.ts";
import type { Step } from "./life.ts";
import { valueNamed } from "./life.ts";

export const judging: readonly Step[] = [
  [
    "it takes orders of its owner's own devices, once each, and signs what came of them",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const house = { ...device.owned(), ...work(session, device.owned()) };
      const [phone, stranger] = [makePhone(), makePhone()];
      assert.is((await delegate(house, delegation(house, 1, [phone]))).Result, "Accept");
      const { command, shows } = sample.judged ?? { command: "", shows: { Name: "", Value: 0 } };
      const given = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
      const done = await house.power.judge(given);
      assert.is(done.result, "Accept", done.report);
      const report = verified(house, done.reported);
      assert.equal([report.MessageId, report.Result, valueNamed(report.Values, shows.Name)], [given.messageId, "Accept", shows.Value]);
      assert.is((await device.values())[shows.Name], shows.Value);

      const foreign = orderOf(house, stranger, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
      assert.is((await house.power.judge(foreign)).result, "Reject");
      const invented = orderOf(house, phone, { Nonce: random.bytes(16), Command: command });
      assert.is((await house.power.judge(invented)).result, "Reject");
      const elsewhere = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command, DeviceUdf: makeDevice().deviceUdf });
      assert.is((await house.power.judge(elsewhere)).result, "Reject");

      assert.is((await delegate(house, delegation(house, 2, [phone], ["Identify"]))).Result, "Accept");
      assert.is((await delegate(house, delegation(house, 1, [stranger]))).Result, "Reject", "an older delegation");
      const beyond = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
      assert.is((await house.power.judge(beyond)).result, "Reject", "not in the grant");

      await device.powerCycle();
      const later = { ...house, ...work((await device.link()).session, device.owned()) };
      assert.is((await later.power.judge(given)).result, "Reject", "a restart forgets nonces");
      const events = later.signed.length;
      await device.process.send(`set ${sample.turned.name} ${sample.turned.value}`);
      await device.process.send(
        `set ${sample.turned.name} ${typeof sample.turned.value === "boolean" ? !sample.turned.value : Number(sample.turned.value) + 1}`,
      );
      await eventually("its own events go out signed", () => later.signed.length > events);
      verified(later, later.signed.at(-1)?.enveloped);
    },
  ],
  [
    "an order counts once, while its nonce does, and the hub alone gives none",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const house = { ...device.owned(), ...work(session, device.owned()) };
      const phone = makePhone();
      const generation = 10;
      assert.is((await delegate(house, delegation(house, generation, [phone]))).Result, "Accept");
      const { command, shows } = sample.judged ?? { command: "", shows: { Name: "", Value: 0 } };
      const undo = typeof shows.Value === "boolean" ? !shows.Value : Number(shows.Value) - 1;
      const fresh = async () => orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
      const shown = async (): Promise<unknown> => (await device.values())[shows.Name];

      // Somebody else who asks for nonces without end has his own alone.
      const given = orderOf(house, phone, { Nonce: (await house.power.nonce(30, 1)).nonce, Command: command });
      const others = orderOf(house, phone, { Nonce: (await house.power.nonce(30, 2)).nonce, Command: command });
      for (let i = 0; i < 9; i++) await house.power.nonce(30, 2);
      // Also where as many order as there are nonces, each with one.
      for (const who of [3, 4, 5, 6, 7, 8]) await house.power.nonce(30, who);
      for (let i = 0; i < 9; i++) await house.power.nonce(30, 2);
      assert.is((await house.power.judge(others)).code, "ERR_REPLAY", "his third nonce ends his first");
      assert.is((await house.power.judge(given)).result, "Accept");
      await device.process.send(`set ${shows.Name} ${undo}`);
      await house.power.judge(given);
      assert.is(await shown(), undo, "the same order again moves nothing");
      const renamed = orderOf(house, phone, { Nonce: given.order.Nonce, Command: command });
      assert.is((await house.power.judge(renamed)).code, "ERR_REPLAY", "another order with its nonce");
      const named = await fresh();
      const same = orderOf(house, phone, { Nonce: named.order.Nonce, MessageId: given.messageId, Command: command });
      assert.is((await house.power.judge(same)).code, "ERR_REPLAY", "its name with another nonce");

      const late = orderOf(house, phone, { Nonce: (await house.power.nonce(1)).nonce, Command: command });
      await pause(1200);
      assert.is((await house.power.judge(late)).code, "ERR_REPLAY", "a late order");
      const changed = await fresh();
      const sealed = changed.sealed.map((octet, at) => (at === changed.sealed.length - 1 ? octet ^ 1 : octet));
      assert.is((await house.power.judge({ ...changed, sealed })).result, "Reject", "an order that was changed on its way");
      assert.is(await shown(), undo);

      const reader = random.bytes(16);
      const now = verified(house, await house.power.report(reader));
      assert.equal([now.Nonce, now.MessageId, valueNamed(now.Values, shows.Name)], [reader, undefined, undo]);
      // Without the right half of its hub nothing is opened or signed.
      await session.close();
      const { hubShares } = device.owned().dealt;
      const wrong = { encryption: hubShares.signature, signature: hubShares.encryption };
      const alone = { ...house, ...work((await device.link()).session, device.owned(), wrong) };
      const useless = orderOf(alone, phone, { Nonce: (await alone.power.nonce(30)).nonce, Command: command });
      assert.is((await alone.power.judge(useless)).result, "Reject");
      assert.is(alone.signed.length, 0);
      assert.is(await shown(), undo);
    },
  ],
  [
    "power is lost at a write of an order: it was carried out, or never is",
    async ({ device, sample }) => {
      const phone = makePhone();
      const { command, shows } = sample.judged ?? { command: "", shows: { Name: "", Value: 0 } };
      const undo = typeof shows.Value === "boolean" ? !shows.Value : Number(shows.Value) - 1;
      const start = async () => {
        const { session } = await device.link();
        return { ...device.owned(), ...work(session, device.owned()) };
      };
      let house = await start();
      assert.is((await delegate(house, delegation(house, 20, [phone]))).Result, "Accept");
      for (const at of [1, 2]) {
        await device.process.send(`set ${shows.Name} ${undo}`);
        await eventually("it is told", async () => (await device.process.status()).unreported === 0);
        const given = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
        await device.process.send(`fault lose-power-at-write ${at}`);
        const { exited } = device.process;
        await Promise.race([house.power.judge(given).catch(() => undefined), exited]);
        assert.is(await within(30_000, exited), powerLost);
        await device.powerOn();
        const before = (await device.values())[shows.Name];
        house = await start();
        assert.is((await house.power.judge(given)).result, "Reject", "its nonce is gone");
        assert.is((await device.values())[shows.Name], before, "it is not carried out later");
        const next = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: command });
        assert.is((await house.power.judge(next)).result, "Accept", "the next one is taken, by whom it was told before");
      }
    },
  ],
];
