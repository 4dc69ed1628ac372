/**
 * Shares that a service keeps of an account's keys: sealed to its key, each bound to one capability of one account. In JSON-B, so that no
 * scalar passes through a string. docs/extensions.md, Powers.
 */
import { wipe } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { openEnvelope } from "../../dare/index.ts";
import type { Enveloped } from "../enveloped.ts";
import { envelopeObject } from "../enveloped.ts";
import { privateKeyOf } from "../key/key-data.ts";
import { ServicedShare } from "./capability-serviced.ts";

/** Seals a share, in scalar form, to the ServiceEncryption key of a service. */
export function sealServicedShare(options: {
  readonly share: PrivateKey;
  readonly accountUdf: string;
  readonly capabilityId: string;
  readonly service: PublicKey;
  readonly random: Random;
}): Enveloped<ServicedShare> {
  const { share, accountUdf, capabilityId, service, random } = options;
  const { crv, Private } = share.export();
  const Key = { Udf: capabilityId, PrivateParameters: { tag: "PrivateKeyECDH", value: { crv, Private } } };
  const value = { AccountUdf: accountUdf, CapabilityId: capabilityId, Key };
  try {
    return envelopeObject({ struct: ServicedShare, value, recipients: [service], random, compact: true });
  } finally {
    wipe(Private);
  }
}

/** Opens a share for the capability that it is used under. ERR_VERIFICATION when it is of another one, or not sealed to this key; ERR_KEY, ERR_SCHEMA. */
export function openServicedShare(
  sealed: Enveloped<ServicedShare>,
  options: { readonly accountUdf: string; readonly capabilityId: string; readonly service: PrivateKey },
): PrivateKey {
  const { accountUdf, capabilityId, service } = options;
  const plaintext = openEnvelope(sealed, { keys: [service], sealed: true });
  try {
    const { AccountUdf, CapabilityId, Key } = decodeObject(ServicedShare, plaintext);
    if (AccountUdf !== accountUdf || CapabilityId !== capabilityId) throw verificationError("share of a key");
    return privateKeyOf(Key);
  } finally {
    wipe(plaintext);
  }
}
