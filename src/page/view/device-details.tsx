/** What of a device is seldom looked at: who made it, what stands behind it, when it was heard. Drawn when it is opened. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { DeviceView } from "../../api/hub-v1.ts";
import { recall } from "../hub/house.ts";
import { say, time } from "../words/words.ts";
import { DeviceEdit } from "./device-edit.tsx";

/** The details. @param options `children` what of its controls is seldom used */
export function DeviceDetails({ shown, children }: { readonly shown: DeviceView; readonly children: ComponentChildren }): JSX.Element {
  const isOpen = useSignal(false);
  const { udf, name, properties } = shown;
  return (
    <details
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
        // Without it the curves begin with this page.
        if (isOpen.value && properties.some(({ type }) => type === "number")) void recall(udf).catch(() => undefined);
      }}
    >
      <summary aria-label={`${say("details")}: ${name}`}>{say("details")}</summary>
      {isOpen.value ? (
        <>
          {children}
          {shown.own ? <DeviceEdit device={shown} /> : null}
          <dl>
            <dt>{say("maker")}</dt>
            <dd>
              {shown.manufacturer} {shown.model}
            </dd>
            {shown.bridge === undefined ? null : (
              <>
                <dt>{say("behind")}</dt>
                <dd>
                  {shown.bridge}, {shown.foreignId}
                </dd>
              </>
            )}
            <dt>{say("fingerprint")}</dt>
            <dd class="code">{udf}</dd>
          </dl>
          <p class="quiet">
            {shown.says === undefined ? "" : `${say(shown.says === "device" ? "saysDevice" : "saysHub")}, `}
            {shown.lastContact === undefined ? "" : say("lastContact", { time: time(shown.lastContact) })}
          </p>
        </>
      ) : null}
    </details>
  );
}
