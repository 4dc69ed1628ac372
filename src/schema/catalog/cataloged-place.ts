/** Places, and the names of devices and places. extensions §7. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";

/** Another name of a device or place. */
export interface LocalName {
  readonly Name: string;
  readonly Language?: string;
}
export const LocalName: Struct<LocalName> = struct<LocalName>("LocalName", { Name: string, Language: optional(string) });

/** A room, floor or house. */
export interface CatalogedPlace {
  readonly Key: string;
  readonly LocalName: string;
  readonly LocalNames?: readonly LocalName[];
  readonly Parent?: string;
  readonly Updated?: string;
}
export const CatalogedPlace: Struct<CatalogedPlace> = struct<CatalogedPlace>("CatalogedPlace", {
  Key: string,
  LocalName: string,
  LocalNames: optional(list(LocalName)),
  Parent: optional(string),
  Updated: optional(dateTime),
});
