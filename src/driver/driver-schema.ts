/**
 * The schema of driver.json: one class of devices as data (docs/design.md §6): what its devices have, do, and are called in words.
 * The names inside are those of DeviceDescription (docs/design.md §6), because a description is copied from here.
 * What the schema cannot say (names that must match, ranges) is checked in check-driver.ts.
 */
import * as v from "valibot";
import { risks } from "../schema/index.ts";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1, "must not be empty"), v.maxLength(limit, `must not be longer than ${limit}`));
const wireName = v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z0-9]{0,31}$/, "must be a name such as ColourTemperature"));
const words = v.pipe(v.array(text(64)), v.maxLength(32, "must not have more than 32 entries"));
const value = v.union([v.boolean(), v.pipe(v.number(), v.finite("must be finite")), text(64)]);
const settings = v.pipe(v.record(wireName, value), v.minEntries(1, "must set at least one property"));

const propertySchema = v.strictObject({
  Name: wireName,
  Type: v.picklist(["boolean", "number", "string", "enum"]),
  Unit: v.optional(text(16)),
  Writable: v.optional(v.boolean()),
  Minimum: v.optional(v.pipe(v.number(), v.finite("must be finite"))),
  Maximum: v.optional(v.pipe(v.number(), v.finite("must be finite"))),
  Step: v.optional(v.pipe(v.number(), v.gtValue(0, "must be above 0"), v.finite("must be finite"))),
  Values: v.optional(v.pipe(v.array(text(64)), v.minLength(1, "must not be empty"), v.maxLength(64, "must not have more than 64 entries"))),
  /** How changes are gathered: an actuator's soon, telemetry later, an event never. */
  Coalescing: v.picklist(["actuator", "telemetry", "event"]),
});

const commandSchema = v.strictObject({
  Name: wireName,
  Arguments: v.optional(v.pipe(v.array(wireName), v.maxLength(64, "must not have more than 64 entries"))),
  /** What may come of it; without one it counts as risky. */
  Risk: v.optional(v.picklist(risks)),
});

/** One meaning of some ways to say it; the slots are {target}, {property}, {value} (any value) and {setting} (a word, or a number with its unit). */
export const phraseSchema = v.strictObject({
  Say: v.pipe(v.array(text(200)), v.minLength(1, "must not be empty"), v.maxLength(32, "must not have more than 32 entries")),
  /** Sets these properties to these values. */
  Set: v.optional(settings),
  /** Sets this property to what stands in the slot. */
  Property: v.optional(wireName),
  /** Sends this command without arguments. */
  Command: v.optional(wireName),
  /** Sets this property to the other of its two values. */
  Toggle: v.optional(wireName),
  /** Changes a number by so many of its usual steps, or by what stands in the slot: up, or down when below zero. Without Property: the one that is named, or the usual one. */
  Raise: v.optional(v.pipe(v.number(), v.minValue(-100), v.maxValue(100))),
  /** Asks for the value instead of setting it. */
  Ask: v.optional(v.literal(true)),
  /** Where the sentence means nothing else: "is the front door open" asks a lock only where no contact is meant. */
  Otherwise: v.optional(v.literal(true)),
  /** {target} may be a place: then what can do it there is told so, as in "make the bedroom warmer". */
  OfPlace: v.optional(v.literal(true)),
  /** Understood, and seldom said: a recogniser does not listen for it, as it would be heard in the place of others. */
  Typed: v.optional(v.literal(true)),
});

const propertyWordsSchema = v.strictObject({
  Names: words,
  /** How true and false are shown, where "on" and "off" do not fit. */
  True: v.optional(text(64)),
  False: v.optional(text(64)),
  /** What "a bit more" is, in the unit of the property; a tenth of its range when absent. */
  Usual: v.optional(v.pipe(v.number(), v.gtValue(0))),
});

const driverWordsSchema = v.strictObject({
  /** What people call such a device. */
  Nouns: v.pipe(
    v.array(
      v.strictObject({
        One: text(64),
        Many: text(64),
        /** One stands for all there are: "the heating" of a room with two radiators. */
        Mass: v.optional(v.literal(true)),
        /** "Turn off the lights", where nobody knows from where it is said, is meant of all of them: to switch them off does no harm. */
        AllOff: v.optional(v.literal(true)),
        /** What has it in its name is called by no other of these nouns, and what has another one not by this: curtains are no blinds. */
        Own: v.optional(v.literal(true)),
      }),
    ),
    v.minLength(1, "must not be empty"),
    v.maxLength(32, "must not have more than 32 entries"),
  ),
  Properties: v.record(wireName, propertyWordsSchema),
  /** Words that stand for settings: "warm white". */
  Values: v.optional(v.record(text(64), settings)),
  /** The same, understood and seldom said: a recogniser does not listen for them. */
  TypedValues: v.optional(v.record(text(64), settings)),
  /** What is asked after where one of these words is: "is the oven on". Without a value the property is told as it is, with no yes or no. */
  Asked: v.optional(v.record(text(64), v.pipe(v.record(wireName, v.nullable(value)), v.minEntries(1, "must ask for a property")))),
  /** Words for units beyond those common to all classes. */
  Units: v.optional(v.record(text(16), words)),
  Phrases: v.optional(v.pipe(v.array(phraseSchema), v.maxLength(64, "must not have more than 64 entries"))),
  /** The property that a number without unit is for. */
  Number: v.optional(wireName),
});

/** Schema of driver.json. */
export const driverSchema = v.strictObject({
  $schema: v.optional(v.string()),
  /** Class name, also the name of the folder. */
  Class: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, "must be lower case letters, digits and hyphens")),
  Summary: text(200),
  /** The class that this one is a kind of: a light that has colours is called a light, too. */
  Kind: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, "must be the name of a class"))),
  /** Devices of the class judge risky orders themselves, and refuse them from their hub. */
  Judges: v.optional(v.boolean()),
  Properties: v.pipe(v.array(propertySchema), v.minLength(1, "must not be empty"), v.maxLength(64, "must not have more than 64 entries")),
  Commands: v.pipe(v.array(commandSchema), v.minLength(1, "must not be empty"), v.maxLength(32, "must not have more than 32 entries")),
  /** What a property waits for: with its mode off, a radiator does nothing of the temperature it is set to. Property -> what else is so meanwhile. */
  Resting: v.optional(v.record(wireName, settings)),
  /** What is set together with a property where the device is known to be otherwise: a lamp that is off and is made brighter is turned on. Property -> what else. */
  Wakes: v.optional(v.record(wireName, settings)),
  /** Words by language tag ("en"). */
  Words: v.record(v.pipe(v.string(), v.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, "must be a language tag such as en")), driverWordsSchema),
});

/** One class of devices. */
export type Driver = v.InferOutput<typeof driverSchema>;
/** One property as its driver declares it. */
export type DriverProperty = v.InferOutput<typeof propertySchema>;
/** What a class is called in one language. */
export type DriverWords = v.InferOutput<typeof driverWordsSchema>;
/** One meaning of some ways to say it. */
export type Phrase = v.InferOutput<typeof phraseSchema>;
