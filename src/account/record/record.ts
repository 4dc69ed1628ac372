/**
 * What people keep in their account besides devices and contacts: passwords, Wi-Fi networks, bookmarks, appointments (schema-08 §5). A device of role
 * `threshold` reads those that are under a shared key together with the service (extensions §12).
 */
import { MeshError } from "../../base/errors.ts";
import type { Catalog } from "../../schema/index.ts";
import { bookmarkCatalog, credentialCatalog, networkCatalog, taskCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { put, remove } from "../store/edit.ts";

/** One kind of record. */
export interface RecordKind<T> {
  readonly catalog: Catalog<T>;
  /** What one is called. */
  readonly noun: string;
  /** What a person names one by. */
  nameOf(entry: T): string;
}

/** A record with the key that it stands under. */
export interface KeptRecord<T> {
  readonly key: string;
  readonly entry: T;
}

/** Texts of a record in UTF-16 units, and records of a kind. */
export const recordLimits = { text: 2048, secret: 1024, count: 4096 } as const;

export const passwords: RecordKind<typeof credentialCatalog extends Catalog<infer T> ? T : never> = {
  catalog: credentialCatalog,
  noun: "password",
  nameOf: ({ Service = "" }) => Service,
};
export const networks: RecordKind<typeof networkCatalog extends Catalog<infer T> ? T : never> = {
  catalog: networkCatalog,
  noun: "network",
  nameOf: ({ Service }) => Service,
};
export const bookmarks: RecordKind<typeof bookmarkCatalog extends Catalog<infer T> ? T : never> = {
  catalog: bookmarkCatalog,
  noun: "bookmark",
  nameOf: ({ Path, Uid, Uri }) => Path ?? Uid ?? Uri ?? "",
};
export const appointments: RecordKind<typeof taskCatalog extends Catalog<infer T> ? T : never> = {
  catalog: taskCatalog,
  noun: "appointment",
  nameOf: ({ Key = "" }) => Key,
};

/** All records of a kind, by name. Errors: ERR_NOT_AUTHORIZED; those of the service where its share opens them. */
export async function records<T>(context: AccountContext, { catalog, nameOf }: RecordKind<T>): Promise<readonly KeptRecord<T>[]> {
  await context.openShared(catalog.label);
  return context
    .list(catalog)
    .map(({ key, value }) => ({ key, entry: value }))
    .sort((a, b) => (nameOf(a.entry) < nameOf(b.entry) ? -1 : 1));
}

/** Keeps records, each in the place of the one under its key. @returns how many of them are new. Errors: ERR_USAGE, ERR_QUOTA, as records. */
export async function keepRecords<T>(context: AccountContext, kind: RecordKind<T>, entries: readonly T[]): Promise<number> {
  for (const entry of entries) checkTexts(kind, entry);
  const known = new Set((await records(context, kind)).map(({ key }) => key));
  const fresh = new Set(entries.map(kind.catalog.keyOf).filter((key) => !known.has(key)));
  if (known.size + fresh.size > recordLimits.count)
    throw new MeshError("ERR_QUOTA", `an account keeps ${recordLimits.count} of a kind, and there are ${known.size} already`, {
      hint: `delete what is over: 'meshman ${commandOf(kind)} list'`,
    });
  await context.transact({ catalogs: entries.map((entry) => put(kind.catalog, entry)) });
  return fresh.size;
}

/** The record of a name or key. Errors: ERR_NOT_FOUND, as records. */
export async function findRecord<T>(context: AccountContext, kind: RecordKind<T>, name: string): Promise<KeptRecord<T>> {
  const found = (await records(context, kind)).find(({ key, entry }) => key === name || kind.nameOf(entry) === name);
  if (found) return found;
  throw new MeshError("ERR_NOT_FOUND", `there is no ${kind.noun} ${JSON.stringify(name)}`, { hint: `see 'meshman ${commandOf(kind)} list'` });
}

/** Takes a record away. Errors: ERR_NOT_FOUND, as records. */
export async function deleteRecord<T>(context: AccountContext, kind: RecordKind<T>, name: string): Promise<KeptRecord<T>> {
  const found = await findRecord(context, kind, name);
  await context.transact({ catalogs: [remove(kind.catalog, found.key)] });
  return found;
}

const commandOf = ({ noun }: Pick<RecordKind<never>, "noun">): string => (noun === "appointment" ? "calendar" : noun);

/** Errors: ERR_USAGE for a name that is empty or a text that is too long. */
function checkTexts<T>(kind: RecordKind<T>, entry: T): void {
  if (kind.nameOf(entry).trim() === "") throw new MeshError("ERR_USAGE", `a ${kind.noun} needs a name`);
  for (const [member, value] of Object.entries(entry as Readonly<Record<string, unknown>>)) {
    const most = member === "Password" ? recordLimits.secret : recordLimits.text;
    if (typeof value === "string" && value.length > most)
      throw new MeshError("ERR_USAGE", `${member} has ${value.length} characters; at most ${most} are kept`);
  }
}
