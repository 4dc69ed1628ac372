/** What went wrong and what to do, as every view shows it. */
import type { JSX } from "preact";
import { CallError } from "../hub/call.ts";
import { say } from "../words/words.ts";

/** A failure in words. */
export function Failure({ error }: { readonly error: unknown }): JSX.Element | null {
  if (error === undefined) return null;
  const isSilent = error instanceof CallError && error.status === 0;
  // A person, or his authenticator, has said no.
  const isUnsigned = error instanceof DOMException;
  const message = isSilent ? say("hubAway") : isUnsigned ? say("passkeyUnsigned") : error instanceof Error ? error.message : String(error);
  const hint = error instanceof CallError ? error.hint : "";
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      {hint === "" ? null : <p class="quiet">{hint}</p>}
    </div>
  );
}
