/** The devices by place, and the box to say what to do. */
import type { JSX } from "preact";
import { connection, rooms } from "../hub/house.ts";
import { say } from "../words/words.ts";
import { DeviceCard } from "./device-card.tsx";
import { SayBox } from "./say-box.tsx";

/** All that is in the house. */
export function Devices(): JSX.Element {
  return (
    <>
      <h1 class="hidden">{say("devices")}</h1>
      <SayBox />
      {rooms.value.length > 0 ? null : connection.value === "live" ? (
        <p class="center">
          {say("noDevices")} <a href="#start">{say("noDevicesNext")}</a>
        </p>
      ) : (
        <p class="center">{say("loading")}</p>
      )}
      <div class="rooms">
        {rooms.value.map(({ name, udfs }) => (
          <section key={name} class={`n${Math.min(3, udfs.length)}`} aria-label={name || say("noPlace")}>
            <h2>{name || say("noPlace")}</h2>
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
