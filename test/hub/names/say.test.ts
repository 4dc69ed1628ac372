import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Automations } from "../../../src/hub/automation/automations.ts";
import { grantPrincipal, socketOwner } from "../../../src/hub/command/principal.ts";
import { sayAge } from "../../../src/hub/names/answer.ts";
import { Conversations } from "../../../src/hub/names/conversations.ts";
import { say } from "../../../src/hub/names/say.ts";
import { byVoice } from "../../../src/hub/voice/spoken.ts";
import type { CatalogedScene } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { askedOrders } from "../../kit/asked-orders.ts";
import type { Made } from "../../kit/made-device.ts";
import { make } from "../../kit/made-device.ts";
import { language, udfOf } from "../../kit/named-things.ts";
import { obedientLight } from "../../kit/scripted-state.ts";
import { openSpokenHouse as open } from "../../kit/spoken-house.ts";

describe("names and words", (it) => {
  it("does what is said at the device that is meant, and tells what it reported", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const { speak, devices } = await open([light, make("light", { name: "hall lamp", place: "hall" })]);
    const done = await speak("turn off the kitchen light");
    assert.is(done.kind, "done");
    assert.is(done.text, "kitchen light is off");
    assert.equal(
      devices.orders.map(({ deviceUdf, command }) => [deviceUdf, command]),
      [[light.entry.DeviceUdf, "Set"]],
    );
    assert.is((await speak("set the kitchen light to 40 percent")).text, "kitchen light is on, brightness 40 %", "what is off is turned on with it");
  });

  it("asks back the sentence that was meant where a name is misspelt and looks like one alone", async () => {
    const made = [
      make("light", { name: "kitchen light", place: "kitchen" }),
      make("lock", { name: "front door" }),
      make("lock", { name: "front doors" }),
    ];
    const { speak, devices, names, keeper, orders } = await open(made);
    const asked = await speak("Turn on the Kichen light, please");
    assert.equal(asked.kind === "question" && [asked.sentence, asked.candidates.length], ["Turn on kitchen light, please", 1]);
    const which = await speak("lock the frnt door");
    assert.equal(which.kind === "question" && [which.sentence, which.candidates.length], [undefined, 2]);
    assert.is(devices.orders.length, 0);
    await speak("Turn on kitchen light, please");
    assert.is(devices.orders.length, 1);
    const phone = grantPrincipal(
      { Key: "G", Kind: "token", LocalName: "x", Rights: [{ Allows: "read", Devices: [made[1]!.entry.DeviceUdf] }] },
      "house",
    );
    const hidden = await say("turn on the kichen light", { principal: phone, book: names, orders, keeper, clock: systemClock });
    assert.not.ok("sentence" in hidden, JSON.stringify(hidden));
  });

  it("gives no order of a sentence after its end, and asks nobody for it", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const door = make("lock", { name: "front door", place: "hall" });
    const { names, keeper, orders, devices } = await open([light, door]);
    const principal = grantPrincipal({ Key: "G", Kind: "token", LocalName: "printer", Rights: [{ Allows: "read" }, { Allows: "command" }] }, "house");
    let asked = 0;
    const questions = {
      askOrder: () => {
        asked += 1;
        throw new MeshError("ERR_BUSY", "never asked");
      },
    };
    const options = { principal, book: names, orders, keeper, clock: systemClock, questions, until: systemClock.monotonic() - 1 };
    for (const text of ["turn on the kitchen light", "unlock the front door"]) {
      const said = await say(text, options);
      assert.is(said.kind === "failed" && said.targets[0]?.error?.code, "ERR_COMMAND_EXPIRED", text);
    }
    assert.is(asked, 0);
    assert.is(devices.orders.length, 0);
    await say("turn on the kitchen light", { ...options, until: systemClock.monotonic() + 5000 });
    assert.ok((devices.orders[0]?.timeoutMs ?? Infinity) <= 5000);
  });

  it("tells the device's value where it differs from what was asked", async () => {
    const { speak, devices } = await open([make("light", { name: "kitchen light" })]);
    devices.answer = () => ({ Id: 1, Result: "Accept", State: { Sequence: 5, Values: [{ Name: "Brightness", Value: 35 }] } });
    assert.is((await speak("set the kitchen light to 40 percent")).text, "kitchen light: brightness 35 %");
    devices.answer = () => ({ Id: 1, Result: "Reject", ErrorReport: "overheated" });
    const refused = await speak("turn on the kitchen light");
    assert.is(refused.kind, "failed");
    assert.is(refused.text, "kitchen light refused: overheated");
  });

  it("carries out a scene order by order, each with the rights of who speaks, and tells of each", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const door = make("lock", { name: "front door", place: "hall" });
    const udfs = [light.entry.DeviceUdf, door.entry.DeviceUdf, udfOf(77)] as const;
    const scene: CatalogedScene = {
      Key: "S",
      LocalName: "welcome",
      Orders: [
        { Command: "Unlock", Targets: [{ DeviceUdf: udfs[1], Arguments: [] }] },
        {
          Command: "Set",
          Targets: [
            { DeviceUdf: udfs[0], Arguments: [{ Name: "On", Value: true }] },
            { DeviceUdf: udfs[2], Arguments: [{ Name: "On", Value: true }] },
          ],
        },
      ],
    };
    const { names, keeper, orders, devices } = await open([light, door], [scene]);
    const principal = grantPrincipal({ Key: "G", Kind: "token", LocalName: "printer", Rights: [{ Allows: "read" }, { Allows: "command" }] }, "house");
    const said = await say("start welcome", { principal, book: names, orders, keeper, clock: systemClock });
    assert.is(said.kind, "failed");
    const told = said.kind === "failed" ? said.targets.map(({ udf, result, error }) => [udf, result, error?.code]) : [];
    assert.equal(told, [
      [udfs[1], "Reject", "ERR_CONFIRMATION_NEEDED"],
      [udfs[0], "Accept", undefined],
      [udfs[2], "Reject", "ERR_COMMAND"],
    ]);
    assert.match(said.text, /not there any more/);
    assert.equal(
      devices.orders.map(({ deviceUdf, command }) => [deviceUdf, command]),
      [[udfs[0], "Set"]],
    );
  });

  it("asks back instead of guessing, and acts on nothing", async () => {
    const { speak, devices } = await open([make("light", { name: "main", place: "kitchen" }), make("light", { name: "main", place: "hall" })]);
    const question = await speak("turn on main");
    assert.is(question.kind, "question");
    assert.is(question.kind === "question" ? question.candidates.length : 0, 2);
    assert.equal(devices.orders, []);
    assert.is((await speak("turn on the oven")).kind, "unknown");
  });

  it("asks back an order in talk, and acts on nothing; whoever does not see its device is told nothing of it", async () => {
    const { speak, names, keeper, orders, devices } = await open([
      make("light", { name: "kitchen light", place: "kitchen" }),
      make("lock", { name: "front door" }),
    ]);
    const talk = "I am home unlock the front door";
    assert.equal(await speak(talk), {
      kind: "question",
      text: 'did you mean "unlock the front door"?',
      sentence: "unlock the front door",
      candidates: [],
    });
    const principal = grantPrincipal(
      { Key: "G", Kind: "token", LocalName: "printer", Rights: [{ Allows: "read", Classes: ["light"] }, { Allows: "command" }] },
      "house",
    );
    const options = { principal, book: names, orders, keeper, clock: systemClock };
    assert.is((await say(talk, options)).text, (await say("I am home unlock the back door", options)).text);
    assert.is((await say(talk, options)).kind, "unknown");
    assert.is((await say("I am home turn on the kitchen light", options)).kind, "question");
    assert.equal(devices.orders, []);
  });

  it('knows what "it" and "there" are within one conversation, and nothing of another one', async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const { speak, devices } = await open([
      light,
      make("light", { name: "worktop", place: "kitchen" }),
      make("light", { name: "hall lamp", place: "hall" }),
    ]);
    const book = new Conversations(systemClock);
    const here = { book, name: "one" };
    assert.is((await speak("turn on the kitchen light", here)).text, "kitchen light is on");
    assert.is((await speak("turn it off", here)).text, "kitchen light is off");
    assert.match((await speak("turn off the lights there", here)).text, /kitchen light is off; worktop is off|worktop is off; kitchen light is off/);
    const before = devices.orders.length;
    assert.match((await speak("turn it on", { book, name: "two" })).text, /what "it" is has not been said/);
    assert.is((await speak("turn it on")).kind, "unknown");
    assert.is(devices.orders.length, before);
  });

  it("forgets a conversation after five minutes of silence, and the most silent of 256", () => {
    const clock = new ManualClock();
    const book = new Conversations(clock);
    const other = { ...socketOwner, id: "a guest" };
    book.spoke(socketOwner, "one", { things: ["a"] });
    assert.equal(book.referred(socketOwner, "one"), { things: ["a"] });
    assert.is(book.referred(other, "one"), undefined);
    for (let i = 0; i < 300; i++) book.spoke(other, `many ${i}`, { things: ["b"] });
    assert.is(book.size, 256);
    assert.is(book.referred(socketOwner, "one"), undefined);
    clock.advance(5 * 60_000 + 1);
    assert.is(book.referred(other, "many 299"), undefined);
    book.spoke(other, "new", { things: ["c"] });
    assert.is(book.size, 1);
  });

  it("does nothing now of what is said for another time", async () => {
    const { speak, devices } = await open([make("light", { name: "kitchen light", place: "kitchen" })]);
    for (const said of ["turn on the kitchen light in ten minutes", "turn on the kitchen light at seven", "turn on the kitchen light later"]) {
      const result = await speak(said);
      assert.is(result.kind, "unknown");
      assert.match(result.text, /^nothing is done: /);
    }
    assert.equal(devices.orders, []);
  });

  it("notes what is said for another time, says for when, and does nothing now", async () => {
    const { names, orders, keeper, devices } = await open([make("light", { name: "kitchen light", place: "kitchen" })]);
    const taken: Parameters<Automations["add"]>[0][] = [];
    const clock = new ManualClock(new Date(2026, 4, 3, 17, 0).getTime());
    const due = new Date(2026, 4, 4, 7, 0).getTime();
    const removed: string[] = [];
    const automations: Pick<Automations, "add" | "remove" | "ends" | "endAlone"> = {
      ends: () => [],
      endAlone: async () => undefined,
      remove: async (key) => {
        removed.push(key);
        return { said: "", spoken: "", orders: [], principal: socketOwner, key, made: 0 };
      },
      add: async (asked) => {
        taken.push(asked);
        return { ...asked, key: "K", made: 0, due };
      },
    };
    const speak = (text: string) => say(text, { principal: socketOwner, book: names, orders, keeper, clock, automations });
    assert.is((await speak("turn on the kitchen light in ten minutes")).text, "kitchen light: on, tomorrow at 07:00");
    assert.is(
      (await speak("every weekday at 7 turn off the kitchen light")).text,
      "kitchen light: off, on weekdays at 07:00, next tomorrow at 07:00",
    );
    assert.equal(
      taken.map(({ said, when, principal }) => [said, when?.kind, principal.name]),
      [
        ["turn on the kitchen light in ten minutes", "after", "the owner"],
        ["every weekday at 7 turn off the kitchen light", "every", "the owner"],
      ],
    );
    assert.equal(devices.orders, []);
    const forTime = await speak("turn on the kitchen light for ten minutes");
    assert.match(forTime.text, /^kitchen light is on; kitchen light: off, tomorrow at 07:00$/);
    assert.is(devices.orders.length, 1);
    assert.equal(
      taken.slice(2).map(({ when, orders: noted }) => [when, noted[0]?.targets[0]?.arguments]),
      [[{ kind: "after", seconds: 600 }, [{ Name: "On", Value: false }]]],
    );
    const until = await speak("leave the kitchen light on until half past ten");
    assert.is(until.text, "kitchen light is on; kitchen light: off, tomorrow at 07:00");
    assert.is(devices.orders.length, 2);
    assert.equal(
      taken.slice(3).map(({ when, ends, orders: noted }) => [when, ends, noted[0]?.targets[0]?.arguments]),
      [[{ kind: "at", minutes: 1350 }, true, [{ Name: "On", Value: false }]]],
    );
    devices.orders.pop();
    assert.match(
      (await speak("if the kitchen light is on for ten minutes turn off the kitchen light")).text,
      /^noted: when kitchen light is on for 10 min: /,
    );
    assert.equal(taken.at(-1)?.trigger, {
      tests: [{ udf: taken.at(-1)?.trigger?.tests[0]?.udf, property: "On", test: "is", value: true }],
      heldSeconds: 600,
    });
    assert.is(devices.orders.length, 1);
    assert.equal(removed, []);
    taken.length = 0;
    removed.length = 0;
    const two = await speak("turn on the kitchen light at seven and off at nine");
    assert.is(two.text, "kitchen light: on, tomorrow at 07:00; kitchen light: off, tomorrow at 07:00");
    const [end, begin] = taken;
    assert.equal(
      [end?.when, end?.follows, begin?.when, begin?.follows],
      [{ kind: "at", minutes: 1260 }, { kind: "at", minutes: 1140 }, { kind: "at", minutes: 1140 }, undefined],
    );
    const takes = automations.add;
    automations.add = async (asked) => {
      if (asked.follows === undefined) throw new MeshError("ERR_QUOTA", "256 orders wait for their time already");
      return takes(asked);
    };
    assert.is((await speak("turn on the kitchen light at seven and off at nine")).kind, "failed");
    assert.equal(removed, ["K"], "what would follow it is not left there");
    automations.add = async () => {
      throw new MeshError("ERR_QUOTA", "256 orders wait for their time already");
    };
    const refused = await speak("turn on the kitchen light in ten minutes");
    assert.is(refused.kind, "failed");
    assert.is(refused.text, "256 orders wait for their time already");
  });

  it("what waits for the owner is ended so long after he has confirmed it, and what is done at once after that", async () => {
    const made = [make("light", { name: "kitchen light" }), make("blender", { name: "big blender" }), make("valve", { name: "water valve" })];
    const { names, orders, keeper } = await open(made);
    const noted = new Map<string, string>();
    let keys = 0;
    const automations: Pick<Automations, "add" | "remove" | "ends" | "endAlone"> = {
      ends: () => [],
      endAlone: async () => undefined,
      add: async (asked) => {
        const key = `K${keys++}`;
        noted.set(key, `${asked.orders.map(({ command }) => command).join(" ")} ${JSON.stringify(asked.when)}`);
        return { ...asked, key, made: 0 };
      },
      remove: async (key) => {
        noted.delete(key);
        return { said: "", spoken: "", orders: [], principal: socketOwner, key, made: 0 };
      },
    };
    const { questions, confirm } = askedOrders();
    const speak = (text: string) =>
      say(text, { principal: byVoice(socketOwner), book: names, orders, keeper, clock: systemClock, automations, questions });
    const time = JSON.stringify({ kind: "after", seconds: 600 });
    assert.match((await speak("open the water valve for ten minutes")).text, /^water valve: not done; the owner is asked/);
    assert.equal([...noted.values()], []);
    await confirm[0]?.();
    assert.equal([...noted.values()], [`Close ${time}`]);
    noted.clear();
    await speak("turn on the big blender and the kitchen light for ten minutes");
    assert.equal([...noted.values()], [`Set ${time}`]);
    await confirm[1]?.();
    assert.equal([...noted.values()], [`Set ${time}`, `Stop ${time}`]);
  });

  it("acts on all that are meant and tells of each what became of it", async () => {
    const one = make("light", { name: "one", place: "kitchen" });
    const { speak, devices } = await open([
      one,
      make("light", { name: "two", place: "kitchen" }),
      make("light", { name: "far", place: "kitchen", hub: udfOf(901) }),
    ]);
    const obey = obedientLight();
    devices.answer = (order) => {
      if (order.deviceUdf === one.entry.DeviceUdf) throw new Error("broken");
      return obey(order);
    };
    const result = await speak("all lights in the kitchen off");
    assert.is(result.kind, "failed");
    assert.match(result.text, /one: broken/);
    assert.match(result.text, /two is off/);
    assert.match(result.text, /far is behind another hub/);
    assert.is(devices.orders.length, 2);
  });

  it("answers questions from what was reported, with its age, and says whose word it is", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const { speak, devices } = await open([light]);
    assert.match((await speak("is the kitchen light on")).text, /has not reported/);
    devices.report(light.entry.DeviceUdf, 1, { On: true, Brightness: 40 });
    assert.is((await speak("is the kitchen light on")).text, "yes, kitchen light is on (the hub says, just now)");
    assert.match((await speak("is the kitchen light off")).text, /^no, kitchen light is on/);
    assert.match((await speak("what is the kitchen light")).text, /kitchen light is on, brightness 40 %/);
    assert.equal(devices.orders, []);
    assert.is(sayAge(90_000, language.Replies), "90 s ago");
    assert.is(sayAge(3 * 86_400_000, language.Replies), "3 days ago");
  });

  it("does not believe a description that the device's key did not sign", async () => {
    const other = make("light");
    const { names } = await open([make("sensor", { name: "liar", signer: other.root }), make("light", { name: "honest" })]);
    assert.equal(
      names.devices().map(({ name }) => name),
      ["honest"],
    );
  });

  it("follows a new name without verifying the description again, and forgets what is gone", async () => {
    const light = make("light", { name: "old" });
    const { names, entries, speak } = await open([light]);
    const described = names.describe(light.entry.DeviceUdf);
    entries[0] = { ...light.entry, LocalName: "new" };
    names.changed();
    assert.is(names.describe(light.entry.DeviceUdf), described, "the very same object");
    assert.is((await speak("turn on new")).kind, "done");
    assert.is((await speak("turn on old")).kind, "unknown");
    entries.length = 0;
    names.changed();
    assert.is(names.describe(light.entry.DeviceUdf), undefined);
  });

  it(
    "finds one of 500 devices in a few milliseconds, and reads 500 names again quickly",
    async () => {
      const made = Array.from(
        { length: 500 },
        (_, i): Made => ({ ...make("light", { name: `lamp ${i + 1}`, place: i % 2 === 0 ? "kitchen" : "hall" }) }),
      );
      const { speak, names, devices } = await open(made);
      assert.is(names.devices().length, 500);
      let start = performance.now();
      names.changed();
      assert.is(names.devices().length, 500);
      const rebuild = performance.now() - start;
      start = performance.now();
      for (let i = 1; i <= 20; i++) assert.is((await speak(`turn on lamp ${i * 20}`)).text, `lamp ${i * 20} is on`);
      const each = (performance.now() - start) / 20;
      assert.is(devices.orders.length, 20);
      assert.ok(rebuild < 500, `read again in ${rebuild} ms`);
      assert.ok(each < 100, `${each} ms a sentence`);
    },
    { timeoutMs: 60_000 },
  );
});
