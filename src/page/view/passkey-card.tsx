/** Adds a passkey of this device, so that it needs no link any more; and asks that it may sign what is asked of the owner. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, isOpen, questions } from "../hub/asked.ts";
import { addPasskey, hasPasskeys } from "../hub/passkey.ts";
import { refreshSession, session } from "../hub/session.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { Questions } from "./questions.tsx";

/** The button and what came of it; says why not where there can be none. */
export function PasskeyCard(): JSX.Element {
  const isAdded = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const add = async (): Promise<void> => {
    failure.value = undefined;
    try {
      await addPasskey(session.value?.name ?? "owner");
      isAdded.value = true;
      await refreshSession();
    } catch (error) {
      failure.value = error instanceof DOMException ? new Error(say("passkeyRefused")) : error;
    }
  };
  if (!hasPasskeys()) return <p class="quiet">{say("passkeyNoName")}</p>;
  return (
    <>
      <p class="quiet">{say("passkeyHow")}</p>
      <button type="button" disabled={isAdded.value} onClick={() => void add()}>
        {say("passkeyAdd")}
      </button>
      <div role="status">{isAdded.value ? <p class="success">{say("passkeyAdded")}</p> : null}</div>
      <Signing />
      <Failure error={failure.value} />
    </>
  );
}

/** Whether the owner's machine sees what this page's passkey signs, or can be asked to. */
function Signing(): JSX.Element | null {
  const failure = useSignal<unknown>(undefined);
  const { passkey } = session.value ?? {};
  const asked = questions.value.filter(({ change }) => change?.kind === "passkey-add").slice(0, 1);
  if (passkey === undefined) return null;
  if (passkey === "signs") return <p class="quiet">{say("passkeySigns")}</p>;
  return (
    <>
      <p class="quiet">{say("passkeySignHow")}</p>
      <button
        type="button"
        disabled={asked.some(isOpen)}
        onClick={() =>
          void ask({ kind: "passkey-add" }).catch((error: unknown) => {
            failure.value = error;
          })
        }
      >
        {say("passkeySign")}
      </button>
      <Questions list={asked} plain />
      <Failure error={failure.value} />
    </>
  );
}
