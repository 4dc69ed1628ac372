/**
 * Keys that the service has a part of and never the whole (threshold-06 §4.4). The caller shows its contribution with a proof that it has it; the
 * service draws its own, proves that, and hands its secret half back sealed to itself, for the entry that the caller is going to write: it keeps
 * nothing. More shares of such a key come from the first by adding a difference.
 */

import { MeshError } from "../../base/errors.ts";
import {
  addPrivate,
  generateScalarKey,
  jointKey,
  type PrivateKey,
  privateKeyFromScalar,
  provePossession,
  verifyPossession,
} from "../../crypto/index.ts";
import type { OperationGenerate, OperationShare } from "../../protocol/index.ts";
import { generateContext } from "../../protocol/index.ts";
import type { CapabilityKeyGenerate, Enveloped, ServicedShare } from "../../schema/index.ts";
import { keyDataOf, publicKeyOf, sealServicedShare } from "../../schema/index.ts";
import type { Exercise, PowerTools } from "./exercise.ts";
import { openShare } from "./exercise.ts";

/** The longest id of a capability that a share is sealed for. */
const maxId = 160;

function requireShareId(id: string): void {
  if (id.length === 0 || id.length > maxId) throw new MeshError("ERR_USAGE", `ShareId: an id of 1 to ${maxId} characters`);
}

function sealedFor({ identity, accountUdf, random }: PowerTools, capabilityId: string, share: PrivateKey): Enveloped<ServicedShare> {
  return sealServicedShare({ share, accountUdf, capabilityId, service: identity.encryption.public, random });
}

/** A new key. ERR_NOT_AUTHORIZED for a curve that the entry does not name; ERR_KEY, ERR_VERIFICATION for the contribution and its proof. */
export function prepareGenerate(tools: PowerTools, capability: CapabilityKeyGenerate, operation: OperationGenerate): Exercise {
  const { Curve: curve, ShareId, Contribution, Proof } = operation;
  requireShareId(ShareId);
  if (!capability.Curves.includes(curve)) throw new MeshError("ERR_NOT_AUTHORIZED", `this power makes no keys of ${curve}`);
  const theirs = publicKeyOf(Contribution);
  if (theirs.curve !== curve) throw new MeshError("ERR_KEY", `a contribution of ${theirs.curve} to a key of ${curve}`);
  const context = generateContext({ accountUdf: tools.accountUdf, keyId: capability.Id, shareId: ShareId });
  verifyPossession(theirs, { context, proof: Proof });
  return {
    audited: {},
    run: () => {
      const share = generateScalarKey(curve, tools.random);
      try {
        const proof = provePossession(share, { context, random: tools.random });
        const both = [
          { name: "account", key: theirs, proof: Proof },
          { name: "service", key: share.public, proof },
        ];
        // Refuses a sum that is no key, before the caller relies on it.
        jointKey(both, context);
        const value = { Contribution: keyDataOf(share.public), Proof: proof, EnvelopedKeyShare: sealedFor(tools, ShareId, share) };
        return { tag: "CryptographicResultGenerate", value };
      } finally {
        share.wipe();
      }
    },
  };
}

/** Another share of a key. ERR_NOT_AUTHORIZED when the entry has none; ERR_KEY for a difference out of range, or one that leaves nothing. */
export function prepareDealing(tools: PowerTools, capability: CapabilityKeyGenerate, { ShareId, Delta }: OperationShare): Exercise {
  requireShareId(ShareId);
  const { EnvelopedKeyShare: sealed } = capability;
  if (sealed === undefined) throw new MeshError("ERR_NOT_AUTHORIZED", "this power has no key to deal shares of");
  return {
    audited: {},
    run: () => {
      const EnvelopedKeyShare = openShare(tools, capability.Id, sealed, (share) => {
        const delta = privateKeyFromScalar(share.curve, Delta);
        const sum = addPrivate(share, delta);
        delta.wipe();
        try {
          return sealedFor(tools, ShareId, sum);
        } finally {
          sum.wipe();
        }
      });
      return { tag: "CryptographicResultShare", value: { EnvelopedKeyShare } };
    },
  };
}
