/**
 * Who may write what into MMM_Joined (docs/extensions.md §16): splits by administrators alone; a stop by every device of the owner that may append here,
 * taken back by administrators; the numbers of a split by its grantee, each for one thing for ever.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { untag } from "../../codec/field.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import type { AdministratorSplit, CatalogUpdate } from "../../schema/index.ts";
import { CatalogedJoined, CatalogedSplit, freezeCatalog, joinedCatalog, mostOfSplit, SplitFreeze, splitCatalog } from "../../schema/index.ts";
import { entryOf } from "../account/entry.ts";
import type { ServiceReader } from "../account/service-reader.ts";
import type { SplitTable } from "./split-table.ts";

const digestOctets = 64;

/** Who writes, and what stands there. */
export interface JoinedWriter {
  /** May append to MMM_Access. */
  readonly isAdministrator: boolean;
  readonly linkUdf: string;
  readonly table: SplitTable;
  /** The split of an id that the service has a half of, with the link key of its grantee; undefined when it is over. */
  readonly splitOf: (id: string) => { readonly split: AdministratorSplit; readonly granteeUdf: string } | undefined;
}

/** ERR_NOT_AUTHORIZED, ERR_CONFLICT for a number that is used, ERR_SCHEMA. */
export async function checkJoined(reader: ServiceReader, frames: readonly SequenceFrame[], writer: JoinedWriter): Promise<void> {
  const used = new Map<string, Uint8Array>();
  for (const frame of frames) {
    const update = await reader.read(frame);
    if (update !== undefined) checkOne(update, writer, used);
  }
}

function checkOne(update: CatalogUpdate, writer: JoinedWriter, used: Map<string, Uint8Array>): void {
  const refuse = (what: string): never => {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not ${what}`, { hint: "ask an administrator of the account" });
  };
  if (update.Event === "Delete") {
    if (!writer.isAdministrator) refuse("delete from MMM_Joined");
    return;
  }
  const [tag] = untag(update.Entry ?? null, "CatalogUpdate.Entry");
  if (tag === CatalogedSplit.tag) {
    requireKey(update, splitCatalog.keyOf(entryOf(CatalogedSplit, update)));
    if (!writer.isAdministrator) refuse("grant a split");
  } else if (tag === SplitFreeze.tag) {
    const freeze = entryOf(SplitFreeze, update);
    requireKey(update, freezeCatalog.keyOf(freeze));
    if (writer.isAdministrator) return;
    if (!freeze.Frozen) refuse("thaw a split");
    if (writer.splitOf(freeze.SplitId) === undefined) refuse("freeze what is no split");
  } else if (tag === CatalogedJoined.tag) {
    const joined = entryOf(CatalogedJoined, update);
    requireKey(update, joinedCatalog.keyOf(joined));
    requireOnce(joined, writer.table, used);
    if (!writer.isAdministrator) requireGrantee(joined, writer, refuse);
  } else throw new MeshError("ERR_SCHEMA", `MMM_Joined: an entry of ${JSON.stringify(tag.slice(0, 64))}`);
}

function requireKey({ Key }: CatalogUpdate, expected: string): void {
  if (Key !== expected) throw new MeshError("ERR_SCHEMA", `MMM_Joined: an entry under the key of another one (${Key.slice(0, 64)})`);
}

/** A number is used for one thing, whoever writes. */
function requireOnce({ SplitId, Serial, Digest }: CatalogedJoined, table: SplitTable, used: Map<string, Uint8Array>): void {
  if (Digest.length !== digestOctets) throw new MeshError("ERR_SCHEMA", `CatalogedJoined.Digest: ${Digest.length} octets`);
  const name = `${SplitId}:${Serial}`;
  const before = table.digest(SplitId, Serial) ?? used.get(name);
  if (before !== undefined && !equalBytes(before, Digest)) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `number ${Serial} of the split is used for another device already`, { hint: "take the next number" });
  }
  used.set(name, Digest);
}

function requireGrantee({ SplitId, Serial, EnvelopedDevice }: CatalogedJoined, writer: JoinedWriter, refuse: (what: string) => never): void {
  const granted = writer.splitOf(SplitId) ?? refuse("write for this split");
  if (granted.granteeUdf !== writer.linkUdf) refuse("write for this split");
  if (Serial < 1 || Serial > Math.min(granted.split.Count, mostOfSplit)) refuse(`connect more than ${granted.split.Count} devices by this split`);
  // What was signed before the stop may still be told.
  if (writer.table.isFrozen(SplitId) && EnvelopedDevice === undefined) refuse("connect devices by this split: it is frozen");
}
