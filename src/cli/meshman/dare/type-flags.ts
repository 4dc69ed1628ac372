/** Types and uses of sequences, as options name them. dare-12 §4.2. */
import { MeshError } from "../../../base/errors.ts";
import type { ContainerType } from "../../../dare/index.ts";
import { archiveContentType, catalogContentType, containerTypes } from "../../../dare/index.ts";
import { typeNames, useNames } from "./type-names.ts";

const uses = {
  archive: archiveContentType,
  catalog: catalogContentType,
  spool: "application/mmm-spool",
  log: "application/dare-log",
} as const satisfies Record<(typeof useNames)[number], string>;

/** Options that say which sequence is meant: --type, or one of its flags; a flag of a use. */
export type TypeFlags = { readonly type?: string } & Readonly<Record<string, unknown>>;

/** The drafts call the first type plain, and spell the last one in two ways. */
const otherNames: Readonly<Record<string, ContainerType>> = { plain: "List", merkel: "Merkle" };

/** The type that is asked for; Merkle unless given. Errors: ERR_USAGE. */
export function containerTypeOf(flags: TypeFlags): ContainerType {
  const named = [...typeNames, ...Object.keys(otherNames)].filter((name) => flags[name] === true);
  const [name = "merkle", ...others] = [...(flags.type === undefined ? [] : [flags.type.toLowerCase()]), ...named];
  const found = otherNames[name] ?? containerTypes.find((type) => type.toLowerCase() === name);
  if (!found || others.length > 0)
    throw new MeshError("ERR_USAGE", "no one type of sequence is named", { hint: `say --type ${typeNames.join(" or ")}` });
  return found;
}

/** Content type of what the sequence is used for; an archive unless given. Errors: ERR_USAGE. */
export function contentTypeOfUse(flags: TypeFlags): string {
  const [name = "archive", ...others] = useNames.filter((use) => flags[use] === true);
  if (others.length > 0) throw new MeshError("ERR_USAGE", "a sequence has one use", { hint: `say one of --${useNames.join(", --")}` });
  return uses[name];
}
