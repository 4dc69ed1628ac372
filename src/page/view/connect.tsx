/** Connects devices by their printed codes, and shows what the hub has found by itself. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { OnboardingView } from "../../api/hub-v1.ts";
import { call } from "../hub/call.ts";
import { elsewhere } from "../hub/house.ts";
import { say } from "../words/words.ts";
import { CodeList } from "./code-list.tsx";
import { Offers } from "./offers.tsx";
import { Scan } from "./scan.tsx";
import { Shown } from "./shown.tsx";

/** The view. */
export function Connect(): JSX.Element {
  const running = useSignal<readonly OnboardingView[]>([]);
  useEffect(() => {
    call<{ onboardings: OnboardingView[] }>("/v1/onboardings").then(
      ({ onboardings }) => {
        running.value = onboardings;
      },
      () => undefined,
    );
  }, [elsewhere.value]);
  return (
    <>
      <h1>{say("connectTitle")}</h1>
      <section class="card">
        <Scan />
        {running.value.map(({ id, name }) => (
          <p key={id} class="quiet">
            {say("underWay", { name: name ?? id })}
          </p>
        ))}
      </section>
      <Shown />
      <Offers />
      <CodeList />
    </>
  );
}
