/** Entries of the Bookmark catalog. schema-08 §5; primary key: Path, later Uid. */
import type { Struct } from "../../codec/field.ts";
import { list, optional, string, struct } from "../../codec/field.ts";

/** A bookmark. `Uid` and `Comments` are of 2022, which has no Path. */
export interface CatalogedBookmark {
  readonly Labels?: readonly string[];
  readonly Uid?: string;
  readonly Uri?: string;
  readonly Title?: string;
  readonly Path?: string;
  readonly Comments?: readonly string[];
}
export const CatalogedBookmark: Struct<CatalogedBookmark> = struct<CatalogedBookmark>("CatalogedBookmark", {
  Labels: optional(list(string)),
  Uid: optional(string),
  Uri: optional(string),
  Title: optional(string),
  Path: optional(string),
  Comments: optional(list(string)),
});
