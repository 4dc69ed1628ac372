/** Devices that the hub has put before the owner: what they are, and where they wait. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { OfferView } from "../../api/house-v1.ts";
import { ask, askedOf, isOpen, questions } from "../hub/asked.ts";
import { call } from "../hub/call.ts";
import { connection, elsewhere, offersChanged } from "../hub/house.ts";
import { say, time } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { Questions } from "./questions.tsx";

/** The list; nothing while there are none. */
export function Offers(): JSX.Element | null {
  const offers = useSignal<readonly OfferView[]>([]);
  const failure = useSignal<unknown>(undefined);
  useEffect(() => {
    // What came while the hub was away is told by nobody.
    if (connection.value !== "live") return;
    call<{ offers: OfferView[] }>("/v1/offers").then(
      (known) => {
        offers.value = known.offers;
      },
      () => undefined,
    );
  }, [connection.value, elsewhere.value, offersChanged.value, questions.value]);
  if (offers.value.length === 0) return null;
  return (
    <section aria-label={say("offers")}>
      <h2>{say("offers")}</h2>
      <p class="quiet">{say("offersHow")}</p>
      <Failure error={failure.value} />
      <ul class="cards">
        {offers.value.map(({ id, name, device, bridge, foreignId, expires }) => {
          const title = name ?? foreignId ?? device ?? id;
          const asked = askedOf(id).slice(0, 1);
          return (
            <li key={id} class="card">
              <div class="head">
                <h3>{title}</h3>
                <button
                  type="button"
                  class="strong"
                  disabled={asked.some(isOpen)}
                  aria-label={`${say("offerAsk")}: ${title}`}
                  onClick={() =>
                    void ask({ kind: "offer-accept", offer: id }).catch((error: unknown) => {
                      failure.value = error;
                    })
                  }
                >
                  {say("offerAsk")}
                </button>
              </div>
              <p class="quiet">
                {bridge === undefined ? "" : `${bridge}, ${foreignId ?? ""}, `}
                {say("grantUntil", { time: time(expires) })}
              </p>
              <Questions list={asked} plain />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
