/** Samples at another rate. */

/** Half width of the filter, in samples of the slower of the two rates. */
const lobes = 8;
/** Places between two samples that the filter is worked out for: all that there are at the usual rates. */
const mostPlaces = 640;

/**
 * The same sound at another rate, by a windowed sinc that lets nothing through above half of the slower one.
 * @param from samples a second as they are; whole numbers, both
 * @param to samples a second as they shall be
 */
export function resampled(samples: ArrayLike<number>, from: number, to: number): Int16Array {
  const step = from / to;
  const { places, reach, filters } = filtersFor(from, to);
  const out = new Int16Array(Math.floor(samples.length / step));
  for (let at = 0; at < out.length; at++) {
    const centre = Math.round(at * step * places);
    const before = Math.floor(centre / places);
    const filter = filters[centre - before * places] ?? new Float64Array(0);
    const first = before - reach;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < filter.length && first + tap < samples.length; tap++)
      sum += (samples[first + tap] ?? 0) * (filter[tap] ?? 0);
    out[at] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}

interface Filters {
  readonly places: number;
  /** Samples on each side. */
  readonly reach: number;
  /** For each place between two samples, from the farthest sample before it on. */
  readonly filters: readonly Float64Array[];
}

/** Worked out once for a clip: sines for each sample of it would hold up the hub for half a second. */
function filtersFor(from: number, to: number): Filters {
  const places = Math.min(mostPlaces, to / greatestCommon(from, to));
  const cut = Math.min(1, to / from);
  const side = lobes / cut;
  const reach = Math.ceil(side);
  const weight = (distance: number): number => {
    if (Math.abs(distance) >= side) return 0;
    const turn = Math.PI * cut * distance;
    return (0.5 + 0.5 * Math.cos((Math.PI * distance) / side)) * cut * (turn === 0 ? 1 : Math.sin(turn) / turn);
  };
  const filters = Array.from({ length: places }, (_, place) =>
    Float64Array.from({ length: 2 * reach + 1 }, (_, tap) => weight(tap - reach - place / places)),
  );
  return { places, reach, filters };
}

function greatestCommon(one: number, other: number): number {
  return other === 0 ? one : greatestCommon(other, one % other);
}
