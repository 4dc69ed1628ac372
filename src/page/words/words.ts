/** The page's words: a language is a file of data, fetched where it is read; English is there before. What devices and the hub itself say comes in the hub's. */
import { batch, signal } from "@preact/signals";
import en from "./en.json" with { type: "json" };

/** A sentence of the page. */
export type Word = keyof typeof en;
/** Languages of the page. */
export type Language = "en" | "de";

/** Their own names. */
export const languages: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

/** The sentences of a language, and what it calls the words of drivers, where that is not what they are made of. */
interface Words {
  readonly sentences: Readonly<Record<Word, string>>;
  readonly terms: Readonly<Record<string, string>>;
}

const files: Readonly<Record<Language, () => Promise<Words>>> = {
  en: async () => english,
  de: () => import("./de.ts"),
};
const english: Words = { sentences: en, terms: {} };
const kept = "mesh-language";

/** That of the words which are shown. */
export const language = signal<Language>("en");
const current = signal(english);

/** The language that this browser wants. */
export function wanted(): Language {
  const tags = [readKept(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (tags.find((tag) => tag !== null && Object.hasOwn(files, tag)) as Language | undefined) ?? "en";
}

function readKept(): string | null {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null;
  }
}

/** The one that was asked for last: its words may come before those of another one. */
let chosenLast: Language | undefined;

/** Changes the language of this browser, when its words are there; without them it stays. */
export async function speak(chosen: Language): Promise<void> {
  chosenLast = chosen;
  const words = await files[chosen]().catch(() => undefined);
  if (!words || chosenLast !== chosen) return;
  batch(() => {
    language.value = chosen;
    current.value = words;
  });
  document.documentElement.lang = chosen;
  try {
    localStorage.setItem(kept, chosen);
  } catch {
    // A browser that keeps nothing asks again.
  }
}

/** A sentence with its gaps filled. */
export function say(word: Word, gaps: Readonly<Record<string, string | number>> = {}): string {
  return current.value.sentences[word].replace(/\{(\w+)\}/g, (_, name: string) => String(gaps[name] ?? ""));
}

/** A property, command, class or value of a driver: "ColourTemperature" is "colour temperature". */
export function term(name: string): string {
  return current.value.terms[name] ?? name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

/** A number as the language writes it. */
export function figure(value: number): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: 2 }).format(value);
}

/** A time of day, with the day when it is not today. */
export function time(at: string | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(language.value, isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
