/** How a queued entry comes into MMM_State, whoever carries it there. */
import type { CatalogWrite } from "../../account/hub.ts";
import { edit } from "../../account/hub.ts";
import type { CatalogedState } from "../../schema/index.ts";
import { stateCatalog } from "../../schema/index.ts";

/** An entry that the catalog has, or a newer one, is not written: a repeated attempt changes nothing. */
export function stateEdit(entry: CatalogedState): CatalogWrite {
  return edit(stateCatalog, entry.DeviceUdf, (known) => (known && known.Sequence >= entry.Sequence ? known : entry));
}
