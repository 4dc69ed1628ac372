/** Every driver of the package keeps the contract; a bad driver is refused by file, path, reason and nearest key, and the rest go on. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { Driver } from "../../src/driver/index.ts";
import { contractViolations, languageTags, loadDrivers, loadLanguage, parseDriver, parseFixture } from "../../src/driver/index.ts";
import { generated } from "../harness/generate.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { catalogue, driverFile, language } from "../kit/named-things.ts";

const packageDir = packagePath("drivers");
const folders = readdirSync(packageDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const others = languageTags().filter((tag) => tag !== "en");

/** A copy of the light's driver with changes, as text. */
function changed(change: (driver: Driver) => unknown): string {
  const driver = JSON.parse(driverFile("light", "driver.json")) as Driver;
  return JSON.stringify(change(driver) ?? driver);
}

/** A folder with drivers. */
function userFolder(files: Readonly<Record<string, string>>): string {
  const root = tempDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "driver.json"), text);
  }
  return root;
}

/** A driver of a class of its own, with one noun. */
function minimal(name: string, noun: string): string {
  return JSON.stringify({
    Class: name,
    Summary: "A thing.",
    Properties: [{ Name: "On", Type: "boolean", Writable: true, Coalescing: "actuator" }],
    Commands: [{ Name: "Set", Arguments: ["On"] }],
    Words: { en: { Nouns: [{ One: noun, Many: `${noun}s` }], Properties: { On: { Names: ["power"] } } } },
  });
}

describe("driver: catalogue", (it) => {
  it("takes every folder of the package", () => {
    assert.equal(catalogue.refused, []);
    assert.equal([...catalogue.drivers.keys()], folders.map(({ name }) => name).sort());
  });

  for (const { name } of folders) {
    it(`${name} keeps the contract`, () => {
      const driver = catalogue.drivers.get(name);
      if (driver === undefined) throw new Error(`${name} was refused`);
      assert.equal(contractViolations(driver, parseFixture(driverFile(name, "fixture.json"), name), language), []);
    });

    for (const tag of others) {
      it(`${name} keeps it in "${tag}", too`, () => {
        const driver = catalogue.drivers.get(name);
        if (driver === undefined) throw new Error(`${name} was refused`);
        assert.equal(contractViolations(driver, parseFixture(driverFile(name, `fixture.${tag}.json`), name), loadLanguage(tag)), []);
      });
    }
  }

  it("notices a fixture that a driver does not keep", () => {
    const light = catalogue.drivers.get("light");
    if (light === undefined) throw new Error("no light");
    const fixture = parseFixture(driverFile("light", "fixture.json"), "light");
    const wrong = { ...fixture, Utterances: [{ Say: "dim the sample", Command: "Set", Arguments: [{ Name: "Brightness", Value: 21 }] }], States: [] };
    const found = contractViolations(light, wrong, language).join("\n");
    for (const part of ['"dim the sample" gives', "no utterance sets On", "no utterance sends Identify", "no state shows Brightness"])
      assert.match(found, part);
  });

  it("keeps drivers/driver.schema.json up to date", () => {
    const name = "drivers/driver.schema.json";
    assert.is(readFileSync(packagePath(name), "utf8"), generated[name]?.(), "run 'npm run generate'");
  });

  const bad: readonly (readonly [what: string, json: string, message: RegExp])[] = [
    ["no JSON", "{", /^f: is not JSON$/],
    ["unknown key", changed((d) => ({ ...d, Sumary: "x" })), /^f: Sumary: unknown key.*Summary/],
    [
      "unknown key below",
      changed((d) => void Object.assign(d.Properties[1] ?? {}, { Minimun: 0 })),
      /^f: Properties\[1\]\.Minimun: unknown key.*Minimum/,
    ],
    ["unknown key in words", changed((d) => void Object.assign(d.Words.en ?? {}, { Noun: [] })), /^f: Words\.en\.Noun: unknown key.*Nouns/],
    ["missing key", changed(({ Summary: _, ...rest }) => rest), /^f: Summary: a value is missing$/],
    ["wrong type", changed((d) => ({ ...d, Summary: 4 })), /^f: Summary: expected string/],
    ["class name", changed((d) => ({ ...d, Class: "../light" })), /^f: Class: must be lower case/],
    [
      "range upside down",
      changed((d) => void Object.assign(d.Properties[1] ?? {}, { Minimum: 200 })),
      /^f: Properties\[1\]\.Minimum: must be below Maximum \(100\), not 200$/,
    ],
    [
      "name twice",
      changed((d) => void d.Properties.push({ Name: "On", Type: "boolean", Coalescing: "actuator" })),
      /^f: Properties\[4\]\.Name: On stands there twice$/,
    ],
    ["range of a boolean", changed((d) => void Object.assign(d.Properties[0] ?? {}, { Minimum: 0 })), /^f: Properties\[0\]\.Minimum: is for numbers/],
    [
      "unknown argument",
      changed((d) => void d.Commands[0]?.Arguments?.splice(0, 1, "Onn")),
      /Commands\[0\]\.Arguments: no writable property Onn, nearest is On/,
    ],
    ["missing argument", changed((d) => void d.Commands[0]?.Arguments?.pop()), /Commands\[0\]\.Arguments: lacks the writable property Label/],
    [
      "value out of range",
      changed((d) => void Object.assign(d.Words.en?.Values ?? {}, { huge: { Brightness: 900 } })),
      /Words\.en\.Values\.huge: Brightness must be 0 to 100 %, not 900/,
    ],
    [
      "slot unknown",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: ["dim {thing}"], Command: "Identify" })),
      /Phrases\[\d+\]\.Say\[0\]: brackets or slots/,
    ],
    [
      "bracket open",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: ["dim (a|b {target}"], Command: "Identify" })),
      /Phrases\[\d+\]\.Say\[0\]: brackets or slots/,
    ],
    [
      "pattern explodes",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: [`${"(a|b)".repeat(20)} {target}`], Command: "Identify" })),
      /Say\[0\]: brackets or slots/,
    ],
    [
      "value not used",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: ["flash {target} {value}"], Command: "Identify" })),
      /has a value that is not used/,
    ],
    [
      "raises what is no number",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: ["more {target}"], Property: "On", Raise: 1 })),
      /Raise: needs a writable property of type number/,
    ],
    ["rests on what it has not", changed((d) => void Object.assign(d, { Resting: { Brightness: { Mode: "off" } } })), /Resting\.Brightness: .*Mode/],
    ["asks for what it has not", changed((d) => void Object.assign(d.Words.en ?? {}, { Asked: { on: { Mode: null } } })), /Asked\.on\.Mode/],
    [
      "raises by nothing",
      changed((d) => void d.Words.en?.Phrases?.push({ Say: ["more {target}"], Property: "Brightness", Raise: 0 })),
      /Raise: changes a value, and never by nothing/,
    ],
    [
      "heat that is called harmless",
      driverFile("thermostat", "driver.json").replace('"Maximum": 30', '"Maximum": 90'),
      /Commands\[0\]\.Risk: must be heat: Target can be set above 30 °C/,
    ],
    ["no words for a property", changed((d) => void delete d.Words.en?.Properties.On), /Words\.en\.Properties: has no words for On/],
  ];
  for (const [what, json, message] of bad) {
    it(`refuses: ${what}`, async () => assert.match((await throwsMesh(() => parseDriver(json, "f"), "ERR_DRIVER")).message, message));
  }

  it("refuses a bad driver by name while the rest go on", () => {
    const userDir = userFolder({
      bad: "{",
      kettle: minimal("kettle", "kettle"),
      twin: minimal("light", "sun"),
      lantern: minimal("lantern", "lamp"),
      light: minimal("light", "sun"),
    });
    mkdirSync(join(userDir, "empty"));
    writeFileSync(join(userDir, "readme.txt"), "no driver");
    const { drivers, refused } = loadDrivers({ packageDir, userDir, log: silentLog });
    assert.equal([...drivers.keys()], [...catalogue.drivers.keys(), "kettle"]);
    assert.equal(
      refused.map(({ error }) => [error.code, error.message.replace(`${userDir}/`, "")]),
      [
        ["ERR_DRIVER", "bad/driver.json: is not JSON"],
        ["ERR_DRIVER", "empty/driver.json: cannot be read"],
        ["ERR_DRIVER", 'lantern/driver.json: Words.en.Nouns: "lamp" is a noun of colour-light already'],
        ["ERR_DRIVER", "light/driver.json: Class: light is there already"],
        ["ERR_DRIVER", "twin/driver.json: Class: must be the name of its folder (twin), not light"],
      ],
    );
  });

  it("does without a user's folder, but not without the package's", async () => {
    assert.equal(loadDrivers({ packageDir, userDir: join(tempDirectory(), "none"), log: silentLog }).refused, []);
    await throwsMesh(() => loadDrivers({ packageDir: join(tempDirectory(), "none"), log: silentLog }), "ERR_DRIVER");
  });

  it("refuses a file of absurd size", () => {
    const { refused } = loadDrivers({ packageDir: userFolder({ big: " ".repeat(300_000) }), log: silentLog });
    assert.match(refused[0]?.error.message ?? "", /at most/);
  });
});
