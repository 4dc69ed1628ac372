/** The codes that were shown to this page, each with its own progress. */
import type { JSX } from "preact";
import { codes, connectCode } from "../code/codes.ts";
import { say } from "../words/words.ts";
import { CodeCard } from "./code-card.tsx";

/** The list; nothing while there are none. */
export function CodeList(): JSX.Element | null {
  const idle = codes.value.filter((code) => code.value.state === "waiting");
  if (codes.value.length === 0) return null;
  return (
    <section aria-label={say("codes")}>
      <h2>{say("codes")}</h2>
      {idle.length > 1 ? (
        <button
          type="button"
          class="strong"
          onClick={() => {
            for (const code of idle) void connectCode(code);
          }}
        >
          {say("connectAll")}
        </button>
      ) : null}
      <ul class="cards">
        {codes.value.map((code, index) => (
          <CodeCard key={code.value.uri} code={code} number={index + 1} />
        ))}
      </ul>
    </section>
  );
}
