/**
 * The contract of every driver, checked against its fixture.json: what was said and what had to come of it, what a device reported and how it
 * had to be shown. The catalogue-wide test runs it on each folder; an author of a driver may run it on his own.
 */
import * as v from "valibot";
import { MeshError } from "../base/errors.ts";
import { describeDevice } from "./description.ts";
import type { Driver } from "./driver-schema.ts";
import { interpret } from "./language/interpret.ts";
import type { Language } from "./language/language.ts";
import type { NameIndex } from "./language/name-index.ts";
import { makeNameIndex } from "./language/name-index.ts";
import { makeVocabulary } from "./language/vocabulary.ts";
import { firstIssue } from "./schema-issue.ts";
import { checkValue, formatValue } from "./value.ts";

const stateValue = v.strictObject({ Name: v.string(), Value: v.union([v.boolean(), v.number(), v.string()]) });

const fixtureSchema = v.strictObject({
  /** A recipe of the house, for a class that takes programmes. */
  Recipe: v.optional(v.strictObject({ Name: v.string(), Programme: v.string() })),
  /** What is said to a thing called "sample", and the command that comes of it. */
  Utterances: v.array(v.strictObject({ Say: v.string(), Command: v.string(), Arguments: v.array(stateValue) })),
  Questions: v.array(v.strictObject({ Say: v.string(), Property: v.string(), Expected: v.optional(v.array(stateValue)) })),
  /** What must not become a command. */
  Refused: v.array(v.string()),
  /** What a device reported, and each value as it is shown. */
  States: v.array(v.strictObject({ Values: v.array(stateValue), Shown: v.array(v.string()) })),
});

/** Recorded exchanges of one class. */
export type Fixture = v.InferOutput<typeof fixtureSchema>;

/** Fixture of the text of a fixture.json; @throws ERR_DRIVER with file, path and reason */
export function parseFixture(json: string, file: string): Fixture {
  const result = v.safeParse(fixtureSchema, JSON.parse(json));
  if (result.success) return result.output;
  const { path, reason } = firstIssue(fixtureSchema, result.issues);
  throw new MeshError("ERR_DRIVER", `${file}: ${path}: ${reason}`, { detail: { file, path } });
}

/** Everything in which a driver and its fixture differ; empty when the contract holds. */
export function contractViolations(driver: Driver, fixture: Fixture, language: Language): string[] {
  const index = sampleIndex(driver, fixture, language);
  return [
    ...commandViolations(fixture, index),
    ...questionViolations(fixture, index),
    ...stateViolations(driver, fixture, language),
    ...unproven(driver, fixture),
  ];
}

function sampleIndex(driver: Driver, { Recipe }: Fixture, language: Language): NameIndex {
  const description = describeDevice(driver, { manufacturer: "maker@example.com", model: "sample", version: "1" });
  const thing = { udf: "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", name: "sample", class: driver.Class, description };
  const recipes =
    Recipe === undefined ? [] : [{ key: "recipe", name: Recipe.Name, programmes: [{ class: driver.Class, programme: Recipe.Programme }] }];
  return makeNameIndex({ things: [thing], places: [], recipes, vocabulary: makeVocabulary([driver], language) });
}

function commandViolations(fixture: Fixture, index: NameIndex): string[] {
  const wrong = fixture.Utterances.flatMap(({ Say, Command, Arguments }) => {
    const result = interpret(Say, index);
    const [order, ...others] = result.kind === "command" ? result.orders : [];
    const got = order && others.length === 0 ? { Command: order.command, Arguments: order.targets[0]?.arguments } : result;
    return differ(got, { Command, Arguments }) ? [`"${Say}" gives ${JSON.stringify(got)}`] : [];
  });
  return [...wrong, ...fixture.Refused.flatMap((say) => (interpret(say, index).kind === "command" ? [`"${say}" becomes a command`] : []))];
}

function questionViolations(fixture: Fixture, index: NameIndex): string[] {
  return fixture.Questions.flatMap(({ Say, Property, Expected }) => {
    const result = interpret(Say, index);
    const [ask, ...others] = result.kind === "query" ? result.asks : [];
    const got = ask && others.length === 0 ? { Property: ask.property, Expected: ask.expected } : result;
    return differ(got, { Property, Expected }) ? [`"${Say}" gives ${JSON.stringify(got)}`] : [];
  });
}

function stateViolations(driver: Driver, fixture: Fixture, language: Language): string[] {
  return fixture.States.flatMap(({ Values, Shown }) =>
    Values.flatMap(({ Name, Value }, i) => {
      const property = driver.Properties.find((candidate) => candidate.Name === Name);
      if (property === undefined) return [`no property ${Name}`];
      const text = formatValue(property, checkValue(property, Value), driver.Words[language.Language]?.Properties[Name]);
      return text === Shown[i] ? [] : [`${Name} ${String(Value)} is shown as "${text}", not "${String(Shown[i])}"`];
    }),
  );
}

/** Parts of the driver that no exchange of the fixture shows at work. */
function unproven(driver: Driver, fixture: Fixture): string[] {
  const set = new Set(fixture.Utterances.flatMap(({ Arguments }) => Arguments.map(({ Name }) => Name)));
  const asked = new Set(fixture.Questions.map(({ Property }) => Property));
  const shown = new Set(fixture.States.flatMap(({ Values }) => Values.map(({ Name }) => Name)));
  const sent = new Set(fixture.Utterances.map(({ Command }) => Command));
  return [
    ...driver.Properties.flatMap(({ Name, Type, Writable }) => [
      // Free text is not spoken: it is set by hand, at the device or through a command.
      ...(Writable === true && Type !== "string" && !set.has(Name) ? [`no utterance sets ${Name}`] : []),
      ...(asked.has(Name) ? [] : [`no question asks for ${Name}`]),
      ...(shown.has(Name) ? [] : [`no state shows ${Name}`]),
    ]),
    ...driver.Commands.flatMap(({ Name }) => (sent.has(Name) ? [] : [`no utterance sends ${Name}`])),
    ...(fixture.Refused.length === 0 ? ["nothing is refused"] : []),
  ];
}

function differ(got: unknown, wanted: unknown): boolean {
  return JSON.stringify(got) !== JSON.stringify(wanted);
}
