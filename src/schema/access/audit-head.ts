/** The head of MMM_Audit that comes with each answer of Operate, and its check. docs/extensions.md, Powers. */
import { equalBytes } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import type { Head } from "../catalog/catalog-update.ts";
import { SequenceApex } from "../catalog/catalog-update.ts";
import { verifyObject } from "../enveloped.ts";
import { auditLabel } from "./store-label.ts";

/** The head that a signed apex frame gives. ERR_SCHEMA. */
export function auditHead(frame: SequenceFrame): Head {
  const { header, headerOctets, body, trailer, trailerOctets } = frame;
  const { Store, Epoch, Index, TreeDigest } = decodeObject(SequenceApex, body);
  return {
    Store,
    ...(Epoch === undefined ? {} : { Epoch }),
    Index,
    TreeDigest,
    Apex: { header, headerOctets, body, ...(trailer === undefined ? {} : { trailer, trailerOctets }) },
  };
}

/** The newest head of the epoch before, as an apex of the audit in an epoch above 0 has it. ERR_SCHEMA. */
export function formerAudit({ Apex }: Head): Head | undefined {
  return Apex === undefined ? undefined : decodeObject(SequenceApex, Apex.body).Former;
}

/**
 * Checks a head of an account's audit; gives what the service signed. The caller keeps the highest (Epoch, Index), and asks why when one is lower or another
 * has the same place and another TreeDigest. ERR_VERIFICATION, also without an apex.
 */
export function verifyAuditHead(
  head: Head,
  expected: { readonly accountUdf: string; readonly serviceUdf: string; readonly serviceSignature: PublicKey },
): SequenceApex {
  if (head.Apex === undefined) throw verificationError("head of the audit");
  const { value } = verifyObject(SequenceApex, head.Apex, [expected.serviceSignature]);
  const isRight =
    value.Store === auditLabel &&
    head.Store === auditLabel &&
    value.AccountUdf === expected.accountUdf &&
    value.DeviceUdf === expected.serviceUdf &&
    (value.Epoch ?? 0) === (head.Epoch ?? 0) &&
    value.Index === head.Index &&
    equalBytes(value.TreeDigest, head.TreeDigest);
  if (!isRight) throw verificationError("head of the audit");
  return value;
}
