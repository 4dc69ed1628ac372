/** What the schema of driver.json cannot say: names that must match, ranges that must make sense, values that must be in range, phrases that must read. */
import { MeshError } from "../base/errors.ts";
import { nearest } from "../config/nearest.ts";
import type { DeviceDescription, DeviceProperty } from "../schema/device/device-description.ts";
import { isTooWarm, warmest } from "../schema/index.ts";
import { describeDevice } from "./description.ts";
import type { Driver, DriverWords, Phrase } from "./driver-schema.ts";
import { parsePattern } from "./language/pattern.ts";
import type { SchemaIssue } from "./schema-issue.ts";
import { checkArguments } from "./value.ts";

/** Everything that is wrong with a driver whose form is right. */
export function checkDriver(driver: Driver): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const report = (path: string, reason: string) => void issues.push({ path, reason });
  reportTwice(driver.Properties, "Properties", report);
  reportTwice(driver.Commands, "Commands", report);
  for (const [i, property] of driver.Properties.entries()) checkProperty(property, `Properties[${i}]`, report);
  checkCommands(driver, report);
  if (Object.keys(driver.Words).length === 0) report("Words", "needs the words of at least one language");
  const description = describeDevice(driver, { manufacturer: "", model: "", version: "" });
  checkBeside("Resting", driver, description, report);
  checkBeside("Wakes", driver, description, report);
  for (const [tag, words] of Object.entries(driver.Words)) checkWords(words, description, `Words.${tag}`, report);
  return issues;
}

type Report = (path: string, reason: string) => void;

function reportTwice(named: readonly { readonly Name: string }[], path: string, report: Report): void {
  const seen = new Set<string>();
  for (const [i, { Name }] of named.entries()) {
    if (seen.has(Name)) report(`${path}[${i}].Name`, `${Name} stands there twice`);
    seen.add(Name);
  }
}

function checkProperty(property: DeviceProperty, path: string, report: Report): void {
  const isNumber = property.Type === "number";
  for (const key of ["Unit", "Minimum", "Maximum", "Step"] as const) {
    if (!isNumber && property[key] !== undefined) report(`${path}.${key}`, `is for numbers, ${property.Name} is of type ${property.Type}`);
  }
  if (property.Type === "enum" && property.Values === undefined) report(`${path}.Values`, "a value is missing");
  if (property.Type !== "enum" && property.Values !== undefined)
    report(`${path}.Values`, `is for enum, ${property.Name} is of type ${property.Type}`);
  if (property.Values !== undefined && new Set(property.Values).size < property.Values.length) report(`${path}.Values`, "has a value twice");
  const { Minimum, Maximum, Step } = property;
  if (Minimum !== undefined && Maximum !== undefined && Minimum >= Maximum)
    report(`${path}.Minimum`, `must be below Maximum (${Maximum}), not ${Minimum}`);
  if (isNumber && property.Writable === true && (Minimum === undefined || Maximum === undefined))
    report(path, "a writable number needs Minimum and Maximum");
  if (Step !== undefined && Minimum !== undefined && Maximum !== undefined && Step > Maximum - Minimum)
    report(`${path}.Step`, `must not be above the range, not ${Step}`);
}

/** `Set` takes absolute values of exactly the writable properties; another command may be given a text that the device then shows, and that nobody sets. */
function checkCommands(driver: Driver, report: Report): void {
  const writable = driver.Properties.filter(({ Writable }) => Writable === true).map(({ Name }) => Name);
  const set = driver.Commands.findIndex(({ Name }) => Name === "Set");
  if (set < 0 && writable.length > 0) report("Commands", "Set is missing, but there are writable properties");
  const texts = driver.Properties.filter(({ Type, Writable }) => Type === "string" && Writable !== true).map(({ Name }) => Name);
  const warm = driver.Properties.filter(isTooWarm).map(({ Name }) => Name);
  for (const [i, { Arguments, Risk }] of driver.Commands.entries()) {
    const hot = warm.find((name) => Arguments?.includes(name));
    if (hot !== undefined && Risk === "none") report(`Commands[${i}].Risk`, `must be heat: ${hot} can be set above ${warmest} °C`);
    const path = `Commands[${i}].Arguments`;
    const given = i === set ? [] : texts.filter((name) => Arguments?.includes(name));
    for (const name of Arguments ?? [])
      if (!writable.includes(name) && !given.includes(name)) report(path, unknownName(name, writable, "writable property"));
    if (given.length > 0 && Risk === "none") report(`Commands[${i}].Risk`, `must not be none: nobody has judged what ${given.join(", ")} may say`);
    if (new Set(Arguments).size < (Arguments?.length ?? 0)) report(path, "has a property twice");
    const missing = i === set ? writable.find((name) => !Arguments?.includes(name)) : undefined;
    if (missing !== undefined) report(path, `lacks the writable property ${missing}`);
  }
}

/** What waits for something else, or brings it with it, can be set, and so can that. */
function checkBeside(part: "Resting" | "Wakes", driver: Driver, description: DeviceDescription, report: Report): void {
  const { Properties, [part]: beside = {} } = driver;
  for (const [name, settings] of Object.entries(beside)) {
    const property = Properties.find(({ Name }) => Name === name);
    if (property?.Writable !== true) report(`${part}.${name}`, `needs a writable property, not ${name}`);
    checkSettings(settings, description, `${part}.${name}`, report);
  }
}

function checkWords(words: DriverWords, description: DeviceDescription, path: string, report: Report): void {
  const names = description.Properties.map(({ Name }) => Name);
  const check = (name: string | undefined, at: string) => {
    if (name !== undefined && !names.includes(name)) report(at, unknownName(name, names, "property"));
  };
  for (const name of Object.keys(words.Properties)) check(name, `${path}.Properties.${name}`);
  for (const name of names) if (!Object.hasOwn(words.Properties, name)) report(`${path}.Properties`, `has no words for ${name}`);
  check(words.Number, `${path}.Number`);
  for (const values of ["Values", "TypedValues"] as const) {
    for (const [word, settings] of Object.entries(words[values] ?? {})) checkSettings(settings, description, `${path}.${values}.${word}`, report);
  }
  for (const [word, asked] of Object.entries(words.Asked ?? {})) for (const name of Object.keys(asked)) check(name, `${path}.Asked.${word}.${name}`);
  for (const [i, phrase] of (words.Phrases ?? []).entries()) {
    const at = `${path}.Phrases[${i}]`;
    check(phrase.Property, `${at}.Property`);
    checkToggle(phrase, description, `${at}.Toggle`, report);
    checkRaise(phrase, words, description, { path: `${at}.Raise`, report });
    if (phrase.Set !== undefined) checkSettings(phrase.Set, description, `${at}.Set`, report);
    const commands = description.Commands.map(({ Name }) => Name);
    if (phrase.Command !== undefined && !commands.includes(phrase.Command)) report(`${at}.Command`, unknownName(phrase.Command, commands, "command"));
    checkSay(phrase, at, report);
  }
}

function checkToggle({ Toggle }: Phrase, { Properties }: DeviceDescription, path: string, report: Report): void {
  if (Toggle === undefined) return;
  const property = Properties.find(({ Name }) => Name === Toggle);
  if (property?.Type !== "boolean" || property.Writable !== true) report(path, `needs a writable property of type boolean, not ${Toggle}`);
}

function checkRaise(
  { Raise, Property, Ask }: Phrase,
  words: DriverWords,
  { Properties }: DeviceDescription,
  { path, report }: { readonly path: string; readonly report: Report },
): void {
  if (Raise === undefined) return;
  const property = Properties.find(({ Name }) => Name === (Property ?? words.Number));
  if (property?.Type !== "number" || property.Writable !== true) report(path, "needs a writable property of type number");
  if (Raise === 0 || Ask === true) report(path, "changes a value, and never by nothing");
}

function checkSettings(
  settings: Readonly<Record<string, boolean | number | string>>,
  description: DeviceDescription,
  path: string,
  report: Report,
): void {
  try {
    checkArguments(
      description,
      "Set",
      Object.entries(settings).map(([Name, Value]) => ({ Name, Value })),
    );
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    report(path, error.message);
  }
}

/** A phrase says one thing, and its slots hold what that needs. */
function checkSay(phrase: Phrase, path: string, report: Report): void {
  const actions = [phrase.Set, phrase.Command, phrase.Property, phrase.Toggle].filter((action) => action !== undefined);
  const isRaise = phrase.Raise !== undefined;
  if (actions.length !== 1 && !(isRaise && actions.length === 0)) report(path, "needs one of Set, Command, Property and Toggle");
  for (const [i, say] of phrase.Say.entries()) {
    const { rows, problem } = parsePattern(say);
    if (problem !== undefined) report(`${path}.Say[${i}]`, problem);
    for (const row of rows) {
      const has = (slot: string) => row.some((piece) => "slot" in piece && piece.slot === slot);
      const wantsValue = phrase.Property !== undefined && phrase.Ask !== true;
      if (!has("target") && phrase.Ask !== true) report(`${path}.Say[${i}]`, "lacks {target}");
      if (has("property")) report(`${path}.Say[${i}]`, "{property} is for phrases common to all classes");
      if (!isRaise && wantsValue !== (has("value") || has("setting")))
        report(`${path}.Say[${i}]`, wantsValue ? "lacks {value}" : "has a value that is not used");
    }
  }
}

function unknownName(name: string, known: readonly string[], what: string): string {
  const near = nearest(name, known);
  return `no ${what} ${name}${near === undefined ? "" : `, nearest is ${near}`}`;
}
