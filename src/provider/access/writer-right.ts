/**
 * Who may write the sequence of one writer (extensions §5): that device alone, known by the link key in its active Access entry. Its next epoch may be
 * begun by administrators, too: they change keys.
 */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { mayAppend, writerOf } from "../../schema/index.ts";
import type { Authority } from "../account/account.ts";
import type { Spender } from "../account/budget.ts";

/** ERR_NOT_AUTHORIZED for frames of another device's sequence. */
export function requireWriter({ capability }: Authority, label: CatalogLabel): void {
  const writer = writerOf(label);
  if (writer === undefined || capability?.DeviceUdf === writer) return;
  throw new MeshError("ERR_NOT_AUTHORIZED", `${label} is written by the device ${writer} alone`);
}

/** Whether a caller may use what is kept for administrators. */
export function spenderOf(rights: readonly string[]): Spender {
  return mayAppend(rights, "MMM_Access") ? "administrator" : "other";
}

/** ERR_NOT_AUTHORIZED for an epoch of a sequence that is neither of the caller nor his to give another key. */
export function requireBeginner(authority: Authority, label: CatalogLabel): void {
  if (!mayAppend(authority.rights, "MMM_Access")) requireWriter(authority, label);
}
