/** Credentials of services, and of networks, which have the same fields. schema-08 §5; primary key: Protocol + ":" + Service. */
import type { Struct } from "../../codec/field.ts";
import { list, optional, string, struct } from "../../codec/field.ts";

/** A user name and password. */
export interface CatalogedCredential {
  readonly Labels?: readonly string[];
  readonly Protocol?: string;
  readonly Service?: string;
  readonly Username?: string;
  readonly Password?: string;
}
export const CatalogedCredential: Struct<CatalogedCredential> = struct<CatalogedCredential>("CatalogedCredential", {
  Labels: optional(list(string)),
  Protocol: optional(string),
  Service: optional(string),
  Username: optional(string),
  Password: optional(string),
});

/** A Wi-Fi network. */
export interface CatalogedNetwork {
  readonly Labels?: readonly string[];
  readonly Service: string;
  readonly Protocol?: string;
  readonly Username?: string;
  readonly Password?: string;
}
export const CatalogedNetwork: Struct<CatalogedNetwork> = struct<CatalogedNetwork>("CatalogedNetwork", {
  Labels: optional(list(string)),
  Service: string,
  Protocol: optional(string),
  Username: optional(string),
  Password: optional(string),
});
