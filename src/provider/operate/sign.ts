/**
 * Signing by FROST (RFC 9591), two of two: the grantee is participant 1, the service participant 2. What is signed is the SHA-512 of a body, as DARE
 * signs it; the first round shows the whole body, which the entry's policy has to allow; the second answers for that digest alone.
 */

import { verificationError } from "../../base/errors.ts";
import { sha512 } from "../../crypto/hash.ts";
import type { FrostGroup } from "../../crypto/index.ts";
import { additiveFrostGroup, FrostSigner, frostIdentifier, frostShareOfAdditive, subtractPublic } from "../../crypto/index.ts";
import type { OperationSignCommit, OperationSignShare } from "../../protocol/index.ts";
import type { CapabilitySignServiced } from "../../schema/index.ts";
import { publicKeyOf } from "../../schema/index.ts";
import { requireSplitConnection, splitOf } from "../split/judge-split.ts";
import type { Exercise, PowerTools } from "./exercise.ts";
import { openShare } from "./exercise.ts";
import { requireSignable } from "./signing-policy.ts";

const parties = 2;
const [grantee, service] = [1, 2];

/** Public parts of an entry's key, made once for as long as the entry is in memory. */
const groups = new WeakMap<CapabilitySignServiced, FrostGroup>();

/** ERR_KEY for an entry whose keys do not belong together. */
function groupOf(capability: CapabilitySignServiced): FrostGroup {
  const known = groups.get(capability);
  if (known !== undefined) return known;
  const partial = publicKeyOf(capability.Partial);
  const group = additiveFrostGroup([partial, subtractPublic(publicKeyOf(capability.Key), partial)]);
  groups.set(capability, group);
  return group;
}

/** First round. ERR_NOT_AUTHORIZED for a body that may not be signed, ERR_KEY, ERR_VERIFICATION for a share that is not of the key, ERR_QUOTA. */
export function prepareCommit(tools: PowerTools, capability: CapabilitySignServiced, { Body }: OperationSignCommit): Exercise {
  const split = splitOf(capability);
  if (split) requireSplitConnection(split, Body, { accountUdf: tools.accountUdf, table: tools.splits, now: tools.now });
  else requireSignable(capability, Body);
  const digest = sha512(Body);
  return {
    run: () => {
      const group = groupOf(capability);
      const signer = openShare(tools, capability.Id, capability.EnvelopedKeyShare, (share) => {
        const own = subtractPublic(publicKeyOf(capability.Key), publicKeyOf(capability.Partial));
        if (share.curve !== group.curve || share.public.udf !== own.udf) throw verificationError("share of a key");
        return new FrostSigner({ group, share: frostShareOfAdditive({ share, index: service, parties }), random: tools.random });
      });
      const commitment = signer.commit();
      const Session = tools.sessions.open(tools.account, capability.Id, { linkUdf: tools.linkUdf, digest, signer, commitment });
      return { tag: "CryptographicResultSignCommit", value: { Session, Hiding: commitment.hiding, Binding: commitment.binding } };
    },
  };
}

/** Second round: the session is over from here on, whatever comes. ERR_REPLAY, ERR_VERIFICATION. */
export function prepareShare(tools: PowerTools, capability: CapabilitySignServiced, operation: OperationSignShare): Exercise {
  const { Session: id, Digest: digest, Hiding: hiding, Binding: binding } = operation;
  const { signer, commitment } = tools.sessions.take(tools.account, capability.Id, { id, linkUdf: tools.linkUdf, digest });
  const { curve } = groupOf(capability);
  const commitments = [{ identifier: frostIdentifier(curve, grantee), hiding, binding }, commitment];
  return {
    audited: { Digest: digest },
    run: () => {
      try {
        return { tag: "CryptographicResultSignShare", value: { Share: signer.sign({ commitments, message: digest }) } };
      } finally {
        signer.wipe();
      }
    },
    drop: () => signer.wipe(),
  };
}
