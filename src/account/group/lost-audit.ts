/**
 * Audits of the groups that this account has a share of, where a group's service has lost a part of one, as after a disk that was put back: the service
 * goes on from the head that it has signed and that this device was shown (docs/extensions.md §14). Whoever is no member of the account is heard by that
 * service in the use of a share alone: one agreement is asked for, with a key that nothing is sealed to.
 */
import { asMeshError, isMeshError, type MeshError } from "../../base/errors.ts";
import { blindAgreement, generatePrivateKey } from "../../crypto/index.ts";
import type { AnyOperation } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { AuditHead } from "../power/audit-head.ts";
import type { LostAudit } from "../power/power-client.ts";
import { SharedKey } from "../power/shared-key.ts";
import { groupDirectory } from "./group-directory.ts";
import { memberships, withGroupPowers } from "./opening.ts";

/** A group whose service had lost a part of its audit. */
export interface LostGroupAudit extends LostAudit {
  readonly group: string;
}

/** Looks at the audit of every group of which this device was shown one. Each fails alone, and one that this account is no member of any more is passed over. */
export async function giveBackGroupAudits(
  context: AccountContext,
): Promise<{ readonly lost: readonly LostGroupAudit[]; readonly failed: readonly MeshError[] }> {
  const lost: LostGroupAudit[] = [];
  const failed: MeshError[] = [];
  const seen = new Set<string>();
  for (const { profile, share } of await memberships(context)) {
    const group = accountAddress(profile.AccountAddress);
    if (seen.has(group) || (await new AuditHead(groupDirectory(context.dir, group)).highest()) === undefined) continue;
    seen.add(group);
    try {
      const found = await withGroupPowers(context, profile, (powers) => powers.giveBackAudit([useOf(context, new SharedKey(share))]));
      if (found) lost.push({ group, ...found });
    } catch (error) {
      if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) failed.push(asMeshError(error));
    }
  }
  return { lost, failed };
}

function useOf({ ports: { random } }: AccountContext, { curve, share, counterpart, serviceId }: SharedKey): AnyOperation {
  const own = generatePrivateKey(curve, random);
  const { asked } = blindAgreement({ share, counterpart, ephemeral: own.public, random });
  own.wipe();
  const PublicKey = { tag: "PublicKeyECDH", value: { crv: asked.curve, Public: asked.octets } } as const;
  return { tag: "CryptographicOperationKeyAgreement", value: { KeyId: serviceId, PublicKey } };
}
