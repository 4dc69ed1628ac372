/** A device with its hub: orders, reports, absence, replays (docs/device-link.md §6, §7). */
import { utf8 } from "../../src/base/bytes.ts";
import type { LinkMessage, LinkSession } from "../../src/link/index.ts";
import { decodeMessage } from "../../src/link/index.ts";
import { assert, throwsMesh, within } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { linkLinked } from "../kit/owner.ts";
import { powerLost } from "./device-under-test.ts";
import type { Step } from "./life.ts";
import { numbersOf, record, valueNamed } from "./life.ts";

/** Seconds that a device has asked to sleep. */
function wishes(seen: readonly LinkMessage[]): number[] {
  return seen.flatMap((message) => (message.tag === "Sleep" ? [message.value.Seconds] : []));
}

function sayReject(octets: Uint8Array): boolean {
  const message = decodeMessage(octets);
  return message.tag === "Result" && message.value.Id === 7 && message.value.Result === "Reject";
}

export const living: readonly Step[] = [
  [
    "it does what it is told, once, and refuses what it cannot do",
    async ({ device, sample }) => {
      const { session } = await device.link();
      const told = { MessageId: "NSUITE-1", Command: sample.command, Arguments: sample.arguments };
      const answer = await session.request("Command", told);
      assert.is(answer.Result, "Accept", answer.ErrorReport);
      if (sample.shows) assert.is(valueNamed(answer.State?.Values, sample.shows.Name), sample.shows.Value);
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
      assert.is(valueNamed(State?.Values, sample.turned.name), sample.turned.value, "the same order is not carried out again");
    },
  ],
  [
    "what it does not know it rejects, and the session goes on",
    async ({ device }) => {
      const { session } = await device.link();
      const password = { Ssid: "home", Password: "a password" };
      for (const [refused, said] of [
        [await session.request("Update", {}), "the device takes no other programs"],
        [await session.request("Update", { Manifest: new Uint8Array(64) }), "the device takes no other programs"],
        [await session.request("Provision", password), "the device has no Wi-Fi"],
      ] as const)
        assert.equal([refused.Result, refused.ErrorCode, refused.ErrorReport], ["Reject", "ERR_REJECTED", said]);
      await throwsMesh(session.request("Describe", {}), "ERR_REJECTED");
      assert.is((await session.request("Ping", {})).Result, "Accept");
    },
  ],
  [
    "a message that is none ends the session, one of a verb to come does not, and the next session is served",
    async ({ device }) => {
      for (const none of ['{"Ping":{"Id":1}', '{"Ping":{"Id":"1"}}']) {
        const { say, said } = await device.linkRaw();
        await say(utf8('{"Come":{}}'));
        await say(utf8('{"Come":{"Id":7}}'));
        await eventually("what it does not know it rejects", () => said.some((one) => "message" in one && sayReject(one.message)));
        await say(utf8(none));
        await eventually(`${none} ends the session with close 1`, () => said.some((one) => "closed" in one && one.closed === 1));
      }
      const { session } = await device.link();
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
        back.seen.some((message) => message.tag === "State" && valueNamed(message.value.Values, name) === other),
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
        message.tag === "State" && message.value.Id !== undefined && valueNamed(message.value.Values, name) === other;
      await eventually("the event", () => seen.some(isTold));
      await eventually("and nothing more", async () => (await device.process.status()).unreported === 0);
    },
  ],
  [
    "it comes back as its hub has told it, within bounds, and keeps that over a loss of power",
    async ({ device }) => {
      if (!device.implementation.rests) return;
      const { session } = await device.link();
      const pace = async (): Promise<unknown> => (await device.process.status()).pace;
      for (const [FirstMs, MostMs, firstMs, mostMs] of [
        [1, 1, 100, 500],
        [-5, -5, 100, 500],
        [2 ** 40, 2 ** 40, 5000, 60_000],
        [5000, 800, 800, 800],
        [400, 2000, 400, 2000],
      ] as const) {
        assert.is((await session.request("Return", { FirstMs, MostMs })).Result, "Accept");
        assert.equal(await pace(), { firstMs, mostMs });
      }
      await device.powerCycle();
      assert.equal(await pace(), { firstMs: 400, mostMs: 2000 });
    },
  ],
  [
    "it sleeps once its hub has nothing more for it, and is met again when it wakes",
    async ({ device }) => {
      if (!device.implementation.rests) return;
      await device.process.kill();
      await device.powerOn("--sleep", "1");
      const before = device.process.events.length;
      /** A hub that has something for it still, until so many wishes. */
      const busyFor =
        (most: number) =>
        (hub: LinkSession): LinkMessage[] => {
          const heard: LinkMessage[] = [];
          hub.onMessage((message) => {
            heard.push(message);
            const isBusy = message.tag === "Sleep" && wishes(heard).length <= most;
            return { tag: "Result", value: { Result: isBusy ? "Pending" : "Accept" } };
          });
          return heard;
        };
      const { session, seen } = await device.link(busyFor(1));
      assert.is((await device.process.waitFor("asleep", { from: before })).seconds, 1);
      assert.equal(wishes(seen), [1, 1], "it has asked again");
      await eventually("its radio is off", () => session.isClosed);
      await device.process.waitFor("awake", { from: before });
      const again = await device.link(busyFor(Number.POSITIVE_INFINITY));
      assert.is((await again.session.request("Ping", {})).Result, "Accept");
      await device.powerCycle();
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
