/** Where an entity of Home Assistant is told to be reachable: one topic of its own, or a list of them. */
import type { DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Availability } from "./foreign-device.ts";
import type { Entity } from "./home-assistant.ts";
import { pathOf, scalarOf, topicOf } from "./home-assistant-config.ts";
import { listOf } from "./payload.ts";

/** Where it is told whether the entity can be reached. Errors: ERR_SCHEMA. */
export function availabilityOf({ config }: Entity): readonly Availability[] {
  const one = (object: DatumObject, topic: string, template: string): readonly Availability[] => {
    const found = topicOf(object, topic);
    if (found === undefined) return [];
    return [
      {
        topic: found,
        path: pathOf(object, template),
        online: [scalarOf(object.payload_available, "online")],
        offline: [scalarOf(object.payload_not_available, "offline")],
      },
    ];
  };
  const list = Array.isArray(config.availability) ? listOf(config.availability) : isObject(config.availability) ? [config.availability] : [];
  return [
    ...one(config, "availability_topic", "availability_template"),
    ...list.slice(0, 8).flatMap((entry) => (isObject(entry) ? one(expandedAvailability(entry), "topic", "value_template") : [])),
  ];
}

function expandedAvailability(entry: DatumObject): DatumObject {
  const { t, pl_avail, pl_not_avail, val_tpl, ...rest } = entry;
  return {
    ...(t === undefined ? {} : { topic: t }),
    ...(pl_avail === undefined ? {} : { payload_available: pl_avail }),
    ...(pl_not_avail === undefined ? {} : { payload_not_available: pl_not_avail }),
    ...(val_tpl === undefined ? {} : { value_template: val_tpl }),
    ...rest,
  };
}
