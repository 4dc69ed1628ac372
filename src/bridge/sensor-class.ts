/** The class of a device that only tells: by what it tells, the most telling first. */

const classes: readonly (readonly [deviceClass: string, properties: readonly string[]])[] = [
  ["smoke", ["Smoke"]],
  ["carbon-monoxide", ["CarbonMonoxide"]],
  ["leak", ["Wet"]],
  ["contact", ["Open"]],
  ["vibration", ["Vibration"]],
  ["motion", ["Motion", "Occupied"]],
  ["air-quality", ["CO2", "PM25"]],
  ["sensor", ["Temperature", "Humidity"]],
  ["illuminance", ["Illuminance"]],
  ["meter", ["Power", "Energy"]],
];

/** Undefined when it tells nothing that the house knows. */
export function sensorClass(properties: readonly string[]): string | undefined {
  return classes.find(([, telling]) => telling.some((name) => properties.includes(name)))?.[0];
}
