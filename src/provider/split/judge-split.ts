/**
 * What the service's half of a split signs (docs/extensions.md §16): a connection within the limits, in time, of a number that stands in MMM_Joined for
 * exactly this, while nobody has stopped the split. The service sees digests of what the device is given, and judges no description: others do.
 */
import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { sha512 } from "../../crypto/hash.ts";
import type { CapabilitySignServiced } from "../../schema/index.ts";
import { AdministratorSplit, peekObject, requireWithin, SplitConnection } from "../../schema/index.ts";
import type { SplitTable } from "./split-table.ts";

/** How far the time that is signed may be from the service's. */
const skewMs = 600_000;

/** The limits of a capability that is half of a split; it was written by an administrator. */
export function splitOf({ EnvelopedAdministratorSplit: enveloped }: CapabilitySignServiced): AdministratorSplit | undefined {
  return enveloped && peekObject(AdministratorSplit, enveloped);
}

/** Errors: ERR_NOT_AUTHORIZED says which limit is passed; ERR_SCHEMA, ERR_VERIFICATION. */
export function requireSplitConnection(
  split: AdministratorSplit,
  body: Uint8Array,
  { accountUdf, table, now }: { readonly accountUdf: string; readonly table: SplitTable; readonly now: number },
): void {
  const connection = decodeObject(SplitConnection, body);
  if (connection.AccountUdf !== accountUdf) throw verificationError("the connection of a split");
  requireWithin(split, connection);
  if (Math.abs(fromDateTime(connection.Time) - now) > skewMs)
    throw new MeshError("ERR_NOT_AUTHORIZED", `the split does not connect at another time than now (${connection.Time})`, { hint: "set the clock" });
  const reserved = table.digest(split.Id, connection.Serial);
  if (reserved === undefined || !equalBytes(reserved, sha512(body))) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `number ${connection.Serial} of the split does not stand in MMM_Joined for this device`, {
      hint: "take a number that is free",
    });
  }
}
