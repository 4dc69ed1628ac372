/** The end of a sequence as it stands in requests and responses. */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { ContainerStatus } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { storeOf, writerOf } from "../../schema/index.ts";
import type { StoreEnd, StoreEnds } from "../store/service-store.ts";

/** Epoch 0 is not named. */
export function statusOf(label: StoreLabel, { epoch, count, digest }: Pick<StoreEnd, "epoch" | "count" | "digest">): ContainerStatus {
  return { Container: label, ...(epoch === 0 ? {} : { Epoch: epoch }), Index: count, ...(digest === undefined ? {} : { Digest: digest }) };
}

/** The labels, and those of the sequences of single writers that these stores have. */
export function withWriters(labels: readonly StoreLabel[], ends: StoreEnds): readonly StoreLabel[] {
  const sequences = [...ends.keys()].filter((label) => writerOf(label) !== undefined && labels.includes(storeOf(label)));
  return [...new Set([...labels, ...sequences])];
}

/** True when a sequence ends where a caller says that it does; without Digest the place alone is compared. */
export function isEnd({ Epoch = 0, Index, Digest }: Omit<ContainerStatus, "Container">, { epoch, count, digest }: StoreEnd): boolean {
  return Epoch === epoch && Index === count && (Digest === undefined || (digest !== undefined && equalBytes(Digest, digest)));
}

/** ERR_CONFLICT that tells where the sequences end. */
export function conflict(what: string, statuses: readonly ContainerStatus[]): MeshError {
  return new MeshError("ERR_CONFLICT", what, { detail: { ContainerStatus: statuses.map((status) => ContainerStatus.encode(status)) } });
}
