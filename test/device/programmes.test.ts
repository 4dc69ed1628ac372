/**
 * Programmes of the classes in C, side by side with their twins in TypeScript, step by step: the same is taken and refused, and the same holds after each step.
 * Time is a word here (common/programmes.c); that the device itself counts it is seen by one that runs.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Appliance } from "../../firmware-stubs/virtual/appliance/appliance.ts";
import { makeAppliance } from "../../firmware-stubs/virtual/appliance/classes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { readProgramme, writeProgramme } from "../../src/driver/programme.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { missingForFirmware } from "../kit/firmware.ts";
import { needsCompiler, sourcesOf } from "./c-harness.ts";
import { DeviceUnderTest } from "./device-under-test.ts";
import { posix } from "./implementation.ts";
import { startReach } from "./reach.ts";

type Value = string | number | boolean;
/** Something asked with its arguments, a value that the world changes, a tick that is over, a power cut. */
type Step =
  | { readonly ask: string; readonly of?: Readonly<Record<string, Value>> }
  | { readonly set: string; readonly to: Value }
  | { readonly pass: number }
  | "wake";

let program: string | undefined;

/** Plays lines to the C program; what it answers to each. */
function inC(lines: readonly string[]): string[][] {
  if (program === undefined) {
    program = join(tempDirectory(), "programmes");
    const rooms = ["common", "devices"].map((name) => packagePath("firmware-stubs", name));
    const common = ["mesh_values.c", "mesh_programme.c", "mesh_jsonb.c"].map((name) => join(rooms[0] ?? "", name));
    const devices = ["blender.c", "oven.c", "thermostat.c"].map((name) => join(rooms[1] ?? "", name));
    const flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-DMESH_PROGRAMME=256", "-fsanitize=address,undefined"];
    const words = [...flags, "-fno-sanitize-recover=all", ...rooms.map((room) => `-I${room}`), "-o", program];
    const made = spawnSync("cc", [...words, packagePath("test/device/common/programmes.c"), ...common, ...devices], { encoding: "utf8" });
    assert.is(made.status, 0, made.stderr);
  }
  const { status, stdout, stderr } = spawnSync(program, [], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
}

/** The words of a step, one for each of its ticks. */
function wordsOf(step: Step): string[] {
  if (step === "wake") return ["wake"];
  if ("pass" in step) return new Array(step.pass).fill("pass");
  if ("set" in step) return [`set\t${step.set}\t${String(step.to)}`];
  return [["ask", step.ask, ...Object.entries(step.of ?? {}).flatMap(([name, value]) => [name, String(value)])].join("\t")];
}

/** The twin after one word of a step, and whether it took it. */
function played(before: Appliance, className: string, step: Step): { readonly after: Appliance; readonly takes: boolean } {
  if (step === "wake") {
    const after = makeAppliance(className, 1);
    after.restore(before.values);
    return { after, takes: true };
  }
  if ("pass" in step) {
    const { Programme, Remaining, Door } = before.plain;
    if (Programme !== "" && Door !== false) before.change("Remaining", Number(Remaining) - 1);
  } else if ("set" in step) {
    before.change(step.set, step.to);
  } else {
    try {
      before.command(
        step.ask,
        Object.entries(step.of ?? {}).map(([Name, Value]) => ({ Name, Value })),
      );
    } catch {
      return { after: before, takes: false };
    }
  }
  return { after: before, takes: true };
}

function sideBySide(className: string, steps: readonly Step[]): void {
  const words = steps.map(wordsOf);
  const answers = inC([`new\t${className}`, ...words.flat()]);
  let twin = makeAppliance(className, 1);
  let line = 1;
  for (const [at, step] of steps.entries()) {
    for (let turn = 0; turn < (words[at]?.length ?? 0); turn++) {
      const { after, takes } = played(twin, className, step);
      twin = after;
      const [verdict, ...shown] = answers[line++] ?? [];
      const what = `${className}, step ${at + 1} (${JSON.stringify(step)})`;
      if (step !== "wake" && "ask" in step) assert.is(verdict, takes ? "yes" : "no", what);
      const values = twin.values.map(({ Value }) => String(Value));
      assert.equal(shown.slice(0, values.length), values, what);
    }
  }
}

const baking = "Mode fan, Target 180, 3 min; Mode grill, Target 240, 2 min";
const mixing = "Speed 3, 20 s; Speed 8, 10 s";

describe("programmes in C", (it) => {
  it("an oven bakes to its end, waits while its door is open, is stopped, and does not go on after a power cut", () => {
    needsCompiler();
    const run: Step = { ask: "Run", of: { Programme: baking, Meal: "lasagne" } };
    sideBySide("oven", [
      { ask: "Set", of: { Mode: "bake", Target: 200 } },
      run,
      { pass: 2 },
      { ask: "Set", of: { Target: 100 } },
      { ask: "Run", of: { Programme: mixing } },
      { ask: "Identify" },
      { set: "Door", to: false },
      { pass: 4 },
      { set: "Door", to: true },
      { pass: 6 },
      { set: "Door", to: false },
      { set: "Door", to: true },
      run,
      { pass: 5 },
      { ask: "Set", of: { Mode: "grill" } },
      { ask: "Run", of: { Programme: "Target 30, 61 s" } },
      { ask: "Stop" },
      { pass: 2 },
      run,
      { pass: 1 },
      "wake",
      { pass: 2 },
      { ask: "Run", of: { Meal: "lasagne" } },
      { ask: "Run" },
      { ask: "Run", of: { Programme: baking, Target: 100 } },
      { ask: "Run", of: { Programme: baking, Meal: "" } },
    ]);
  });

  it("a blender runs its stages with the lid closed, and an open lid ends them", () => {
    needsCompiler();
    const run: Step = { ask: "Run", of: { Programme: mixing, Meal: "smoothie" } };
    sideBySide("blender", [
      { ask: "Start" },
      { ask: "Set", of: { Speed: 9 } },
      { ask: "Stop" },
      { ask: "Pulse" },
      run,
      { pass: 20 },
      { ask: "Start" },
      { ask: "Pulse" },
      { ask: "Set", of: { Speed: 1 } },
      { pass: 12 },
      { ask: "Start" },
      run,
      { pass: 3 },
      { set: "Lid", to: false },
      { pass: 3 },
      run,
      { ask: "Start" },
      { ask: "Set", of: { Speed: 2 } },
      { set: "Lid", to: true },
      { pass: 3 },
      run,
      { ask: "Stop" },
      run,
      { pass: 30 },
      { set: "Lid", to: false },
      { set: "Lid", to: true },
      run,
      "wake",
    ]);
  });

  it("what is no programme is refused: by hand, and changed at random; what a hub writes is taken", () => {
    needsCompiler();
    const texts = [
      "",
      "Speed 5",
      "20 s",
      "Speed 5, 0 s",
      "Speed 11, 20 s",
      "Speed five, 20 s",
      "Lid true, 20 s",
      "Speed 5, 20 s;",
      "Speed 5, 20 s; ",
      "Speed 5, 20 s; 20 s",
      "Speed 5, Speed 6, 20 s",
      "Speed 5,20 s",
      "Speed 5, 20 days",
      "Speed 5, 25 h",
      "Speed 5, 24 h",
      "Speed 5, 24 h; Speed 1, 1 s",
      "Speed 5, 86400 s",
      "Speed 5, 123456 s",
      "Speed 99999999999, 20 s",
      "Speed 5, 20 s".concat("; Speed 5, 20 s".repeat(7)),
      "Speed 5, 20 s".concat("; Speed 5, 20 s".repeat(8)),
      `Speed 5, 20 s${" ".repeat(300)}`,
      "Speed -5, 20 s",
      "Speed , 20 s",
      ", 20 s",
      ";",
    ];
    let seed = 1;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const letters = "Speed 3, 20 s; Mode fan, Target 180, 5 min;,. -9h";
    for (let count = 0; count < 3000; count++) {
      const text = [...(count % 2 === 0 ? mixing : "Speed 7, 1 min; Speed 1, 1 h; Speed 10, 90 s")];
      for (let changes = next(3); changes >= 0; changes--) text.splice(next(text.length), next(3), ...letters.slice(next(40)).slice(0, next(4)));
      texts.push(text.join(""));
    }
    const { description } = makeAppliance("blender", 1);
    const answers = inC(["new\tblender", ...texts.flatMap((text) => [`ask\tRun\tProgramme\t${text}`, "ask\tStop"])]);
    let taken = 0;
    for (const [at, text] of texts.entries()) {
      let written: string | undefined;
      try {
        written = writeProgramme(readProgramme(text, description));
      } catch {
        written = undefined;
      }
      const verdict = answers[1 + 2 * at]?.[0];
      if (written === undefined) assert.is(verdict, "no", JSON.stringify(text));
      if (written === text) assert.is(verdict, "yes", JSON.stringify(text));
      if (written === text) taken++;
    }
    assert.ok(taken > 20, `${taken} of them were programmes`);
  });

  it("time goes on whatever is asked of a device; an order that comes again is answered, and not carried out again", () => {
    needsCompiler();
    const out = join(tempDirectory(), "time");
    const stand = packagePath("test", "device", "fuzz");
    const rooms = [stand, packagePath("firmware-stubs", "common"), packagePath("firmware-stubs", "devices")];
    const firmware = rooms.slice(1).flatMap((room) => sourcesOf(room).filter((path) => !/mesh_(crypto|curve)\.c$/.test(path)));
    const own = ["subject.c", "open_crypto.c", "pieces.c"].map((name) => join(stand, name));
    const words = ["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-DMESH_PROGRAMME=256", "-DMESH_GRANTS=4", ...rooms.map((room) => `-I${room}`)];
    const made = spawnSync("cc", [...words, "-o", out, packagePath("test/device/common/time.c"), ...own, ...firmware, "-lsodium"], {
      encoding: "utf8",
    });
    assert.is(made.status, 0, made.stderr);
    const played = spawnSync(out, [], { encoding: "utf8" });
    assert.is(played.status, 0, played.stderr);
  });

  it(
    "a blender that runs: it counts its seconds, tells its hub of each stage and the end, and is still after a power cut",
    async () => {
      const missing = missingForFirmware();
      skipUnless(missing === undefined, missing ?? "");
      const device = new DeviceUnderTest({ implementation: posix(), className: "blender", reach: await startReach("tcp") });
      await device.powerOn();
      const { session, seen } = await device.connect();
      const run = (Programme: string) =>
        session.request("Command", {
          Command: "Run",
          Arguments: [
            { Name: "Programme", Value: Programme },
            { Name: "Meal", Value: "smoothie" },
          ],
        });
      const from = performance.now();
      const { Result, State } = await run("Speed 3, 1 s; Speed 8, 3 s");
      assert.is(Result, "Accept");
      const shown = (values: readonly { readonly Name: string; readonly Value: unknown }[] = []) =>
        Object.fromEntries(values.map(({ Name, Value }) => [Name, Value]));
      assert.equal(
        { ...shown(State?.Values), Lid: true },
        shownOf({ Running: true, Speed: 3, Programme: "Speed 3, 1 s; Speed 8, 3 s", Remaining: 4 }),
      );
      const told = () => seen.flatMap((message) => (message.tag === "State" ? [shown(message.value.Values)] : []));
      await eventually("it is ready, and its hub was told", () => told().some(({ Ready }) => Ready === true));
      assert.ok(performance.now() - from >= 3900, `${performance.now() - from} ms`);
      assert.ok(told().some(({ Speed, Running, Ready }) => Speed === 8 && Running === true && Ready === false));
      assert.equal(told().at(-1), shownOf({ Running: false, Speed: 8, Programme: "", Remaining: 0, Ready: true }));

      assert.is((await run("Speed 3, 1 h")).Result, "Accept");
      await device.powerCycle();
      const { Running, Programme, Meal, Remaining, Ready } = await device.values();
      assert.equal({ Running, Programme, Meal, Remaining, Ready }, { Running: false, Programme: "", Meal: "", Remaining: 0, Ready: false });
    },
    // Whoever comes first compiles the firmware.
    { timeoutMs: 400_000 },
  );
});

/** What a blender with its lid closed shows. */
const shownOf = (own: Readonly<Record<string, Value>>) => ({ Lid: true, Meal: "smoothie", Ready: false, ...own });
