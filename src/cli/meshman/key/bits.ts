/** How long a new key is. */
import { MeshError } from "../../../base/errors.ts";
import { numberOf } from "../values.ts";

const bounds = { least: 80, most: 504 } as const;

/** Octets of a key of so many bits. Errors: ERR_USAGE for fewer than 80 or more than 504, or no whole octets. */
export function keyOctets(bits: string | undefined, otherwise: number): number {
  const count = bits === undefined ? otherwise : numberOf(bits, { name: "--bits", ...bounds });
  if (count % 8 !== 0) throw new MeshError("ERR_USAGE", `--bits ${count} is no number of whole octets`, { hint: "say 128 or 256" });
  return count / 8;
}
