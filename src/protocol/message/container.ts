/** How far a store has grown, as the service sees it (schema-08 §7, ContainerStatus). */
import type { Struct } from "../../codec/field.ts";
import { binary, count, optional, string, struct } from "../../codec/field.ts";

/** State of one store. */
export interface ContainerStatus {
  /** Label of the store. */
  readonly Container: string;
  /** Which sequence of the store: 0 when absent. Positions compare by epoch first, then by index. */
  readonly Epoch?: number;
  /** Number of frames, which is the index of the next one; 0 for a store that does not exist. */
  readonly Index: number;
  /** TreeDigest of the last frame. */
  readonly Digest?: Uint8Array;
}
export const ContainerStatus: Struct<ContainerStatus> = struct<ContainerStatus>("ContainerStatus", {
  Container: string,
  Epoch: optional(count),
  Index: count,
  Digest: optional(binary),
});
