/** From the factory to its owner: what a stranger, a hub with the code, and the owner see (docs/device-link.md §2 to §5, §9). */
import { systemClock } from "../../src/base/clock.ts";
import { decodeObject } from "../../src/codec/index.ts";
import { describe as askDescription, type LinkMessage, openLink } from "../../src/link/index.ts";
import { AcceptConnection, acceptMac } from "../../src/schema/index.ts";
import { assert, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { dealTo, linkLinked, makeDevice, makeHub, makeOwner, random } from "../kit/owner.ts";
import { powerLost } from "./device-under-test.ts";
import type { Step } from "./life.ts";

export const connecting: readonly Step[] = [
  [
    "it hails under its printed code, and describes itself to whoever can read that",
    async ({ device }) => {
      await device.powerOn();
      const { KHail, SealedDescription } = device.made.factory;
      const stream = await device.reach.open(KHail);
      assert.equal(await askDescription({ stream, clock: systemClock, timeoutMs: 5000 }), SealedDescription);
      assert.equal(await askDescription({ stream, clock: systemClock, timeoutMs: 5000 }), SealedDescription);
      await throwsMesh(askDescription({ stream, clock: systemClock, timeoutMs: 300 }), "ERR_TIMEOUT");
    },
  ],
  [
    "a wrong code, another device's name, and a hub out of the blue open nothing",
    async ({ device }) => {
      const { made, hub, reach } = device;
      const others = [
        { psk: new Uint8Array(32).fill(7) },
        { id: makeDevice().factory.PublicationId },
        { mode: "linked", id: made.deviceUdf },
      ] as const;
      for (const other of others) {
        const stream = await reach.open(made.factory.KHail);
        const right = {
          stream,
          mode: "onboard",
          id: made.factory.PublicationId,
          local: hub.link,
          remote: made.base.link,
          psk: made.factory.KLink,
        } as const;
        const opened = openLink({ ...right, hubUdf: hub.udf, dealEpoch: 0, clock: systemClock, random, timeoutMs: 5000, ...other });
        // The hub of a wrong psk only learns it from the device's answer.
        await opened.then(
          () => assert.unreachable("a session was opened"),
          (error: { code?: string }) => assert.ok(error.code === "ERR_LINK" || error.code === "ERR_VERIFICATION", String(error)),
        );
      }
    },
  ],
  [
    "under the code it gives its contribution and takes nothing but its owner's delivery",
    async ({ device }) => {
      const first = await device.prepare();
      const { session } = first;
      const { Contribution } = await session.request("Describe", {});
      assert.equal((await session.request("Describe", {})).Contribution, Contribution, "the same until it is connected");
      await device.process.send("button");
      assert.is((await session.request("Command", { Command: "Identify", Arguments: [] })).Result, "Reject");
      assert.is((await session.request("Reset", {})).Result, "Reject");
      assert.is((await session.request("Return", { FirstMs: 400, MostMs: 2000 })).Result, "Reject");
      assert.is((await session.request("Release", { Sealed: new Uint8Array(100) })).Result, "Reject");
      const mallory = makeOwner("mallory@example.com");
      const { holding, hub } = { holding: first.holding, hub: device.hub };
      const wrong = [
        new Uint8Array(100),
        dealTo(holding, hub, 1, { signer: mallory.administrator }).sealed,
        dealTo(holding, hub, 1, { respond: (respond) => ({ ...respond, AccountAddress: mallory.address }) }).sealed,
        dealTo(holding, hub, 1, { respond: (respond) => ({ ...respond, PartialSignature: respond.PartialEncryption }) }).sealed,
        dealTo(holding, hub, 1, { whole: true }).sealed,
        dealTo(holding, makeHub(), 1).sealed,
        dealTo(holding, hub, 0).sealed,
      ];
      for (const [at, Sealed] of wrong.entries())
        assert.is((await session.request("Deliver", { Sealed }, { timeoutMs: 30_000 })).Result, "Reject", `delivery ${at}`);
      assert.is((await session.request("Ping", {})).Result, "Accept", "the session goes on");
      assert.is((await device.process.status()).mode, "onboard");
      await session.close();
    },
  ],
  [
    "power is lost while it is connected: it is connected in the end, or as before",
    async ({ device }) => {
      for (const at of device.implementation.powerCuts) {
        await device.process.send(`fault lose-power-at-write ${at}`);
        const { exited } = device.process;
        await Promise.race([device.connect().catch(() => undefined), exited]);
        // It may have had less to write than that.
        const isAlive = await device.process.send("fault none").then(
          () => true,
          () => false,
        );
        if (!isAlive) {
          assert.is(await exited, powerLost);
          await device.powerOn();
        }
        if ((await device.process.status()).mode === "onboard") continue;
        await device.connect();
        // Back to the beginning for the next cut; the owner's lock is not permanent yet.
        await device.process.send("factory-reset");
        await eventually("it hails under its code", () => device.hailed(device.made.factory.KHail));
        [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      }
    },
  ],
  [
    "it is connected, says so under the owner's key, and shuts the door of the code",
    async ({ device }) => {
      const { session, seen } = await device.connect();
      const accepted = seen.find((message): message is LinkMessage & { tag: "Accepted" } => message.tag === "Accepted");
      if (accepted !== undefined) {
        const word = decodeObject(AcceptConnection, accepted.value.Accept);
        assert.equal(word.Mac, acceptMac(device.holding?.linkRoot ?? new Uint8Array(), word));
        assert.equal([word.DeviceUdf, word.AccountUdf, word.HubUdf], [device.made.deviceUdf, device.owner.accountUdf, device.hub.udf]);
      }
      assert.is((await session.request("Ping", {})).Result, "Accept");
      await eventually("it hails under the owner's key alone", () => !device.hailed(device.made.factory.KHail));
      await device.powerCycle();
      const { dealt, hub, made } = device;
      const stream = await device.reach.open(dealt?.hailKey ?? new Uint8Array());
      await throwsMesh(askDescription({ stream, clock: systemClock, timeoutMs: 300 }), "ERR_TIMEOUT");
      const { PublicationId: id, KLink: psk } = made.factory;
      const code = { mode: "onboard", id, local: hub.link, remote: made.base.link, psk, hubUdf: hub.udf, dealEpoch: 0 } as const;
      await throwsMesh(openLink({ stream, ...code, clock: systemClock, random, timeoutMs: 5000 }), "ERR_LINK");
    },
  ],
  [
    "a hub with the right psk and another static key is let go",
    async ({ device }) => {
      const { holding, dealt, hub } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const thief = { udf: hub.udf, link: makeHub().link };
      const session = await linkLinked(await device.reach.open(dealt.hailKey), holding, thief, dealt);
      await eventually("the session is over", () => session.isClosed);
    },
  ],
];
