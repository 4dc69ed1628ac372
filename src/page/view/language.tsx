/** The choice of the page's language. */
import type { JSX } from "preact";
import type { Language } from "../words/words.ts";
import { language, languages, say, speak } from "../words/words.ts";

/** A list of the languages. */
export function LanguageChoice(): JSX.Element {
  return (
    <label class="field">
      {say("language")}
      <select value={language.value} onChange={(event) => void speak(event.currentTarget.value as Language)}>
        {Object.entries(languages).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
