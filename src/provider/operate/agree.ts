/**
 * Agreement with the service's share of a decryption key (protocol-09 §7.6, threshold-06 §4). The point was checked before: on the curve, in range, of
 * no small order; a torsion component of it is cleared in the multiplication, so that nobody learns the share by its residues.
 */
import { curveOf, publicKey } from "../../crypto/index.ts";
import type { OperationKeyAgreement } from "../../protocol/index.ts";
import { KeyAgreementECDH } from "../../protocol/index.ts";
import type { CapabilityDecryptServiced } from "../../schema/index.ts";
import type { Exercise, PowerTools } from "./exercise.ts";

/** ERR_KEY for a point that is none, and for a coefficient out of range; of another curve it says so when the share is open. */
export function prepareAgreement(tools: PowerTools, capability: CapabilityDecryptServiced, operation: OperationKeyAgreement): Exercise {
  const { crv, Public } = operation.PublicKey.value;
  const ephemeral = publicKey(curveOf(crv), Public);
  return {
    audited: {},
    run() {
      const { curve, octets } = tools.shares.forAgreement(tools, capability, operation.KeyCoefficient).agree(ephemeral);
      return {
        tag: "CryptographicResultKeyAgreement",
        value: { KeyAgreement: { tag: KeyAgreementECDH.tag, value: { Curve: curve, Result: octets } } },
      };
    },
  };
}
