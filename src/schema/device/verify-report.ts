/** A device's own word: a report that verifies under its key in the account. extensions §15. */
import { verificationError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ConnectionDevice } from "../connection/connection.ts";
import { verifyObject } from "../enveloped.ts";
import { publicKeyOf } from "../key/key-data.ts";
import { DeviceReport } from "./device-report.ts";

/** Verifies a report under the device's connection in force, which names account and device. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_ENCODING. */
export function verifyReport(enveloped: DareEnvelope, connection: ConnectionDevice): DeviceReport {
  const { value } = verifyObject(DeviceReport, enveloped, [publicKeyOf(connection.Signature)]);
  if (value.DeviceUdf !== connection.Subject || value.AccountUdf !== connection.Authority) throw verificationError("the device's report");
  return value;
}

/** Below 0 when the first report is the older one. A device that was reset counts on under a higher deal. */
export function compareReports(one: DeviceReport, other: DeviceReport): number {
  return one.DealEpoch - other.DealEpoch || one.Sequence - other.Sequence;
}
