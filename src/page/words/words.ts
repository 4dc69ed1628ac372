/** The page's words: a language is a file of data. What devices and the hub itself say comes in the hub's language. */
import { computed, signal } from "@preact/signals";
import de from "./de.json" with { type: "json" };
import en from "./en.json" with { type: "json" };
import deTerms from "./terms.de.json" with { type: "json" };

/** A sentence of the page. */
export type Word = keyof typeof en;
/** Languages of the page. */
export type Language = "en" | "de";

/** Their own names. */
export const languages: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

const sentences: Readonly<Record<Language, Readonly<Record<Word, string>>>> = { en, de };
const terms: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en: {}, de: deTerms };
const kept = "mesh-language";

export const language = signal<Language>(first());
const current = computed(() => sentences[language.value]);

function first(): Language {
  const wanted = [readKept(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (wanted.find((tag) => tag !== null && tag in sentences) as Language | undefined) ?? "en";
}

function readKept(): string | null {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null;
  }
}

/** Changes the language of this browser. */
export function speak(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  try {
    localStorage.setItem(kept, chosen);
  } catch {
    // A browser that keeps nothing asks again.
  }
}

/** A sentence with its gaps filled. */
export function say(word: Word, gaps: Readonly<Record<string, string | number>> = {}): string {
  return current.value[word].replace(/\{(\w+)\}/g, (_, name: string) => String(gaps[name] ?? ""));
}

/** A property, command, class or value of a driver: "ColourTemperature" is "colour temperature". */
export function term(name: string): string {
  return terms[language.value][name] ?? name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
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
