/** The language that names are compared in, read when the first name is: most commands compare none. */
import type { Language } from "../../driver/index.ts";
import { loadLanguage } from "../../driver/index.ts";

let loaded: Language | undefined;

/** English. */
export function english(): Language {
  loaded ??= loadLanguage("en");
  return loaded;
}
