/** The devices by place, and the box to say what to do. */
import type { JSX } from "preact";
import { connection, device, order } from "../hub/house.ts";
import { say } from "../words/words.ts";
import { DeviceCard } from "./device-card.tsx";
import { SayBox } from "./say-box.tsx";

/** All that is in the house. */
export function Devices(): JSX.Element {
  const places = new Map<string, string[]>();
  for (const udf of order.value) {
    // Names of places do not change often enough to draw the list anew for each report.
    const place = device(udf)?.peek().place.join(" / ") ?? "";
    places.set(place, [...(places.get(place) ?? []), udf]);
  }
  return (
    <>
      <h1 class="hidden">{say("devices")}</h1>
      <SayBox />
      {order.value.length > 0 ? null : connection.value === "live" ? (
        <p class="center">
          {say("noDevices")} <a href="#connect">{say("noDevicesNext")}</a>
        </p>
      ) : (
        <p class="center">{say("loading")}</p>
      )}
      <div class="places">
        {[...places].map(([place, udfs]) => (
          <section key={place} aria-label={place || say("noPlace")}>
            <h2>{place || say("noPlace")}</h2>
            <ul class="cards">
              {udfs.map((udf) => (
                <DeviceCard key={udf} udf={udf} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
