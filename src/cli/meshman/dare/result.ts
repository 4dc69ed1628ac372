/** Where a command writes what it makes: a file that appears when it is whole, or stdout as "-". */
import { resolve } from "node:path";
import { MeshError } from "../../../base/errors.ts";
import { FreshFile } from "../../../base/fresh-file.ts";
import type { Output } from "../../term/output.ts";

/** Where, and whether another file may be replaced. */
export interface ResultPlace {
  readonly file: string;
  readonly replace: boolean;
  readonly mode?: number;
}

/** Demands that octets may go to stdout. Errors: ERR_USAGE where a person or a reader of JSON is there. */
export function demandPipe(output: Output): void {
  if (output.json) throw new MeshError("ERR_USAGE", "stdout holds either the octets or JSON", { hint: "name a file, or leave --json out" });
  if (output.isTerminal) throw new MeshError("ERR_USAGE", "the octets are not for a terminal", { hint: "name a file, or redirect stdout" });
}

/** Writes octets as they come. @returns how many; ERR_EXISTS and the errors of the disk leave nothing behind */
export async function writeResult(output: Output, place: ResultPlace, octets: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  if (place.file === "-") {
    for await (const piece of octets) {
      await output.octets(piece);
      length += piece.length;
    }
    return length;
  }
  const file = await FreshFile.create({ ...place, path: resolve(place.file) });
  try {
    for await (const piece of octets) {
      await file.write(piece);
      length += piece.length;
    }
    await file.commit();
    return length;
  } finally {
    await file.discard();
  }
}
