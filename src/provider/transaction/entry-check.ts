/** Entries of the catalogs that the service reads, before they are written or staged; those of MMM_Joined are looked at in provider/split. */
import { MeshError } from "../../base/errors.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import type { AccessCapability, CapabilityInbound, CatalogLabel, Power } from "../../schema/index.ts";
import { accountAddress, capabilityKey } from "../../schema/index.ts";
import { capabilityOf } from "../access/access-table.ts";
import { overBudget } from "../account/budget.ts";
import type { ServiceReader } from "../account/service-reader.ts";
import { publicationOf } from "../claim/claim-book.ts";
import type { Limits } from "../limits.ts";

/** The longest fingerprint of a key, with its groups. */
const maxUdfLength = 160;

/** Frames of one catalog. */
export interface EntryFrames {
  readonly label: CatalogLabel;
  readonly frames: readonly SequenceFrame[];
  /** Octets of the live entries of Access after entries of so many octets were written under these keys. */
  readonly octetsWith?: (changed: ReadonlyMap<string, number>) => number;
}

/** @param reader undefined for a catalog that the service cannot read. ERR_VERIFICATION, ERR_SCHEMA, ERR_TOO_LARGE, ERR_QUOTA. */
export async function checkEntries(limits: Limits, reader: ServiceReader | undefined, { label, frames, octetsWith }: EntryFrames): Promise<void> {
  const sizes = new Map<string, number>();
  for (const frame of reader === undefined ? [] : frames) {
    const entry = await reader?.read(frame);
    if (entry === undefined || entry.Event === "Delete") continue;
    if (label === "MMM_Publication") publicationOf(entry);
    if (label !== "MMM_Access") continue;
    const capability = capabilityOf(entry);
    if (capability?.kind === "access") checkAccess(capability.value, limits.accessLinks);
    if (capability?.kind === "inbound") checkInbound(capability.value);
    if (capability?.kind === "power") checkPower(capability.power, entry.Key);
    sizes.set(entry.Key, frame.body.length);
    if (octetsWith !== undefined) requireAccessOctets(octetsWith(sizes), limits);
  }
}

/** All live entries are in memory. ERR_QUOTA. */
export function requireAccessOctets(octets: number, { accessOctets }: Limits): void {
  if (octets > accessOctets) throw overBudget(`${accessOctets} octets of entries in MMM_Access`, { store: "MMM_Access", limit: accessOctets });
}

/** Every link key of an entry is remembered for as long as the account is. ERR_TOO_LARGE. */
function checkAccess({ LinkUdf }: AccessCapability, most: number): void {
  if (LinkUdf.length > most)
    throw new MeshError("ERR_TOO_LARGE", `${LinkUdf.length} link keys in one entry of MMM_Access, at most ${most} are taken`);
  const long = LinkUdf.find((udf) => udf.length > maxUdfLength);
  if (long !== undefined) throw new MeshError("ERR_SCHEMA", `AccessCapability.LinkUdf: a fingerprint of ${long.length} characters`);
}

/** Names in one list of an entry, and characters of one. */
const listNames = 32;
const nameLength = 320;

/** All entries are in memory, and an address is found as it is written here. ERR_TOO_LARGE, ERR_SCHEMA. */
function checkInbound({ Senders, MessageTypes, ContentTypes }: CapabilityInbound): void {
  for (const [member, names] of Object.entries({ Senders, MessageTypes, ContentTypes })) requireNames(`CapabilityInbound.${member}`, names);
  const strange = Senders.find((sender) => accountAddress(sender) !== sender);
  if (strange !== undefined) throw new MeshError("ERR_SCHEMA", `CapabilityInbound.Senders: expected an address in small letters, found ${strange}`);
}

/** A power is found by its id, and all of them are in memory. ERR_TOO_LARGE, ERR_SCHEMA. */
function checkPower(power: Power, key: string): void {
  const { Id, GranteeUdf, GranteeAccount } = power.value;
  if (key !== capabilityKey(Id)) throw new MeshError("ERR_SCHEMA", `${power.tag}.Id: its entry has to stand under capability:ID`);
  for (const [member, udf] of Object.entries({ Id, GranteeUdf })) {
    if (udf.length > maxUdfLength) throw new MeshError("ERR_TOO_LARGE", `${power.tag}.${member}: a fingerprint of ${udf.length} characters`);
  }
  if (GranteeAccount !== undefined && accountAddress(GranteeAccount) !== GranteeAccount)
    throw new MeshError("ERR_SCHEMA", `${power.tag}.GranteeAccount: expected an address in small letters, found ${GranteeAccount}`);
  if (power.tag === "CapabilitySignServiced") requireNames("CapabilitySignServiced.MessageTypes", power.value.MessageTypes);
  if (power.tag === "CapabilityKeyGenerate") requireNames("CapabilityKeyGenerate.Curves", power.value.Curves);
}

function requireNames(member: string, names: readonly string[]): void {
  if (names.length > listNames) throw new MeshError("ERR_TOO_LARGE", `${member}: ${names.length} names, at most ${listNames} are taken`);
  const long = names.find((name) => name.length > nameLength);
  if (long !== undefined) throw new MeshError("ERR_TOO_LARGE", `${member}: a name of ${long.length} characters`);
}
