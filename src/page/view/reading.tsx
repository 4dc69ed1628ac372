/** A value that a device only tells, with the curve of a number. */
import type { JSX } from "preact";
import type { PropertyView } from "../../api/hub-v1.ts";
import { figure, say, term } from "../words/words.ts";
import type { PlainValue } from "./control.tsx";
import { Plot } from "./plot.tsx";

/** The value, once it is known. */
export function Reading(options: {
  readonly udf: string;
  readonly device: string;
  readonly property: PropertyView;
  readonly value: PlainValue | undefined;
}): JSX.Element | null {
  const { udf, device: name, property, value } = options;
  if (value === undefined) return null;
  return (
    <div class="reading">
      <span class="term">{term(property.name)}</span>
      <output>{shownValue(property, value)}</output>
      {typeof value === "number" ? <Plot udf={udf} device={name} property={property} latest={value} /> : null}
    </div>
  );
}

function shownValue({ name, unit }: PropertyView, value: PlainValue): string {
  if (typeof value === "boolean") return name === "On" ? say(value ? "on" : "off") : say(value ? "yes" : "no");
  if (typeof value === "number") return `${figure(value)}${unit === undefined ? "" : ` ${unit}`}`;
  return term(value);
}
