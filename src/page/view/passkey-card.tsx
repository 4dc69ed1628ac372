/** Adds a passkey of this device, so that it needs no link any more. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { session } from "../hub/house.ts";
import { addPasskey, hasPasskeys } from "../hub/passkey.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";

/** The button and what came of it; says why not where there can be none. */
export function PasskeyCard(): JSX.Element {
  const isAdded = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const add = async (): Promise<void> => {
    failure.value = undefined;
    try {
      await addPasskey(session.value?.name ?? "owner");
      isAdded.value = true;
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
      <Failure error={failure.value} />
    </>
  );
}
