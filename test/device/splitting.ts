/** A device that a split connects while no administrator is there (docs/device-link.md §9.3), and an administrator who takes over. */
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { isHarmless } from "../../src/schema/index.ts";
import { assert } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { dealTo, makeOwner, random } from "../kit/owner.ts";
import { splitDealTo } from "../kit/split-deal.ts";
import type { Step } from "./life.ts";

export const splitting: readonly Step[] = [
  [
    "a split connects it within its limits alone, and its owner's administrator takes over with another link root",
    async ({ device }) => {
      if (!device.implementation.takesSplits) return;
      await device.powerOn();
      const { session, holding } = await device.prepare();
      const { hub } = device;
      const [mallory, other] = [makeOwner("mallory@example.com"), generatePrivateKey("Ed25519", random)];
      const give = async (dealt: ReturnType<typeof dealTo>) => session.request("Deliver", { Sealed: dealt.sealed }, { timeoutMs: 30_000 });
      const wrong = {
        "another's signature under the limits": { administrator: mallory.administrator },
        "another's signature under the connection": { key: other },
        "a class that is not among them": { split: { Classes: ["leak-of-another"] } },
        "another class": { connection: { Class: "leak-of-another" } },
        "a number above the count": { connection: { Serial: 3 } },
        "another split": { connection: { SplitId: "NOTHER" } },
        "another hub": { split: { HubUdf: mallory.accountUdf } },
        "another device": { connection: { DeviceUdf: mallory.accountUdf } },
        "another epoch": { connection: { DealEpoch: 7 } },
        "what was not signed": { connection: { RespondDigest: new Uint8Array(64) } },
        "another connection": { connection: { ConnectionDigest: new Uint8Array(64) } },
        "another address": { respond: { AccountAddress: mallory.address } },
      };
      for (const [what, tamper] of Object.entries(wrong)) assert.is((await give(splitDealTo(holding, hub, 1, tamper))).Result, "Reject", what);
      const dealt = splitDealTo(holding, hub, 1);
      const answer = await give(dealt);
      if (!isHarmless(device.className)) {
        assert.equal([answer.Result, answer.ErrorCode], ["Reject", "ERR_NOT_AUTHORIZED"]);
        await session.close();
        await device.process.stop();
        return;
      }
      assert.is(answer.Result, "Accept", answer.ErrorReport);
      await session.close();
      [device.holding, device.dealt, device.reach.psk] = [holding, dealt, dealt.psk];
      const linked = await device.link();
      await eventually("accepted", async () => (await device.process.status()).accepted === true);
      const again = await linked.session.request("Deliver", { Sealed: splitDealTo(holding, hub, 2).sealed }, { timeoutMs: 30_000 });
      assert.equal([again.Result, again.ErrorCode], ["Reject", "ERR_OWNED"], "a split connects nothing that has an owner");
      const taken = { ...holding, linkRoot: random.bytes(32) };
      const over = dealTo(taken, hub, 2);
      assert.is((await linked.session.request("Deliver", { Sealed: over.sealed }, { timeoutMs: 30_000 })).Result, "Accept");
      await linked.session.close();
      [device.holding, device.dealt, device.reach.psk] = [taken, over, over.psk];
      const { session: theirs } = await device.link();
      await eventually("accepted", async () => (await device.process.status()).accepted === true);
      const third = dealTo({ ...taken, linkRoot: random.bytes(32) }, hub, 3);
      assert.is(
        (await theirs.request("Deliver", { Sealed: third.sealed }, { timeoutMs: 30_000 })).Result,
        "Reject",
        "the link root stays from here on",
      );
      await theirs.close();
      // Back to the beginning; the owner's lock is not permanent yet.
      await device.process.send("factory-reset");
      await eventually("it hails under its code", () => device.hailed(device.made.factory.KHail));
      [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      await device.process.stop();
    },
  ],
];
