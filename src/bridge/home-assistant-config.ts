/** What the configuration of an entity of Home Assistant says: topics, templates that name a path, and what stands for a value on its wire. */
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import type { Path, Scalar } from "./foreign-device.ts";
import { foreignTopic, textOf } from "./payload.ts";
import type { Wire } from "./wiring.ts";

/**
 * The path that a template names: `{{ value }}`, `{{ value_json.a.b }}`, `{{ value_json['a'].b }}`. Nothing is evaluated.
 * Errors: ERR_SCHEMA with the name of the member for everything else.
 */
export function pathOf(config: DatumObject, member: string): Path {
  const template = config[member];
  if (template === undefined) return [];
  const text = textOf(template)?.slice(0, 512).trim() ?? "";
  const isWrapped = text.length >= 4 && text.startsWith("{{") && text.endsWith("}}");
  const inner = isWrapped ? text.slice(2, -2).replace(/^-/, "").replace(/-$/, "").trim() : "";
  if (inner === "value") return [];
  const path = /^value_json((?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:'[^'\\]{1,64}'|"[^"\\]{1,64}")\])+)$/.exec(inner)?.[1];
  if (path === undefined)
    throw new MeshError("ERR_SCHEMA", `${member} is a template that would have to be evaluated: ${JSON.stringify(text.slice(0, 120))}`);
  return [...path.matchAll(/\.([A-Za-z0-9_]+)|\[['"]([^'"]+)['"]\]/g)].map(([, plain, quoted]) => plain ?? quoted ?? "");
}

/** A command template is the value itself, or it is refused. */
export function refuseTemplate(config: DatumObject, member: string): void {
  if (pathOf(config, member).length > 0) throw new MeshError("ERR_SCHEMA", `${member} makes a command out of what is no value of it`);
}

/** The topic that a member names. Errors: ERR_SCHEMA. */
export function topicOf(config: DatumObject, member: string): string | undefined {
  const topic = textOf(config[member]);
  return topic === undefined ? undefined : foreignTopic(topic);
}

/** Where a value is told. Errors: ERR_SCHEMA for an entity that does not say. */
export function readOf(config: DatumObject, topic: string, template: string): Wire["read"] {
  const found = topicOf(config, topic);
  if (found === undefined) throw new MeshError("ERR_SCHEMA", `it has no ${topic}: whether it obeys could never be known`);
  return { topic: found, path: pathOf(config, template) };
}

/** Where a value is sent; nowhere when the entity does not say. Errors: ERR_SCHEMA. */
export function writeOf(config: DatumObject, topic: string, template: string): Pick<Wire, "write"> {
  const found = topicOf(config, topic);
  refuseTemplate(config, template);
  return found === undefined ? {} : { write: { topic: found, path: [] } };
}

/** A payload, or what it is when the entity does not say. */
export function scalarOf(value: Datum | undefined, fallback: string): Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : fallback;
}

/** As JSON has it, and as text. */
export function both(value: Scalar): readonly Scalar[] {
  return typeof value === "string" ? [value, ...(value === "true" ? [true] : value === "false" ? [false] : [])] : [value, String(value)];
}

/** On and off. What is sent may be called otherwise than what is read. Errors: ERR_SCHEMA. */
export function onWire(config: DatumObject, template: string): Wire {
  const on = scalarOf(config.payload_on, "ON");
  const off = scalarOf(config.payload_off, "OFF");
  const { write } = writeOf(config, "command_topic", "command_template");
  return {
    property: "On",
    coding: { kind: "boolean", on: both(scalarOf(config.state_on, String(on))), off: both(scalarOf(config.state_off, String(off))) },
    read: readOf(config, "state_topic", template),
    ...(write && { write: { ...write, coding: { kind: "boolean", on: [on], off: [off] } } }),
  };
}
