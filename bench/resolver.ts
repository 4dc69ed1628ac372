/** Time to understand a sentence with 500 names; the bar is 0.5 ms for 95 of 100 (docs: names and voice). Run: node --import tsx bench/resolver.ts */
import { Bench } from "tinybench";
import { silentLog } from "../src/base/log.ts";
import { packagePath } from "../src/base/package-root.ts";
import type { NamedThing, Place } from "../src/driver/index.ts";
import { describeDevice, interpret, loadDrivers, loadLanguage, makeNameIndex, makeVocabulary, resolve } from "../src/driver/index.ts";
import { houseOf, rowsOf } from "../test/driver/language/table.ts";

const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log: silentLog });
const classes = [...drivers.values()];
const vocabulary = makeVocabulary(classes, loadLanguage("en"));

const floors: Place[] = Array.from({ length: 4 }, (_, i) => ({ key: `f${i}`, name: `Floor ${i}` }));
const rooms: Place[] = Array.from({ length: 36 }, (_, i) => ({
  key: `r${i}`,
  name: `Room ${String.fromCharCode(97 + (i % 26))}${i}`,
  parent: `f${i % 4}`,
}));
const things: NamedThing[] = Array.from({ length: 500 }, (_, i) => {
  const driver = classes[i % classes.length];
  if (driver === undefined) throw new Error("no drivers");
  return {
    udf: `M${String(i).padStart(27, "A")}`,
    name: `${driver.Class} number ${i}`,
    aliases: [{ Name: `alias ${i}` }, { Name: "main" }],
    place: `r${i % 36}`,
    class: driver.Class,
    description: describeDevice(driver, { manufacturer: "maker@example.com", model: "one", version: "1" }),
  };
});
const places = [...floors, ...rooms];
const index = makeNameIndex({ things, places, vocabulary });

const bench = new Bench({ time: 500 });
bench.add("resolve: exact name", () => void resolve("the light number 8", index));
bench.add("resolve: 500 of one alias", () => void resolve("main", index, { place: "r7" }));
bench.add("resolve: nothing, with suggestions", () => void resolve("the lihgt nunber 8", index));
bench.add("interpret: turn on a light", () => void interpret("turn on the light number 8", index));
bench.add("interpret: value in words", () => void interpret("set the brightness of light number 8 to forty percent", index));
bench.add("interpret: everything on a floor", () => void interpret("turn off everything on floor 2", index));
bench.add("interpret: question by place", () => void interpret("what is the temperature in room h7", index));
bench.add("interpret: nothing, with suggestions", () => void interpret("set the lihgt nunber 8 to forty percent", index));
bench.add("build the index", () => void makeNameIndex({ things, places, vocabulary }));
await bench.run();
console.table(bench.table());

const repeats = 20;
/** Rounds that are not counted. */
const warmUp = 3;
/** The clock of the processor counts microseconds. */
const together = 4;
/** Every sentence of the tables, in the house of the table with things beside it until there are 500; refused ones too. */
for (const language of ["en", "de"]) {
  const house = houseOf(language).index;
  const beside = things.slice(house.things.length);
  const { scenes, recipes } = house;
  const all = makeNameIndex({
    things: [...house.things, ...beside],
    places: [...house.places.values(), ...places],
    scenes,
    recipes,
    vocabulary: house.vocabulary,
  });
  const said = rowsOf(language).map((row) => ({ sentence: row.said.at(-1) ?? "", place: row.place }));
  const spent = said.map(() => 0);
  // All of them in turn, round by round; processor time: other programs on the machine do not count.
  for (let round = -warmUp; round < repeats; round++) {
    for (const [at, { sentence, place }] of said.entries()) {
      const start = process.cpuUsage();
      for (let i = 0; i < together; i++) interpret(sentence, all, { place });
      const { user, system } = process.cpuUsage(start);
      if (round >= 0) spent[at] = (spent[at] ?? 0) + (user + system) / 1000 / together;
    }
  }
  const times = spent.map((ms) => ms / repeats).sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(3);
  console.log(
    `sentences (${language}): ${said.length} × ${repeats} with ${all.things.length} names: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`,
  );
}
