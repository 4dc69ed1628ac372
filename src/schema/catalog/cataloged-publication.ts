/** Publications under an EARL. schema-08 §6, protocol-09 §7.5; DeviceSignature and DeviceLinkUdf: extensions §3. */
import type { Struct } from "../../codec/field.ts";
import { boolean, dateTime, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { KeyData } from "../key/key-data.ts";

/** Something published under an EARL. DeviceSignature and DeviceLinkUdf stand in the clear for the service. extensions §3.6. */
export interface CatalogedPublication {
  readonly Id: string;
  /** Encryption UDF of the service authenticator key. */
  readonly Authenticator: string;
  readonly EnvelopedData: DareEnvelope;
  readonly NotOnOrAfter?: string;
  readonly DeviceSignature?: KeyData;
  readonly DeviceLinkUdf?: string;
  /** For everybody who knows the code, such as a contact: a claim fetches it and is not filed. extensions §10. */
  readonly Shared?: boolean;
}
export const CatalogedPublication: Struct<CatalogedPublication> = struct<CatalogedPublication>("CatalogedPublication", {
  Id: string,
  Authenticator: string,
  EnvelopedData: envelope,
  NotOnOrAfter: optional(dateTime),
  DeviceSignature: optional(KeyData),
  DeviceLinkUdf: optional(string),
  Shared: optional(boolean),
});
