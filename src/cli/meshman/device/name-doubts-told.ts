/** What is doubtful about the names of a device for whoever says them aloud: told wherever they are given. */
import { isMeshError } from "../../../base/errors.ts";
import type { CatalogedDevice } from "../../../schema/index.ts";
import { nameDoubts } from "../../../speech/grammar/name-doubts.ts";
import type { House } from "../house.ts";
import type { Invocation } from "../surroundings.ts";

/** Tells it; nothing where this machine has no dictionary of sounds. */
export async function tellDoubts(output: Invocation["output"], device: CatalogedDevice, { book }: Pick<House, "book">): Promise<void> {
  const namesOf = ({ LocalName, LocalNames = [] }: CatalogedDevice): string[] => [
    ...(LocalName === undefined ? [] : [LocalName]),
    ...LocalNames.map(({ Name }) => Name),
  ];
  const others = book.entries().flatMap(({ udf, entry }) => (udf === device.DeviceUdf ? [] : namesOf(entry)));
  try {
    for (const doubt of await nameDoubts(namesOf(device), { others, vocabulary: book.vocabulary })) output.say(`note: ${doubt}`);
  } catch (error) {
    if (!isMeshError(error, "ERR_ADAPTER")) throw error;
  }
}
