/** A connection request that waits for its answer, on the asking device. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject, optional, string, struct } from "../../codec/index.ts";
import type { Enveloped, ProfileUser } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { readObjectFile } from "../context/object-file.ts";

/** Content of pending.json. */
export interface PendingFile {
  readonly AccountAddress: string;
  readonly ServiceUrl: string;
  /** The profile that the service showed at Connect: the answer must be of the same account. */
  readonly EnvelopedProfileUser?: Enveloped<ProfileUser>;
  readonly Witness?: string;
  readonly ResponseId: string;
  /** The name that it was asked with. */
  readonly LocalName?: string;
  /** The PIN's name, when there was one: the same asked again is the same request. */
  readonly PinId?: string;
  /** Secret. The salted PIN of a request that names no account: whoever answers has to know it. */
  readonly SaltedPin?: string;
}
export const PendingFile: Struct<PendingFile> = struct<PendingFile>("PendingFile", {
  AccountAddress: string,
  ServiceUrl: string,
  EnvelopedProfileUser: optional(enveloped<ProfileUser>()),
  Witness: optional(string),
  ResponseId: string,
  LocalName: optional(string),
  PinId: optional(string),
  SaltedPin: optional(string),
});

const pathOf = (dir: string): string => join(dir, "pending.json");

/** The open request of a directory; undefined when there is none. */
export function loadPendingFile(dir: string): Promise<PendingFile | undefined> {
  return readObjectFile(pathOf(dir), PendingFile);
}

/** Stores the open request of a directory (0600). */
export async function savePendingFile(dir: string, file: PendingFile): Promise<void> {
  await writeFileAtomic(pathOf(dir), encodeObject(PendingFile, file));
}

/** Forgets the open request of a directory. */
export async function removePendingFile(dir: string): Promise<void> {
  await rm(pathOf(dir), { force: true });
}
