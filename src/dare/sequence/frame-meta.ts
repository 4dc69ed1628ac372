/** What a frame says of its payload, in clear. No signature or digest covers it (content-meta.ts). */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { ContentMeta } from "../content-meta.ts";
import { decodeContentMeta } from "../content-meta.ts";
import type { SequenceFrame } from "./frame.ts";

/** The description of a frame. Errors: ERR_ENCODING and ERR_SCHEMA, which name the frame. */
export function frameMeta({ header, index }: Pick<SequenceFrame, "header" | "index">): ContentMeta {
  try {
    return decodeContentMeta(header.ContentMetaData);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    const { code, hint, detail, message } = error;
    throw new MeshError(code, `name and type of frame ${index}: ${message}`, { hint, detail, cause: error });
  }
}
