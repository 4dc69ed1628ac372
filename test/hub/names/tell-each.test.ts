/** What is told of each thing where things of several classes are meant. */
import { systemClock } from "../../../src/base/clock.ts";
import { grantPrincipal } from "../../../src/hub/command/principal.ts";
import { say } from "../../../src/hub/names/say.ts";
import { assert, describe } from "../../harness/suite.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse as open } from "../../kit/spoken-house.ts";

describe("names and words: several classes", (it) => {
  it("asks each for what it can tell: a lamp whether it is on, a radiator for its mode, a lock whether it is locked", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const radiator = make("thermostat", { name: "kitchen radiator", place: "kitchen" });
    const door = make("lock", { name: "back door", place: "hall" });
    const { speak, devices } = await open([light, radiator, door]);
    devices.report(light.entry.DeviceUdf, 1, { On: false });
    devices.report(radiator.entry.DeviceUdf, 1, { Mode: "heat", Target: 20 });
    devices.report(door.entry.DeviceUdf, 1, { Locked: true });
    assert.is(
      (await speak("is everything off in the kitchen")).text,
      "yes, kitchen light is off (the hub says, just now); no, kitchen radiator: mode heat (the hub says, just now)",
    );
    assert.is((await speak("is the kitchen radiator on")).text, "kitchen radiator: mode heat (the hub says, just now)");
    assert.is((await speak("is the back door open")).text, "back door is locked (the hub says, just now)");
    assert.equal(devices.orders, []);
  });

  it("tells several in one sentence: those that are so by name, of the most their number, and by itself what tells nothing of it", async () => {
    const lights = Array.from({ length: 9 }, (_, at) => make("light", { name: `lamp ${"abcdefghi"[at]}`, place: "kitchen" }));
    const radiator = make("thermostat", { name: "kitchen radiator", place: "kitchen" });
    const { speak, devices } = await open([...lights, radiator]);
    const report = (on: string, sequence: number): void => {
      for (const [at, { entry }] of lights.slice(0, 8).entries()) devices.report(entry.DeviceUdf, sequence, { On: on[at] === "1" });
    };
    devices.report(radiator.entry.DeviceUdf, 1, { Mode: "heat", Target: 20 });
    const silent = "; lamp i has not reported that yet";
    const ask = async (question: string): Promise<string> =>
      (await speak(question)).text.replaceAll(/\(the hub says, (just now|at most \d+ s ago|\d+ s ago)\)/g, "(…)");
    report("10000001", 1);
    assert.is(await ask("which lights are on"), `lamp a and lamp h are on, 6 others are off (…)${silent}`);
    assert.is(
      await ask("is everything off in the kitchen"),
      `lamp a and lamp h are on, 6 others are off (…); no, kitchen radiator: mode heat (…)${silent}`,
    );
    report("11111011", 2);
    assert.is(await ask("which lights are on"), `lamp f is off, 7 others are on (…)${silent}`);
    report("00000000", 3);
    const all = "all 8 that have reported are off (…)";
    assert.is(await ask("which lights are still on"), `${all}${silent}`);
    assert.is(await ask("are all lights off"), `${all}${silent}`, "and no yes where one says nothing");
    assert.is(
      await ask("is everything off in the kitchen"),
      `${all}; no, kitchen radiator: mode heat (…)${silent}`,
      "and no yes before what is not so",
    );
    assert.is(await ask("are lamp a and lamp b and lamp c on"), "no, lamp a, lamp b and lamp c are off (…)");
    assert.is(await ask("are lamp a and lamp b on"), "no, lamp a is off (…); no, lamp b is off (…)");
    assert.equal(devices.orders, []);
  });

  it("counts those that have not reported, and says yes of all alone", async () => {
    const lights = Array.from({ length: 9 }, (_, at) => make("light", { name: `lamp ${"abcdefghi"[at]}`, place: "kitchen" }));
    const { speak, devices } = await open(lights);
    const ask = async (question: string): Promise<string> => (await speak(question)).text.replaceAll(/\(the hub says, [^)]*\)/g, "(…)");
    const report = (from: number, to: number): void => {
      for (const { entry } of lights.slice(from, to)) devices.report(entry.DeviceUdf, 1, { On: false });
    };
    assert.is(await ask("are all lights off"), "none of the 9 has reported that yet");
    report(0, 1);
    assert.is(await ask("are all lights off"), "lamp a is off (…); 8 others have not reported that yet");
    report(1, 7);
    assert.is(await ask("are all lights off"), "all 7 that have reported are off (…); lamp h and lamp i have not reported that yet");
    report(7, 9);
    assert.is(await ask("are all lights off"), "yes, all 9 are off (…)");
  });

  it("what is called by several is told as several", async () => {
    const { speak, devices } = await open([make("light", { name: "string lights", place: "kitchen" }), make("light", { name: "hall lamp" })]);
    assert.is((await speak("are the string lights on")).text, "string lights have not reported that yet");
    assert.is((await speak("turn on the string lights")).text, "string lights are on");
    assert.match((await speak("are the string lights on")).text, /^yes, string lights are on \(/);
    assert.match(
      (await speak("if the string lights are on for ten minutes turn off the hall lamp")).text,
      /not taken here|when string lights are on for 10 min/,
    );
    assert.is((await speak("turn on the hall lamp")).text, "hall lamp is on");
    assert.is(devices.orders.length, 2);
  });

  it("counts for a speaker what he sees alone", async () => {
    const lights = Array.from({ length: 6 }, (_, at) => make("light", { name: `lamp ${"abcdef"[at]}`, place: at < 4 ? "kitchen" : "hall" }));
    const { names, orders, keeper, devices } = await open(lights);
    for (const { entry } of lights) devices.report(entry.DeviceUdf, 1, { On: true });
    const rights = [{ Allows: "read", Devices: lights.slice(0, 4).map(({ entry }) => entry.DeviceUdf) }];
    const principal = grantPrincipal({ Key: "G", Kind: "guest", LocalName: "bob", Rights: rights }, "house");
    const said = await say("are all lights on", { principal, book: names, orders, keeper, clock: systemClock });
    assert.match(said.text, /^yes, all 4 are on \(/);
    assert.is(said.kind === "answer" && said.targets.length, 4);
  });

  it("tells which of all lights cannot have a colour", async () => {
    const lamp = make("light", { name: "kitchen light", place: "kitchen" });
    const party = make("colour-light", { name: "party lamp", place: "kitchen" });
    const { speak, devices } = await open([lamp, party]);
    assert.match((await speak("make all lights blue")).text, /^party lamp.*; kitchen light cannot do that$/);
    assert.match((await speak("make the kitchen lights blue")).text, /; kitchen light cannot do that$/);
    assert.not.match((await speak("make the party lamp blue")).text, /cannot/);
    assert.not.match((await speak("turn everything off")).text, /cannot/);
    assert.ok(devices.orders.every(({ deviceUdf, command }) => deviceUdf === party.entry.DeviceUdf || command === "Set"));
  });

  it("says that a radiator which is set does nothing while its mode is off, and not when it heats or when that is not known", async () => {
    const radiator = make("thermostat", { name: "study radiator", place: "hall" });
    const { speak, devices } = await open([radiator]);
    devices.answer = () => ({ Id: 1, Result: "Accept", State: { Sequence: 5, Values: [{ Name: "Target", Value: 21 }] } });
    const told = async () => (await speak("set the study radiator to 21 degrees")).text;
    assert.is(await told(), "study radiator: target 21.0 °C");
    devices.report(radiator.entry.DeviceUdf, 6, { Mode: "off" });
    assert.is(await told(), 'study radiator: target 21.0 °C; study radiator does nothing of it yet: mode off; say "turn on the study radiator"');
    await speak("turn on the study radiator");
    assert.equal(devices.orders.at(-1)?.arguments, [{ Name: "Mode", Value: "auto" }], "and that is understood");
    devices.report(radiator.entry.DeviceUdf, 7, { Mode: "heat" });
    assert.is(await told(), "study radiator: target 21.0 °C");
  });
});
