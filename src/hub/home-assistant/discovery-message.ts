/** What announces a device to Home Assistant: one message a device, in its device form. */
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import { componentsOf } from "./components.ts";
import { availabilityTopic, bridgeStateTopic } from "./topics.ts";

/** A device that goes out. */
export interface SharedDevice {
  readonly udf: string;
  readonly name: string;
  /** The place where it stands. */
  readonly place?: string | undefined;
  readonly description: DeviceDescription;
}

/** The announcement. @param gone entities that an earlier one had, by key, with their platforms: they are taken away */
export function discoveryMessage({ udf, name, place, description }: SharedDevice, gone: Readonly<Record<string, string>> = {}): string {
  const { Manufacturer, Model, Version } = description;
  const online = (topic: string) => ({ topic, value_template: "{{ value_json.state | default('') }}" });
  const left = Object.entries(gone).map(([key, platform]) => [key, { platform }] as const);
  return JSON.stringify({
    device: {
      identifiers: [`mesh_${udf}`],
      name: plain(name) || udf,
      manufacturer: plain(Manufacturer),
      model: plain(Model),
      sw_version: plain(Version),
      ...(place === undefined ? {} : { suggested_area: plain(place) }),
    },
    origin: { name: "Mesh Hub" },
    availability: [online(bridgeStateTopic), online(availabilityTopic(udf))],
    availability_mode: "all",
    components: { ...componentsOf(udf, description), ...Object.fromEntries(left) },
  });
}

/** Text that somebody else has chosen. */
function plain(text: string): string {
  return shorten(visible(text), 120);
}
