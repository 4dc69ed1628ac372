/**
 * What every device does, whatever it is written in and whatever carries its packets: docs/device-link.md from outside, as a hub, an owner and a
 * stranger see it. The tests of a device are one life: each goes on from where the one before has left it.
 */
import { systemClock } from "../../src/base/clock.ts";
import { decodeObject } from "../../src/codec/index.ts";
import { describe as askDescription, type LinkMessage, type LinkSession, type LinkStream, openLink } from "../../src/link/index.ts";
import { AcceptConnection, acceptMac, ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { assert, describe, skipUnless, throwsMesh, within } from "../harness/suite.ts";
import { order, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { delegate, delegation, makePhone, orderOf, verified, work } from "../kit/lock-house.ts";
import { dealTo, linkLinked, makeDevice, makeHub, makeOwner, newCode, random } from "../kit/owner.ts";
import { DeviceUnderTest, powerLost } from "./device-under-test.ts";
import type { Implementation } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { startReach } from "./reach.ts";
import type { Sample } from "./sample.ts";
import { samples } from "./sample.ts";

const lifeMs = 120_000;

/** What a step works with. */
interface Life {
  readonly device: DeviceUnderTest;
  readonly sample: Sample;
}

type Step = readonly [name: string, play: (life: Life) => Promise<void>];

/** Defines the suite of one class of an implementation over a medium. */
export function behaves(implementation: Implementation, className: string, medium: MediumName): void {
  describe(`${className} in ${implementation.name} over ${medium}`, (it) => {
    it(
      "lives as docs/device-link.md says",
      async () => {
        const missing = implementation.missing(className);
        skipUnless(missing === undefined, missing ?? "");
        const sample = samples[className];
        if (sample === undefined) throw new Error(`no sample of ${className}`);
        const life: Life = { device: new DeviceUnderTest({ implementation, className, reach: await startReach(medium) }), sample };
        for (const [name, play] of [...steps, ...(sample.judged ? judging : []), ...parting]) {
          try {
            await play(life);
          } catch (cause) {
            throw new Error(`${name}: ${(cause as Error).stack}`, { cause });
          }
        }
      },
      { timeoutMs: lifeMs },
    );
  });
}

const steps: readonly Step[] = [
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
      for (const [at, Sealed] of wrong.entries()) assert.is((await session.request("Deliver", { Sealed })).Result, "Reject", `delivery ${at}`);
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
  [
    "it does what it is told, once, and refuses what it cannot do",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const told = { MessageId: "NSUITE-1", Command: sample.command, Arguments: sample.arguments };
      const answer = await session.request("Command", told);
      assert.is(answer.Result, "Accept", answer.ErrorReport);
      if (sample.shows) assert.is(valueOf(answer.State?.Values, sample.shows.Name), sample.shows.Value);
      for (const refused of sample.refused) {
        const { Result, ErrorReport } = await session.request("Command", refused);
        assert.is(Result, "Reject", JSON.stringify(refused));
        assert.ok(ErrorReport !== undefined && ErrorReport.length > 0, "it says why");
      }
      await device.process.send(`set ${sample.turned.name} ${sample.turned.value}`);
      const again = await session.request("Command", told);
      assert.is(again.Result, "Accept");
      await eventually("its report is out", async () => (await device.process.status()).unreported === 0);
      const { State } = await session.request("Ping", {});
      assert.is(valueOf(State?.Values, sample.turned.name), sample.turned.value, "the same order is not carried out again");
    },
  ],
  [
    "what it does not know it rejects, and the session goes on",
    async ({ device }) => {
      const { session } = await device.link();
      assert.is((await session.request("Update", {})).Result, "Reject", "updates are not built");
      await throwsMesh(session.request("Describe", {}), "ERR_REJECTED");
      assert.is((await session.request("Ping", {})).Result, "Accept");
    },
  ],
  [
    "its reports rise in number over losses of network and power, and what happened meanwhile is told",
    async ({ device, sample }) => {
      const { session, seen } = await device.link();
      await eventually("a report", () => numbersOf(seen).length > 0);
      const before = device.process.events.length;
      await device.process.send("fault lose-network 300");
      await eventually("the session is over", () => session.isClosed);
      await device.process.waitFor("network-back", { from: before });
      const { name, value } = sample.turned;
      const other = typeof value === "boolean" ? !value : Number(value) + 1;
      await device.process.send(`set ${name} ${other}`);
      const back = await device.link();
      await eventually("what has changed is told", () =>
        back.seen.some((message) => message.tag === "State" && valueOf(message.value.Values, name) === other),
      );
      await device.powerCycle();
      assert.is((await device.values())[name], other, "it remembers");
      const later = await device.link();
      await eventually("a report", () => numbersOf(later.seen).length > 0);
      // An event that is said again keeps its number.
      const numbers = [seen, back.seen, later.seen].flatMap(numbersOf).filter((number, at, all) => !sample.turned.isEvent || number !== all[at - 1]);
      assert.ok(
        numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0)),
        numbers.join(),
      );
    },
  ],
  [
    "an event that nobody has accepted outlasts a loss of power",
    async ({ device, sample }) => {
      if (!sample.turned.isEvent) return;
      const { session } = await device.link();
      await session.close();
      await eventually("it is alone", async () => (await device.process.status()).linked === false);
      const { name } = sample.turned;
      const value = (await device.values())[name];
      const other = typeof value === "boolean" ? !value : Number(value) + 1;
      await device.process.send(`set ${name} ${other}`);
      await device.powerCycle();
      const { seen } = await device.link();
      const isTold = (message: LinkMessage): boolean =>
        message.tag === "State" && message.value.Id !== undefined && valueOf(message.value.Values, name) === other;
      await eventually("the event", () => seen.some(isTold));
      await eventually("and nothing more", async () => (await device.process.status()).unreported === 0);
    },
  ],
  [
    "what was said in one session does nothing in another",
    async ({ device, sample }) => {
      const { dealt, holding, hub, reach } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const recorded = record(await reach.open(dealt.hailKey));
      const session = await linkLinked(recorded.stream, holding, hub, dealt);
      await session.request("Command", { Command: sample.command, Arguments: sample.arguments });
      await session.close();
      await device.process.send(`set ${sample.turned.name} ${sample.turned.value}`);
      const before = await device.values();
      const stream = await reach.open(dealt.hailKey);
      for (const packet of recorded.packets) await stream.send(packet).catch(() => undefined);
      const { session: live } = await device.link();
      assert.is((await live.request("Ping", {})).Result, "Accept");
      const changed = Object.entries(await device.values()).filter(([name, value]) => before[name] !== value && name === sample.shows?.Name);
      assert.equal(changed, []);
    },
  ],
  [
    "power is lost at a write of a command: it was carried out, or not",
    async ({ device, sample }) => {
      const { session } = await device.link();
      await device.process.send("fault lose-power-at-write 1");
      const { exited } = device.process;
      await session
        .request("Command", { Command: sample.command, Arguments: sample.arguments, MessageId: "NSUITE-2" }, { timeoutMs: 1000 })
        .catch(() => undefined);
      assert.is(await within(30_000, exited), powerLost);
      await device.powerOn();
      const again = await device.link();
      const answer = await again.session.request("Command", { Command: sample.command, Arguments: sample.arguments, MessageId: "NSUITE-2" });
      assert.is(answer.Result, "Accept");
    },
  ],
];

/** Orders that the device judges, and what it signs: docs/device-link.md §7.1. */
const judging: readonly Step[] = [
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
      assert.equal([report.MessageId, report.Result, valueOf(report.Values, shows.Name)], [given.messageId, "Accept", shows.Value]);
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

/** The end of a connection. */
const parting: readonly Step[] = [
  [
    "the lock of its owner outlasts a reset by button: another owner is refused, the same one comes back",
    async ({ device }) => {
      await device.process.send("powered 25");
      await device.process.send("factory-reset");
      await eventually("it hails under its code", () => device.hailed(device.made.factory.KHail));
      const thief = await device.prepare(makeOwner("mallory@example.com"));
      const refused = await thief.session.request("Deliver", { Sealed: thief.dealt.sealed });
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
    "only its owner can reset it from afar",
    async ({ device }) => {
      const { session } = await device.link();
      const { holding, dealt, hub, made } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const reset = { DeviceUdf: made.deviceUdf, DealEpoch: dealt.epoch, Nonce: random.bytes(16) };
      const mallory = makeOwner("mallory@example.com");
      assert.is((await session.request("Reset", order(ResetDevice, reset, holding, hub, mallory.administrator))).Result, "Reject");
      assert.is((await session.request("Reset", order(ResetDevice, reset, holding, hub))).Result, "Accept");
      [device.dealt, device.holding, device.reach.psk] = [undefined, undefined, undefined];
      await eventually("it hails under its code", () => device.hailed(made.factory.KHail));
      await device.connect();
    },
  ],
  [
    "a release gives it to whoever has the new code, over a loss of power, and to nobody else",
    async ({ device }) => {
      const { session } = await device.link();
      const { holding, dealt, hub, made } = device;
      if (holding === undefined || dealt === undefined) throw new Error("not connected");
      const renewed = newCode(made);
      const release = releaseTo(renewed, dealt.epoch);
      const mallory = makeOwner("mallory@example.com");
      assert.is((await session.request("Release", order(ReleaseDevice, release, holding, hub, mallory.administrator))).Result, "Reject");
      assert.is((await session.request("Release", order(ReleaseDevice, release, holding, hub))).Result, "Accept");
      await device.powerCycle();
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

function valueOf(values: readonly { readonly Name: string; readonly Value: unknown }[] | undefined, name: string): unknown {
  return values?.find(({ Name }) => Name === name)?.Value;
}

/** Numbers of the reports, in the order in which they came. */
function numbersOf(seen: readonly LinkMessage[]): number[] {
  return seen.flatMap((message) => (message.tag === "State" ? [message.value.Sequence] : []));
}

/** A stream that keeps what the hub sends. */
function record(stream: LinkStream): { readonly stream: LinkStream; readonly packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const recording: LinkStream = {
    medium: stream.medium,
    maxPacket: stream.maxPacket,
    send: (packet) => {
      packets.push(packet.slice());
      return stream.send(packet);
    },
    onPacket: (listener) => stream.onPacket(listener),
    onClose: (listener) => stream.onClose(listener),
    close: () => stream.close(),
  };
  return { stream: recording, packets };
}
