/**
 * Agreement with the service's share of a decryption key (protocol-09 §7.6, threshold-06 §4). The point was checked before: on the curve, in range, of
 * no small order; a torsion component of it is cleared in the multiplication, so that nobody learns the share by its residues.
 */
import type { PrivateKey } from "../../crypto/index.ts";
import { curveOf, publicKey, splitAgreement } from "../../crypto/index.ts";
import type { OperationKeyAgreement, ResultKeyAgreement } from "../../protocol/index.ts";
import { KeyAgreementECDH } from "../../protocol/index.ts";
import type { CapabilityDecryptServiced } from "../../schema/index.ts";
import type { Exercise, PowerTools } from "./exercise.ts";
import { openShare } from "./exercise.ts";

/** ERR_KEY for a point that is none, and for a coefficient out of range; of another curve it says so when the share is open. */
export function prepareAgreement(tools: PowerTools, capability: CapabilityDecryptServiced, operation: OperationKeyAgreement): Exercise {
  const { crv, Public } = operation.PublicKey.value;
  const ephemeral = publicKey(curveOf(crv), Public);
  const answer = (share: PrivateKey): ResultKeyAgreement => {
    const { curve, octets } = splitAgreement(share, ephemeral, { keyCoefficient: operation.KeyCoefficient, random: tools.random });
    return { KeyAgreement: { tag: KeyAgreementECDH.tag, value: { Curve: curve, Result: octets } } };
  };
  return {
    audited: {},
    run: () => ({ tag: "CryptographicResultKeyAgreement", value: openShare(tools, capability.Id, capability.EnvelopedKeyShare, answer) }),
  };
}
