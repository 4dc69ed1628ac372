/** A hub tells of states as what it says itself, never as another hub's word (docs/extensions.md §7): `Via` is who closed the group. */
import { MeshError } from "../../base/errors.ts";
import { CatalogedState } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";
import { decodeEntry } from "./entry.ts";

/** Errors: ERR_VERIFICATION for an entry in another hub's name. */
export function requireOwnStates(changes: readonly CatalogChange[], { label, writer }: { readonly label: string; readonly writer: string }): void {
  for (const { index, update } of changes) {
    const via = update.Entry === undefined ? undefined : decodeEntry(CatalogedState, update.Entry)?.Via;
    if (via === undefined || via === writer) continue;
    throw new MeshError("ERR_VERIFICATION", `frame ${index} of ${label} is written by the hub ${writer} in the name of ${via}`, {
      hint: "remove that hub from the account, unless you know why it did so",
      detail: { store: label, device: writer },
    });
  }
}
