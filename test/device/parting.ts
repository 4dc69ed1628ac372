/** The end of a connection: reset, lock, release (docs/device-link.md §9.3). */
import { ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { assert } from "../harness/suite.ts";
import { order, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { delegation, makePhone } from "../kit/lock-house.ts";
import { makeHub, makeOwner, newCode, random } from "../kit/owner.ts";
import type { Step } from "./life.ts";

export const parting: readonly Step[] = [
  [
    "the lock of its owner outlasts a reset by button: another owner is refused, the same one comes back",
    async ({ device }) => {
      await device.process.send("powered 25");
      await device.process.send("factory-reset");
      await eventually("it hails under its code", () => device.hailed(device.made.factory.KHail));
      const thief = await device.prepare(makeOwner("mallory@example.com"));
      const refused = await thief.session.request("Deliver", { Sealed: thief.dealt.sealed }, { timeoutMs: 30_000 });
      assert.equal([refused.Result, refused.ErrorCode], ["Reject", "ERR_OWNED"]);
      await thief.session.close();
      const epoch = device.dealt?.epoch ?? 0;
      [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      const { session } = await device.connect();
      assert.ok(((device.dealt as { epoch: number } | undefined) ?? { epoch: 0 }).epoch > epoch, "the epoch rises");
      assert.is((await session.request("Ping", {})).Result, "Accept");
    },
  ],
  [
    "only its owner can reset it from afar, and whom it obeyed is forgotten",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const { holding, dealt, hub, made } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const former = delegation(device.owned(), 40, [makePhone()]);
      if (sample.judged) assert.is((await session.request("Delegate", { Delegation: former })).Result, "Accept");
      const reset = { DeviceUdf: made.deviceUdf, DealEpoch: dealt.epoch, Nonce: random.bytes(16) };
      const mallory = makeOwner("mallory@example.com");
      assert.is((await session.request("Reset", order(ResetDevice, reset, holding, hub, mallory.administrator))).Result, "Reject");
      assert.is((await session.request("Reset", order(ResetDevice, reset, holding, hub))).Result, "Accept");
      [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      await eventually("it hails under its code", () => device.hailed(made.factory.KHail));
      const { session: again } = await device.connect();
      if (!sample.judged) return;
      const brought = await again.request("Delegate", { Delegation: former });
      assert.equal([brought.Result, brought.ErrorCode], ["Reject", "ERR_REPLAY"], "a delegation of an earlier connection");
      assert.is((await again.request("Delegate", { Delegation: delegation(device.owned(), 1, [makePhone()]) })).Result, "Accept", "one of this");
    },
  ],
  [
    "a release gives it to whoever has the new code, over a loss of power, and to nobody else; what its owner wrote is gone",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const { holding, dealt, hub, made } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const renewed = newCode(made);
      const release = releaseTo(renewed, dealt.epoch);
      const label = { Name: "Label", Value: "where the key lies" };
      const hasLabel = sample.command === "Set" && (await session.request("Command", { Command: "Set", Arguments: [label] })).Result === "Accept";
      const mallory = makeOwner("mallory@example.com");
      assert.is((await session.request("Release", order(ReleaseDevice, release, holding, hub, mallory.administrator))).Result, "Reject");
      assert.is((await session.request("Release", order(ReleaseDevice, release, holding, hub))).Result, "Accept");
      if (hasLabel) assert.is((await device.values()).Label, "");
      await device.powerCycle();
      if (hasLabel) assert.is((await device.values()).Label, "", "over a loss of power");
      assert.ok(device.hailed(renewed.factory.KHail) && !device.hailed(made.factory.KHail));
      [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      device.made = renewed;
      device.owner = makeOwner("bob@example.com");
      device.hub = makeHub();
      const { session: next } = await device.connect();
      assert.is((await next.request("Ping", {})).Result, "Accept");
      assert.is(await device.process.stop(), 0, "it ends in order");
    },
  ],
];
