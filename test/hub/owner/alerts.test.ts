/** Danger is told to the people of the account: once for one event, however often it is reported; kept over restarts and while there is no service, and told as late. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { closeAlert, inspectHubMail, inspectWaiting, messageEnvelope, put } from "../../../src/account/index.ts";
import { dateTime, systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { openMsOf } from "../../../src/hub/owner/alert-watch.ts";
import { Alerts } from "../../../src/hub/owner/alerts.ts";
import type { StateChange } from "../../../src/hub/state/state-keeper.ts";
import { DeviceAlert, deviceCatalog, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { fullDisk } from "../../kit/full-disk.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { make } from "../../kit/made-device.ts";

describe("hub: alerts", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  let hub: AccountContext;
  const udfs = new Map<string, string>();

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["message"]);
    hub = await house.join(alice, "hub", ["hub"]);
    for (const kind of ["leak", "contact", "valve", "siren", "oven"]) {
      const { entry } = make(kind, { hub: hub.deviceUdf, name: `the ${kind}` });
      udfs.set(kind, entry.DeviceUdf);
      await alice.transact({ catalogs: [put(deviceCatalog, entry)] });
    }
    for (const context of [phone, hub]) await context.sync();
  });
  it.after(() => house.stop());

  async function open(
    dir: string,
    options: {
      readonly openMs?: number;
      readonly isAway?: () => boolean;
      readonly wet?: boolean;
      /** The valve was open before the start. */
      readonly opened?: boolean;
      /** The meal that was in the oven before the start. */
      readonly cooks?: string;
      readonly wakeAfter?: number;
      readonly transact?: (transaction: unknown) => Promise<never>;
    } = {},
  ) {
    let listener: (change: StateChange) => void = () => undefined;
    let ahead = 0;
    const { wakeAfter } = options;
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
      // Looks again and again, since the time is put forward.
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (wakeAfter === undefined) return systemClock.sleep(ms, signal);
        for (const end = systemClock.monotonic() + ahead + ms; systemClock.monotonic() + ahead < end; ) await systemClock.sleep(wakeAfter, signal);
      },
    };
    const shadow = (kind: string, Name: string, Value: unknown, meal?: string) => ({
      deviceUdf: udfs.get(kind),
      reported: { Values: [{ Name, Value }, ...(meal === undefined ? [] : [{ Name: "Meal", Value: meal }])] },
    });
    const cooking = (programme: string, meal: string) => ({
      deviceUdf: udfs.get("oven"),
      reported: { Values: Object.entries({ Programme: programme, Meal: meal, Remaining: 5 }).map(([Name, Value]) => ({ Name, Value })) },
    });
    const keeper = {
      onChange: (added: typeof listener) => {
        listener = added;
        return () => undefined;
      },
      shadows: () => [
        ...(options.wet === true ? [shadow("leak", "Wet", true)] : []),
        ...(options.opened === true ? [shadow("valve", "Open", true)] : []),
        ...(options.cooks === undefined ? [] : [cooking("Mode fan, 1 h", options.cooks)]),
      ],
    };
    const alerts = await Alerts.open({
      account: {
        deviceUdf: hub.deviceUdf,
        profile: hub.profile,
        keys: hub.keys,
        ports: { ...ports, clock },
        transact: async (transaction) => {
          if (options.transact) return options.transact(transaction);
          if (options.isAway?.() === true) throw new MeshError("ERR_SERVICE_UNREACHABLE", "no Internet");
          return hub.transact(transaction);
        },
      },
      keeper: keeper as never,
      describe: (udf) => {
        const kind = [...udfs].find(([, known]) => known === udf)?.[0];
        return kind === undefined ? undefined : { Class: kind };
      },
      nameOf: () => "the hub's name",
      path: join(dir, "alerts.journal"),
      openedPath: join(dir, "opened.journal"),
      ...(options.openMs === undefined ? {} : { openMs: options.openMs }),
    });
    alerts.start();
    return {
      alerts,
      cook: (programme: string, meal: string, cause?: StateChange["cause"]) =>
        listener({ shadow: cooking(programme, meal), changed: ["Programme"], cause } as unknown as StateChange),
      later: (ms: number) => {
        ahead += ms;
      },
      report: (kind: string, Name: string, Value: unknown, meal?: string) =>
        listener({ shadow: shadow(kind, Name, Value, meal), changed: [Name] } as unknown as StateChange),
    };
  }

  async function told(context: AccountContext) {
    await context.sync();
    return (await inspectHubMail(context)).alerts;
  }

  async function closeAll(): Promise<void> {
    for (const alert of await told(phone)) await closeAlert(phone, alert);
    for (const context of [phone, alice]) await context.sync();
  }

  it("a meal that is ready is told by its name, once until the next one, which may be soon", async () => {
    const { alerts, report, later } = await open(tempDirectory());
    report("oven", "Ready", false, "lasagne");
    for (let number = 0; number < 20; number++) report("oven", "Ready", true, "lasagne");
    await eventually("told", async () => (await told(phone)).length === 1);
    const { waiting } = await inspectWaiting(phone);
    assert.match(waiting.find(({ kind }) => kind === "alert")?.text ?? "", /^the oven is ready \("lasagne"\) since 2/);
    report("oven", "Ready", false);
    report("oven", "Ready", true);
    report("oven", "Ready", false);
    await systemClock.sleep(100);
    assert.is((await told(phone)).length, 1);
    later(61_000);
    report("oven", "Ready", true);
    await eventually("told again", async () => (await told(phone)).length === 2);
    const texts = (await inspectWaiting(phone)).waiting.flatMap(({ kind, text }) => (kind === "alert" ? [text] : []));
    assert.ok(
      texts.some((text) => /^the oven is ready since 2/.test(text ?? "")),
      texts.join("; "),
    );
    await alerts.stop();
    await closeAll();
  });

  it("a meal that a power cut has ended is told, also where the hub was without power with it; what somebody ends is not", async () => {
    const { alerts, cook } = await open(tempDirectory());
    cook("Mode fan, 1 h", "roast");
    cook("", "", "command");
    cook("Mode fan, 1 h", "stew", "start");
    cook("", "", "switch");
    cook("Mode fan, 1 h", "lasagne");
    cook("", "", "start");
    await eventually("told", async () => (await told(phone)).length === 1);
    const text = async () => (await inspectWaiting(phone)).waiting.find(({ kind }) => kind === "alert")?.text ?? "";
    assert.match(await text(), /^the oven lost its power and does not go on \("lasagne"\) since 2/);
    await alerts.stop();
    await closeAll();
    const after = await open(tempDirectory(), { cooks: "goulash" });
    after.cook("", "", "start");
    await eventually("told after a start", async () => (await told(phone)).length === 1);
    assert.match(await text(), /\("goulash"\)/);
    await after.alerts.stop();
    await closeAll();
  });

  it("what a device says is ready stands after its name, in quotation marks; meals without end are passed over", async () => {
    const { alerts, report, later } = await open(tempDirectory());
    const meal = "smoke: the bedroom reports smoke since 2026; \u202eopen";
    for (let number = 0; number < 20; number++) {
      report("oven", "Ready", true, meal);
      report("oven", "Ready", false, meal);
      later(61_000);
    }
    await eventually("all are told", async () => (await told(phone)).length >= 8 && alerts.waiting === 0);
    assert.is((await told(phone)).length, 8);
    const { waiting } = await inspectWaiting(phone);
    const text = waiting.find(({ kind }) => kind === "alert")?.text ?? "";
    assert.ok(text.startsWith('the oven is ready ("smoke: the bedroom reports smoke since 2026; \\u202eopen") since 2'), text);
    // An hour later there is room for one.
    later(3_600_000);
    report("oven", "Ready", true, meal);
    await eventually("one more is told", async () => (await told(phone)).length === 9);
    // Water of the same house is none of that.
    report("leak", "Wet", true);
    await eventually("water is told", async () => (await told(phone)).length === 10);
    await alerts.stop();
    await closeAll();
  });

  it("danger that flutters is told two dozen times, and then when it lasts until there is room", async () => {
    const { alerts, report, later } = await open(tempDirectory(), { isAway: () => true, wakeAfter: 50 });
    for (let number = 0; number < 29; number++) {
      report("siren", "Sounding", true);
      report("siren", "Sounding", false);
      // Ten minutes each: four find room that came meanwhile, the last finds none.
      later(601_000);
    }
    await eventually("they are kept", () => alerts.waiting >= 28);
    assert.is(alerts.waiting, 28);
    report("siren", "Sounding", true);
    later(3_600_000);
    await eventually("it is kept", () => alerts.waiting === 29);
    await alerts.stop();
  });

  it("water is told to every device that reads mail, once for one event, and is closed for all of them", async () => {
    const { alerts, report, later } = await open(tempDirectory());
    report("leak", "Wet", false);
    for (let number = 0; number < 20; number++) report("leak", "Wet", true);
    await eventually("told or kept", async () => (await told(phone)).length === 1);
    report("leak", "Wet", false);
    report("leak", "Wet", true);
    report("siren", "Armed", true);
    await systemClock.sleep(100);
    for (const context of [phone, alice]) assert.is((await told(context)).length, 1);
    const { waiting } = await inspectWaiting(phone);
    assert.match(waiting.find(({ kind }) => kind === "alert")?.text ?? "", /^the leak reports water since 2/);
    await closeAll();
    assert.equal(await told(alice), []);
    report("leak", "Wet", false);
    later(601_000);
    report("leak", "Wet", true);
    await eventually("told or kept", async () => (await told(phone)).length === 1);
    await alerts.stop();
    await closeAll();
  });

  it("a door is told when it stays open, and not when it was closed in time", async () => {
    const { alerts, report } = await open(tempDirectory(), { openMs: 300 });
    report("contact", "Open", true);
    report("contact", "Open", false);
    await systemClock.sleep(500);
    assert.equal(await told(phone), []);
    report("contact", "Open", true);
    await eventually("told or kept", async () => (await told(phone)).length === 1);
    await alerts.stop();
    await closeAll();
  });

  it("a valve is told when it stays open for longer than a garden takes, and not when it was open before the start, or before it came to the house", async () => {
    const minutes = ["contact", "valve", "lock"].map((Class) => (openMsOf({ Class }) ?? 0) / 60_000);
    assert.equal(minutes, [10, 60, 0]);
    const fresh = await open(tempDirectory(), { openMs: 100 });
    const { alerts, report } = await open(tempDirectory(), { openMs: 100, opened: true });
    for (const hub of [fresh, { report }]) hub.report("valve", "Open", true);
    await systemClock.sleep(300);
    assert.equal(await told(phone), []);
    await fresh.alerts.stop();
    report("valve", "Open", false);
    report("valve", "Open", true);
    await eventually("told", async () => (await told(phone)).length === 1);
    assert.match((await inspectWaiting(phone)).waiting.find(({ kind }) => kind === "alert")?.text ?? "", /^the valve was left open since 2/);
    await alerts.stop();
    await closeAll();
  });

  it("a valve that was opened before the hub was killed is told as if it had run on, once, and not when it was closed meanwhile", async () => {
    const dir = tempDirectory();
    const copyOf = (from: string): string => {
      const copy = tempDirectory();
      cpSync(from, copy, { recursive: true });
      return copy;
    };
    const first = await open(dir);
    first.report("valve", "Open", false);
    first.report("valve", "Open", true);
    await eventually("it is on the disk", () => readFileSync(join(dir, "opened.journal"), "utf8").includes("since"));
    const opened = Date.now();
    const killed = copyOf(dir);
    const [closed, second] = [await open(copyOf(killed), { openMs: 300 }), await open(killed, { openMs: 300, opened: true })];
    await eventually("told", async () => (await told(phone)).length === 1);
    const [alert] = await told(phone);
    assert.ok(alert?.value.Alert === "open" && Date.parse(alert.value.Time) <= opened, alert?.value.Time);
    for (const hub of [closed, second, await open(copyOf(killed), { openMs: 100, opened: true })]) {
      await systemClock.sleep(300);
      assert.is((await told(phone)).length, 1);
      await hub.alerts.stop();
    }
    await first.alerts.stop();
    await closeAll();
  });

  it("without Internet it is kept, also over a restart, and told later with how late", async () => {
    const dir = tempDirectory();
    let isAway = true;
    const first = await open(dir, { isAway: () => isAway });
    first.report("siren", "Sounding", true);
    first.report("siren", "Sounding", false);
    first.report("siren", "Sounding", true);
    await eventually("told or kept", async () => first.alerts.waiting === 1);
    await systemClock.sleep(200);
    await first.alerts.stop();
    assert.equal(await told(phone), []);
    isAway = false;
    const second = await open(dir, { isAway: () => isAway });
    await eventually("told or kept", async () => (await told(phone)).length === 1);
    await second.alerts.stop();
    const [alert] = await told(phone);
    assert.is(alert?.value.Count, 2);
    await closeAll();
    const late = await open(tempDirectory(), { isAway: () => isAway });
    isAway = true;
    late.report("siren", "Sounding", true);
    await systemClock.sleep(100);
    late.later(7_200_000);
    isAway = false;
    await eventually("told or kept", async () => (await told(phone)).length === 1);
    const { waiting } = await inspectWaiting(phone);
    assert.match(waiting.find(({ kind }) => kind === "alert")?.text ?? "", /the siren sounds an alarm since .*; told 2 h late/);
    await late.alerts.stop();
    await closeAll();
  });

  it("what a full disk cannot keep is told all the same, at once, also behind what the service never takes", async () => {
    const dir = tempDirectory();
    const sent: unknown[] = [];
    const transact = async (transaction: unknown): Promise<never> => {
      sent.push(transaction);
      throw new MeshError("ERR_SCHEMA", "never taken");
    };
    const { alerts, report } = await open(dir, { transact });
    const disk = await fullDisk(join(dir, "alerts.journal"));
    await systemClock.sleep(50);
    disk.fill();
    report("leak", "Wet", true);
    await eventually("the first is told", () => sent.length === 1);
    report("siren", "Sounding", true);
    await eventually("the second is told", () => sent.length === 2);
    disk.free();
    await alerts.stop();
  });

  it("what lasts since before the start is not told again, and not more wait than a bound", async () => {
    const { alerts, report } = await open(tempDirectory(), { wet: true, isAway: () => true });
    report("leak", "Wet", true);
    await systemClock.sleep(100);
    assert.is(alerts.waiting, 0);
    await alerts.stop();
  });

  it("one device that has filled its places keeps no other's alert from the owner, at the hub and on his machines", async () => {
    let isAway = true;
    const { alerts, report, later } = await open(tempDirectory(), { isAway: () => isAway });
    for (let number = 0; number < 50; number++) {
      later(3_600_001);
      report("leak", "Wet", true);
      report("leak", "Wet", false);
    }
    report("siren", "Sounding", true);
    await eventually("kept", async () => alerts.waiting === 33, 20_000);
    const recipients = [publicKeyOf(hub.profile.AccountEncryption)];
    const messages = Array.from({ length: 40 }, (_, number) => {
      const MessageId = newNonce(systemRandom);
      const time = { Time: dateTime(systemClock.now()), Told: dateTime(systemClock.now()) };
      const value = {
        MessageId,
        Sender: hub.deviceUdf,
        DeviceUdf: udfs.get("oven") ?? "",
        LocalName: "oven",
        Alert: "smoke",
        Count: number + 1,
        ...time,
      };
      return {
        spool: "MMM_Inbound" as const,
        envelope: messageEnvelope({ struct: DeviceAlert, value, signer: hub.keys.signature, recipients, ports }),
      };
    });
    await hub.transact({ messages });
    isAway = false;
    await eventually("told", async () => (await told(phone)).some(({ value }) => value.Alert === "alarm"));
    const kinds = (await told(phone)).map(({ value }) => value.Alert);
    assert.equal(
      ["smoke", "leak", "alarm"].map((each) => kinds.filter((kind) => kind === each).length),
      [32, 32, 1],
    );
    await alerts.stop();
  });
});
