/**
 * Changes that a hub asks for and this machine's agent makes without a question, because its owner has allowed their kind in advance. What takes something away
 * or lets a device in only goes so where a passkey has signed it. docs/extensions.md §21
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, list, string, struct } from "../../codec/index.ts";
import type { EditKind } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { editSignature } from "./edit-signature.ts";
import type { PendingEdit } from "./hub-mail.ts";

/** Kinds that go without a passkey: none of them lets anybody in, gives anybody a right, or takes anything away that is not named anew at once. */
const plainEdits: readonly EditKind[] = ["rename", "move", "place-add", "place-delete"];
/** Those that may be allowed in advance for who has signed them by a passkey. Guests, grants and passkeys always wait. */
const signedEdits: readonly EditKind[] = ["remove", "offer-accept", "scene-delete"];

/** True for what goes without a passkey. */
export const isPlainEdit = (kind: string): boolean => plainEdits.some((known) => known === kind);
const isAllowable = (kind: string): boolean => isPlainEdit(kind) || signedEdits.some((known) => known === kind);

interface Allowed {
  readonly Kinds: readonly string[];
  /** AdministratorSignature under which it was allowed: it ends when the administrators' keys are replaced. */
  readonly Administrators: string;
}
const Allowed: Struct<Allowed> = struct<Allowed>("Allowed", { Kinds: list(string), Administrators: string });

const pathOf = (dir: string): string => join(dir, "allowed-edits.json");

/** Lets this machine's agent make changes of these kinds without a question; none ends it. Errors: ERR_USAGE for a kind that always waits, ERR_NOT_AUTHORIZED. */
export async function allowEdits(context: AccountContext, kinds: readonly string[]): Promise<void> {
  administratorOf(context);
  const other = kinds.find((kind) => !isAllowable(kind));
  if (other !== undefined)
    throw new MeshError("ERR_USAGE", `${JSON.stringify(other.slice(0, 40))} cannot be allowed in advance`, {
      hint: `${plainEdits.join(", ")} can; where a passkey has signed them, ${signedEdits.join(", ")}, too`,
    });
  if (kinds.length === 0) return rm(pathOf(context.dir), { force: true });
  await writeFileAtomic(pathOf(context.dir), encodeObject(Allowed, { Kinds: kinds, Administrators: context.profile.AdministratorSignature.Udf }));
}

/** What is allowed in advance on this machine. A file that is damaged allows nothing. */
export async function allowedEdits({ dir, profile, ports }: AccountContext): Promise<readonly string[]> {
  const octets = await readFileIfExists(pathOf(dir));
  try {
    const allowed = octets && decodeObject(Allowed, octets);
    return allowed?.Administrators === profile.AdministratorSignature.Udf ? allowed.Kinds.filter(isAllowable) : [];
  } catch (error) {
    if (!isMeshError(error)) throw error;
    ports.log.warn("edits.damaged", { reason: error.message, next: "allow them anew" });
    return [];
  }
}

/** Whether this machine's agent makes a change without a question. @param allowed what the owner has allowed in advance */
export async function isAllowedEdit(context: AccountContext, pending: PendingEdit, allowed: readonly string[]): Promise<boolean> {
  const { Kind } = pending.value.Change;
  if (!allowed.includes(Kind)) return false;
  const { state } = await editSignature(context, pending);
  return state === "signed" || (state !== "wrong" && isPlainEdit(Kind));
}
