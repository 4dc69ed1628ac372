/** Orders that the device judges, and what it signs (docs/device-link.md §7.1). */
import { assert } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { delegate, delegation, makePhone, orderOf, verified, work } from "../kit/lock-house.ts";
import { makeDevice, random } from "../kit/owner.ts";
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
];
