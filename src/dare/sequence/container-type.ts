/** The five types of sequence (dare-12 §4.2) and what the frames of each must state. */
import { MeshError } from "../../base/errors.ts";

/** Types of sequence, by growing evidence. */
export const containerTypes = ["List", "Digest", "Chain", "Tree", "Merkle"] as const;
/** Name of a type in frame 0. */
export type ContainerType = (typeof containerTypes)[number];

/** What frames of a type state. */
export interface ContainerRules {
  readonly payloadDigest: boolean;
  readonly chainDigest: boolean;
  readonly treeDigest: boolean;
  /** File offset of the left neighbour, from frame 1 on. */
  readonly treePosition: boolean;
}

const rules: Readonly<Record<ContainerType, ContainerRules>> = {
  List: { payloadDigest: false, chainDigest: false, treeDigest: false, treePosition: false },
  Digest: { payloadDigest: true, chainDigest: false, treeDigest: false, treePosition: false },
  Chain: { payloadDigest: true, chainDigest: true, treeDigest: false, treePosition: false },
  Tree: { payloadDigest: false, chainDigest: false, treeDigest: false, treePosition: true },
  Merkle: { payloadDigest: true, chainDigest: false, treeDigest: true, treePosition: true },
};

/** What frames of a type must state. */
export function rulesOf(type: ContainerType): ContainerRules {
  return rules[type];
}

/** The type that frame 0 names; ERR_SCHEMA for another word or none. */
export function containerTypeOf(name: string | undefined): ContainerType {
  const found = containerTypes.find((type) => type === name);
  if (found === undefined) throw new MeshError("ERR_SCHEMA", `sequence of type ${name?.slice(0, 32) ?? "unknown"}`);
  return found;
}
