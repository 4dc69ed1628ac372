/** A line of what a number was since the page was opened. */
import type { JSX } from "preact";
import type { PropertyView } from "../../api/hub-v1.ts";
import type { Sample } from "../hub/house.ts";
import { samplesOf } from "../hub/house.ts";
import { figure, say, term } from "../words/words.ts";

const width = 120;
const height = 28;
/** More could not be told apart. */
const mostPoints = 60;

/** The plot of a property; nothing while there is one value alone. */
export function Plot(options: {
  readonly udf: string;
  readonly device: string;
  readonly property: PropertyView;
  /** Draws it anew with each report. */
  readonly latest: number;
}): JSX.Element | null {
  const { udf, device, property } = options;
  const samples = samplesOf(udf, property.name);
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || samples.length < 2) return null;
  let [low, high] = [first.value, first.value];
  for (const { value } of samples) [low, high] = [Math.min(low, value), Math.max(high, value)];
  // What has never changed is said by its figure.
  if (low === high) return null;
  const x = (at: number): number => ((at - first.at) / Math.max(1, last.at - first.at)) * width;
  const y = (value: number): number => height - 2 - ((value - low) / Math.max(1e-9, high - low)) * (height - 4);
  const label = say("historyOf", { property: term(property.name), name: device, from: figure(low), to: figure(high), unit: property.unit ?? "" });
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${label}, ${say("history")}`}>
      <polyline
        points={shownOf(samples)
          .map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`)
          .join(" ")}
      />
    </svg>
  );
}

/** So many of the samples as a curve can show, the newest among them. */
function shownOf(samples: readonly Sample[]): readonly Sample[] {
  const step = Math.ceil(samples.length / mostPoints);
  return samples.filter((_, at) => (samples.length - 1 - at) % step === 0);
}
