/**
 * When the sun rises and sets, computed from a position: the sunrise equation with the equation of the centre, good to a minute or two between the
 * polar circles (the sun's upper edge at the horizon of the sea, with the usual refraction).
 */

/** Where the house stands, in degrees; north and east are above 0. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

const dayMs = 86_400_000;
/** Julian day of 1970-01-01 00:00 UTC, and of the epoch of the equation. */
const julianOf1970 = 2_440_587.5;
const julianOf2000 = 2_451_545;
const obliquity = 23.4397;
const horizon = -0.833;

const sin = (degrees: number): number => Math.sin((degrees * Math.PI) / 180);
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);

/**
 * Time of the event in milliseconds since 1970; undefined on a day on which there is none.
 * @param noon any time near noon of the day, in milliseconds since 1970
 */
export function sunTime(event: "sunrise" | "sunset", position: Position, noon: number): number | undefined {
  const { transit, cosine } = dayOf(position, noon);
  if (!(Math.abs(cosine) <= 1)) return undefined;
  const hours = (Math.acos(cosine) * 180) / Math.PI;
  const julian = transit + ((event === "sunset" ? 1 : -1) * hours) / 360;
  return Math.round((julian - julianOf1970) * dayMs);
}

/** True on a day on which the sun does not set. @param noon as for sunTime */
export function isPolarDay(position: Position, noon: number): boolean {
  return dayOf(position, noon).cosine < -1;
}

/** When the sun is highest, and the cosine of the angle through which it then goes to the horizon: beyond 1 it is never up, beyond -1 always. */
function dayOf({ latitude, longitude }: Position, noon: number): { readonly transit: number; readonly cosine: number } {
  const days = Math.round(noon / dayMs + julianOf1970 - julianOf2000 + longitude / 360);
  const meanNoon = days - longitude / 360;
  const anomaly = 357.5291 + 0.98560028 * meanNoon;
  const centre = 1.9148 * sin(anomaly) + 0.02 * sin(2 * anomaly) + 0.0003 * sin(3 * anomaly);
  const ecliptic = anomaly + centre + 180 + 102.9372;
  const transit = julianOf2000 + meanNoon + 0.0053 * sin(anomaly) - 0.0069 * sin(2 * ecliptic);
  const declination = (Math.asin(sin(ecliptic) * sin(obliquity)) * 180) / Math.PI;
  return { transit, cosine: (sin(horizon) - sin(latitude) * sin(declination)) / (cos(latitude) * cos(declination)) };
}
