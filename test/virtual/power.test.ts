/** Power failures at every write of a device's life: it always starts again, and always reaches the next step, with the same owner and rising numbers. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { Powered } from "../../firmware-stubs/virtual/image/image-object.ts";
import { BankPair, Cell } from "../../firmware-stubs/virtual/image/record.ts";
import { matchesHail } from "../../src/link/index.ts";
import { ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { connect, join, newImage, order, PowerLost, powerOn, prepare, type Running, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import type { Dealt, Holding, Hub, Made, Owner } from "../kit/owner.ts";
import { dealTo, linkLinked, makeDevice, makeHub, makeOwner, newCode, random } from "../kit/owner.ts";

const alice = makeOwner("alice@example.com");
const bob = makeOwner("bob@example.com");

/** What owner and hub remember between attempts; they never lose power here. */
interface Notes {
  made: Made;
  holding?: Holding;
  dealt?: Dealt;
  hub: Hub;
}

/** Waits for the device, and not for one without power: the attempt is over then. */
async function alive(device: Running, what: string, condition: () => boolean): Promise<void> {
  await eventually(what, () => device.power.lost || condition());
}

/** What a hub does until the device is connected: the hail tells how far the device got. */
async function onboard(device: Running, notes: Notes, owner: Owner, epoch: number): Promise<void> {
  const status = device.core.status();
  if (status.dealEpoch === epoch && status.mode === "linked") return;
  if (!device.image.stored) {
    const { session, holding } = await prepare(device, notes.made, owner, notes.hub);
    if (notes.holding?.contribution.Link25519.Udf !== holding.contribution.Link25519.Udf || notes.dealt?.epoch !== epoch) {
      notes.holding = holding;
      notes.dealt = dealTo(holding, notes.hub, epoch);
    }
    const answer = await session.request("Deliver", { Sealed: notes.dealt.sealed });
    assert.is(answer.Result, "Accept", answer.ErrorReport);
  }
  assert.ok(device.core.hails().some((hail) => matchesHail(notes.dealt!.hailKey, hail)));
  await join(device, notes.holding!, notes.hub, notes.dealt!);
  await alive(device, "linked", () => device.core.status().mode === "linked");
}

async function linked(device: Running, notes: Notes) {
  return join(device, notes.holding!, notes.hub, notes.dealt!);
}

/** A whole life: each step may be tried again after a failure. */
function life(made: Made) {
  const notes: Notes = { made, hub: makeHub() };
  const successor = makeHub();
  const renewed = newCode(made);
  const steps: ((device: Running) => Promise<void>)[] = [
    (device) => onboard(device, notes, alice, 1),
    async (device) => {
      const { linked: session } = await linked(device, notes);
      await alive(device, "accepted", () => device.core.status().accepted === true);
      await session.request("Command", { Command: "Set", Arguments: [{ Name: "Brightness", Value: 40 }], MessageId: "N1" });
      assert.is(device.core.values.Brightness, 40);
    },
    async (device) => device.appliance.change("On", true),
    async (device) => device.powered.skip(25),
    async (device) => {
      if (device.core.status().hubUdf === successor.udf) return;
      const dealt = notes.dealt!.epoch === 2 ? notes.dealt! : dealTo(notes.holding!, successor, 2);
      const session = await linkLinked(device.stream(), notes.holding!, successor, dealt);
      if (!device.image.stored) assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept");
      notes.dealt = dealt;
      notes.hub = successor;
      await join(device, notes.holding!, successor, dealt);
      await alive(device, "flipped", () => device.core.status().dealEpoch === 2 && device.core.status().hubUdf === successor.udf);
    },
    async (device) => {
      if (device.core.status().mode === "onboard") return;
      const { linked: session } = await linked(device, notes);
      const reset = { DeviceUdf: made.deviceUdf, DealEpoch: 2, Nonce: random.bytes(16) };
      const answer = await session.request("Reset", order(ResetDevice, reset, notes.holding!, notes.hub));
      assert.is(answer.Result, "Accept", answer.ErrorReport);
    },
    (device) => onboard(device, notes, alice, 3),
    async (device) => {
      if (device.core.status().publicationId === renewed.factory.PublicationId) return;
      const { linked: session } = await linked(device, notes);
      const answer = await session.request("Release", order(ReleaseDevice, releaseTo(renewed, 3), notes.holding!, notes.hub));
      assert.is(answer.Result, "Accept", answer.ErrorReport);
    },
    async (device) => {
      notes.made = renewed;
      await onboard(device, notes, bob, 4);
    },
    async (device) => {
      if (device.core.status().mode === "linked") device.core.factoryReset();
    },
  ];
  return steps;
}

/** Lives through all steps, with power failing once; gives how many writes there were. */
async function live(at?: number, fraction = 0.5): Promise<{ writes: number; lost: boolean }> {
  const made = makeDevice();
  const dir = newImage(made);
  let device = powerOn(dir, at === undefined ? undefined : { at, fraction });
  let lost = false;
  let epoch = 0;
  for (const step of life(made)) {
    const run = async (): Promise<void> => {
      await Promise.race([step(device), device.dead]);
      epoch = Math.max(epoch, Number(device.core.status().dealEpoch));
    };
    try {
      await run();
    } catch (error) {
      if (lost || !device.power.lost) throw error;
      lost = true;
      await device.off();
      device = powerOn(dir);
      assert.ok(Number(device.core.status().dealEpoch) >= epoch, "the epoch never falls");
      await run();
    }
  }
  const { mode, lock, values } = device.core.status();
  assert.equal([mode, lock], ["onboard", "open"]);
  assert.equal([(values as Record<string, unknown>).On, (values as Record<string, unknown>).Brightness], [true, 40]);
  const { writes } = device.flash;
  await device.off();
  return { writes, lost };
}

describe("virtual device, power failures", (it) => {
  it(
    "survives one at every write of its life",
    async () => {
      const { writes } = await live();
      assert.ok(writes > 20, `${writes} writes`);
      for (let at = 1; at <= writes; at++) {
        const fraction = [0, 0.5, 0.99][at % 3];
        try {
          assert.ok((await live(at, fraction)).lost || at > writes - 3, `no failure at write ${at}`);
        } catch (error) {
          throw new Error(`power lost at write ${at} of ${writes}, ${fraction} of its octets written: ${(error as Error).stack}`, { cause: error });
        }
      }
    },
    { timeoutMs: 180_000 },
  );

  it("survives two in a row: the second while the first is mended", async () => {
    for (const at of [3, 5, 8, 12]) {
      const made = makeDevice();
      const dir = newImage(made);
      const first = powerOn(dir, { at });
      const hub = makeHub();
      await Promise.race([connect(first, made, alice, hub), first.dead]).catch(() => undefined);
      await first.off();
      try {
        powerOn(dir, { at: 1 });
      } catch (error) {
        assert.instance(error, PowerLost);
      }
      const last = powerOn(dir);
      if (last.core.status().mode === "linked") last.core.factoryReset();
      await connect(last, made, alice, makeHub());
    }
  });

  it("a record torn at any octet is the old one, one changed anywhere is none", () => {
    const dir = tempDirectory();
    const flash = new Flash(dir, () => {
      throw new PowerLost();
    });
    const cell = new Cell(flash, "powered", Powered, { Seconds: 0 });
    cell.set({ Seconds: 1 });
    cell.set({ Seconds: 2 });
    const whole = readFileSync(pathOf(dir, "powered-b"));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(pathOf(dir, "powered-b"), whole.subarray(0, length));
      assert.is(new Cell(flash, "powered", Powered, { Seconds: 0 }).value.Seconds, 1);
      const changed = Buffer.from(whole);
      changed[length]! ^= 1;
      writeFileSync(pathOf(dir, "powered-b"), changed);
      assert.is(new Cell(flash, "powered", Powered, { Seconds: 0 }).value.Seconds, 1);
    }
    writeFileSync(pathOf(dir, "powered-b"), whole);
    assert.is(new Cell(flash, "powered", Powered, { Seconds: 0 }).value.Seconds, 2);
  });

  it("damage beyond a power failure stops the device instead of opening its lock", async () => {
    const dir = tempDirectory();
    mkdirSync(dir, { recursive: true });
    for (const name of ["lock-a", "lock-b"]) writeFileSync(pathOf(dir, name), "garbage");
    const flash = new Flash(dir, () => {
      throw new PowerLost();
    });
    await throwsMesh(() => new BankPair(flash, ["lock-a", "lock-b"], Powered).read(), "ERR_STORE_DAMAGED");
    await throwsMesh(() => powerOn(tempDirectory()), "ERR_NOT_FOUND");
  });

  it("keeps events that the hub has not accepted, sends them again with their numbers, and no state before them", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const hub = makeHub();
    const { linked, holding, dealt } = await connect(device, made, alice, hub);
    await eventually("the first state is accepted", () => device.core.status().unreported === 0);
    await linked.close();
    for (const property of device.appliance.description.Properties) Object.assign(property, { Event: property.Name === "On" });
    try {
      device.appliance.change("On", true);
      device.appliance.change("On", false);
      const numbers = device.image.memory.Events?.map(({ Sequence }) => Sequence) ?? [];
      assert.is(numbers.length, 2);
      await device.off();
      const again = powerOn(dir);
      assert.is(again.core.status().unreported, 2);
      const second = await linkLinked(again.stream(), holding, hub, dealt);
      let accepts = false;
      const seen: { Sequence: number; On: unknown }[] = [];
      second.onMessage(({ tag, value }) => {
        if (tag === "State") seen.push({ Sequence: value.Sequence, On: value.Values[0]?.Value });
        return { tag: "Result", value: { Result: accepts ? "Accept" : "Reject" } };
      });
      await eventually("the first event is offered", () => seen.length > 0);
      assert.is((await second.request("Ping", {})).State, undefined, "a ping does not overtake an event");
      accepts = true;
      await eventually("all are accepted", () => again.core.status().unreported === 0);
      const taken = seen.filter(({ Sequence }, i) => seen.findIndex((other) => other.Sequence === Sequence) === i);
      assert.equal(taken.slice(0, 2), [
        { Sequence: numbers[0], On: true },
        { Sequence: numbers[1], On: false },
      ]);
      assert.ok((await second.request("Ping", {})).State);
    } finally {
      for (const property of device.appliance.description.Properties) Object.assign(property, { Event: undefined });
    }
  });
});
