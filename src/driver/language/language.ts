/**
 * The words of one natural language that belong to no class of devices, as data: `<tag>.json` beside this file.
 * A further language is a further file of the same schema; drivers bring their own words for it (driver-schema.ts).
 */
import { readdirSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { MeshError } from "../../base/errors.ts";
import { codePath } from "../../base/package-root.ts";
import { phraseSchema } from "../driver-schema.ts";
import { firstIssue } from "../schema-issue.ts";
import type { Slot } from "./pattern.ts";
import { conditionSlots, parsePattern, recipeSlots, rewordedSlots, ruleSlots, sceneSlots, timeSlots, withinSlots } from "./pattern.ts";
import { fold } from "./text.ts";
import { reply, rulesSchema, says, timesSchema, words } from "./time-words.ts";

/** Numbers by their words, which are compared as texts are: folded, without hyphens. */
const listed = (value: v.GenericSchema<number>) =>
  v.pipe(
    v.record(v.string(), value),
    v.transform((record) =>
      Object.fromEntries(
        Object.entries(record).map(([text, number]) => [
          fold(text)
            .replace(/[^\p{L}\p{N}]+/gu, " ")
            .trim(),
          number,
        ]),
      ),
    ),
  );

/** How times and rules are told. All with what stands in braces in the English words. */
const explainSchema = v.strictObject({
  When: reply,
  Then: reply,
  Or: reply,
  And: reply,
  Is: reply,
  /** Of one that is called by several: "string lights". */
  Are: reply,
  Above: reply,
  Below: reply,
  Changes: reply,
  Held: reply,
  Between: reply,
  From: reply,
  Until: reply,
  Sunrise: reply,
  Sunset: reply,
  Before: reply,
  After: reply,
  At: reply,
  AtSun: reply,
  In: reply,
  /** With what At says: when something is due. */
  Today: reply,
  Tomorrow: reply,
  On: reply,
  Every: reply,
  EveryDay: reply,
  Weekdays: reply,
  Weekends: reply,
  Days: v.pipe(v.array(reply), v.length(7)),
  Seconds: reply,
  Minutes: reply,
  Hours: reply,
});

const languageSchema = v.strictObject({
  Language: v.pipe(v.string(), v.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/)),
  /** Dropped at the start of a phrase and after a connector. */
  Articles: words,
  /** Dropped at both ends of a sentence; some are several words: "I would like", "for me". */
  Fillers: words,
  /** Words before a noun that mean each of them: "all". */
  All: words,
  /** Words before a noun that mean the two there are: "both". */
  Both: words,
  /** Words that stand for all things of whatever class: "everything". */
  Everything: words,
  /** Those of all these words that mean one or the other of them: "if any light is on". */
  Any: words,
  /** Words before what is not meant: "all lights except ..."; and a word that may follow them: "except for". */
  Except: words,
  ExceptFor: words,
  /** Words that may follow "and" between two orders: "... and then ...". */
  Then: words,
  /** Words between two values of one order: "red at twenty percent". */
  Joints: v.optional(words, []),
  /** Words for what was spoken of last: "it"; and for where that is: "there". */
  Pronouns: words,
  There: words,
  /** Words for where the speaker is: "in here", "in this room". */
  Here: words,
  /** Words for what is out of doors, and what places there are called: "outside" is the garden, where no place is called so. */
  Outside: v.optional(v.strictObject({ Words: words, Places: words }), { Words: [], Places: [] }),
  /** Words that deny what they stand with: nothing is done. */
  Denials: words,
  /** Words of an order that is put as a question: "could you ...?". */
  Requests: words,
  /** What may not stand beside an order that is asked back by itself, where a whole sentence is not understood (part-meant.ts). */
  Beside: v.strictObject({
    /** Anywhere: words that ask, tell, wish or set a condition. */
    Never: words,
    /** Where what stands beside it begins: words that ask there. */
    First: words,
    /** Directly before it, and directly behind it. */
    NotBefore: words,
    NotAfter: words,
  }),
  /** Answers to "did you mean ...?": that it was meant, and that it was not. */
  Agree: says,
  Disagree: says,
  Times: timesSchema,
  Rules: rulesSchema,
  Explain: explainSchema,
  /** Words between a thing and its place. */
  Connectors: words,
  /** Words are put together to one: the last part of "Haustür" is "Tür". */
  Compounds: v.optional(v.literal(true)),
  /** Words beside those for on and off behind which a place may stand: "turn the heating up in the bedroom". */
  BeforePlace: words,
  /** Endings that mark the owner: "'s". */
  Possessives: words,
  /** Plural ending -> singular ending; the first that fits is taken. */
  Plurals: v.array(v.strictObject({ Many: v.string(), One: v.string() })),
  /** Signs and letters that are written in another way, too: "&" and "and". */
  Letters: v.record(v.pipe(v.string(), v.minLength(1)), v.string()),
  Decimal: v.picklist([".", ","]),
  /** A number of several words is one of them, too: "vingt et un"; and so is one with a half in one word: "zweieinhalb". */
  Numbers: listed(v.pipe(v.number(), v.multipleOf(0.5), v.minValue(0))),
  /** Word before the decimals: "point". */
  Point: words,
  /** Word inside a number: "one hundred and one". */
  And: words,
  /** Words before a number below zero. */
  Minus: words,
  /** Parts of the whole: "three quarters". */
  Fractions: listed(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  Units: v.record(v.string(), words),
  True: words,
  False: words,
  /** Words that stand for settings in every class that has the property. */
  Values: v.record(v.string(), v.record(v.string(), v.union([v.boolean(), v.number(), v.string()]))),
  Phrases: v.array(phraseSchema),
  /** Ways to ask for a scene by its name, which is {target}. */
  Scenes: says,
  /** Ways to ask for a meal: {recipe}, and where it is said {target}, the device. */
  Recipes: says,
  /**
   * Other words for what is said in the words above and in those of the drivers, with {before}, {between} and {after} for the parts that stay (reworded.ts).
   * What is `Typed` nobody says aloud.
   */
  Reworded: v.array(v.strictObject({ Say: says, As: v.pipe(v.string(), v.minLength(1)), Typed: v.optional(v.literal(true)) })),
  Replies: v.strictObject({
    /** With {candidates}. */
    Which: reply,
    /** Between the candidates of a question. */
    Or: reply,
    /** One candidate with {name} and {place}. */
    Candidate: reply,
    /** With {phrase}. */
    Nothing: reply,
    NoOutside: reply,
    Meant: reply,
    /** With {names}. */
    Unable: reply,
    /** With {name} and {state}: what was set does nothing while that is so. */
    Resting: reply,
    RestingUntil: reply,
    Left: reply,
    /** With {names}: the present state would have to be known. */
    Unsure: reply,
    /** With {name}: a recipe for which no device is there. */
    NoCook: reply,
    NotUnderstood: reply,
    /** A sentence that denies, that asks by a question mark alone, that has a time which is not understood or cannot be kept. */
    Denied: reply,
    Asked: reply,
    TimeUnknown: reply,
    TimeOfWhich: reply,
    NoTimes: reply,
    /** What is to be done when a time is over cannot be told from what was said. */
    ForUnknown: reply,
    /** With {most}: a rule looks at more devices than it may. */
    RuleTooWide: reply,
    /** With {what} and {time}: noted for that time; what comes again with the next one. */
    Later: reply,
    Again: reply,
    /** With {rule}: noted. */
    Ruled: reply,
    /** With {phrase}: nothing was spoken of yet. */
    NoReferent: reply,
    /** With {name}. */
    Done: reply,
    Refused: reply,
    /** With {name}: another hub speaks for it. */
    Elsewhere: reply,
    /** With {name}: a device of a scene that the account has no more. */
    Gone: reply,
    /** With {name}: what may do harm waits for a confirmation. */
    Confirm: reply,
    /** With {name}: a satellite that nobody has given a place. */
    NoSatellite: reply,
    /** With {most}. */
    TooLong: reply,
    TooManyWords: reply,
    /** With {sentence}: what was heard, before it is done. */
    ReadBack: reply,
    /** Of a clip: nothing in it was understood; "yes" without a question; "no" to one. */
    NotHeard: reply,
    /** Why a sentence is read back; AlikeTo with {sentence}: the other one, where it may be told. */
    Doubts: v.strictObject({ Number: reply, Several: reply, Later: reply, Unclear: reply, Alike: reply, AlikeTo: reply, Open: reply }),
    NothingAsked: reply,
    Dropped: reply,
    NotReported: reply,
    HaveNotReported: reply,
    /** Beside things that have. */
    OthersNotReported: reply,
    NoneReported: reply,
    /** Before a state that was asked after. */
    Yes: reply,
    No: reply,
    /** With {name} and {state}. */
    Is: reply,
    /** Of several, with {names}; with {n}, their number: all that were asked, and those beside others that are named. */
    Are: reply,
    All: reply,
    /** Where some have not. */
    AllReported: reply,
    Others: reply,
    /** Whose word a state is, of one and of several. */
    OwnWord: reply,
    OwnWords: reply,
    HubWord: reply,
    /** Before an age: what is known is of before the hub's last start. */
    Restored: reply,
    JustNow: reply,
    /** With {n}. */
    SecondsAgo: reply,
    MinutesAgo: reply,
    HoursAgo: reply,
    DaysAgo: reply,
    /** With {age}, of several. */
    AtMost: reply,
  }),
  Examples: words,
});

/** The words of one language. */
export type Language = v.InferOutput<typeof languageSchema>;

/** Language of a value that may be one; @throws ERR_DRIVER with file, path and reason */
export function defineLanguage(data: unknown, file: string): Language {
  const result = v.safeParse(languageSchema, data);
  if (!result.success) {
    const { path, reason } = firstIssue(languageSchema, result.issues);
    throw new MeshError("ERR_DRIVER", `${file}: ${path === "" ? "" : `${path}: `}${reason}`, { detail: { file, path } });
  }
  const { Phrases, Recipes, Reworded, Rules, Scenes, Times } = result.output;
  checkPatterns(Phrases, "Phrases", file);
  checkPatterns([{ Say: Scenes }], "Scenes", file, sceneSlots);
  checkPatterns([{ Say: Recipes }], "Recipes", file, recipeSlots);
  checkPatterns(Reworded, "Reworded", file, rewordedSlots);
  checkPatterns(
    Reworded.map(({ As }) => ({ Say: [As] })),
    "Reworded",
    file,
    rewordedSlots,
  );
  checkPatterns(Times.When, "Times.When", file, timeSlots);
  checkPatterns([{ Say: Times.Apart }], "Times.Apart", file, timeSlots);
  checkPatterns(Times.Clock, "Times.Clock", file, timeSlots);
  checkPatterns([{ Say: Rules.Say }], "Rules.Say", file, ruleSlots);
  checkPatterns(Rules.Conditions, "Rules.Conditions", file, conditionSlots);
  checkPatterns([{ Say: Rules.Held }], "Rules.Held", file, withinSlots);
  checkPatterns(Rules.Within, "Rules.Within", file, withinSlots);
  return result.output;
}

function checkPatterns(forms: readonly { readonly Say: readonly string[] }[], path: string, file: string, slots?: readonly Slot[]): void {
  for (const say of forms.flatMap(({ Say }) => Say)) {
    const { problem } = parsePattern(say, slots);
    if (problem !== undefined) throw new MeshError("ERR_DRIVER", `${file}: ${path}: ${JSON.stringify(say)}: ${problem}`, { detail: { file, path } });
  }
}

/** Tags of the languages that the package carries. */
export function languageTags(): readonly string[] {
  return readdirSync(codePath("src", "driver", "language")).flatMap((file) =>
    /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\.json$/.test(file) ? [file.slice(0, -5)] : [],
  );
}

/** Language that the package carries ("en"); @throws ERR_DRIVER when there is none of that tag */
export function loadLanguage(tag: string): Language {
  const file = `${tag}.json`;
  // The tag becomes part of a path.
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/.test(tag)) throw new MeshError("ERR_DRIVER", `not a language tag: ${JSON.stringify(tag)}`);
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(codePath("src", "driver", "language", file), "utf8"));
  } catch (cause) {
    throw new MeshError("ERR_DRIVER", `there are no words in the language ${tag}`, {
      cause,
      detail: { file },
      hint: `there are words in ${languageTags().join(", ")}`,
    });
  }
  return defineLanguage(data, file);
}
