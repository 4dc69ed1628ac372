/** Claims of what was published under a code: proof to the service and to the device that the account knows the key of it. protocol-09 §7.5; extensions §3.6 */
import { deviceAuthenticate, deviceAuthenticator, publicationId, serviceAuthenticate, serviceAuthenticator } from "../../crypto/index.ts";
import type { DareEnvelope, Signer } from "../../dare/index.ts";
import { claimMac, MessageClaim } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountMessage } from "./message-envelope.ts";

/** In whose name something is claimed. */
export type Claimant = Pick<AccountContext, "address" | "accountUdf" | "profileEnvelope" | "ports">;

/** A claim, or with `release` its end; `key` is that of the code. The same messageId again is the same claim. */
export async function claimEnvelope(
  claimant: Claimant,
  options: { readonly key: Uint8Array; readonly messageId: string; readonly signer: Signer; readonly release?: boolean },
): Promise<DareEnvelope> {
  const { address, accountUdf, profileEnvelope, ports } = claimant;
  const { key, messageId, signer, release = false } = options;
  const kd = deviceAuthenticator(key);
  const value: MessageClaim = {
    MessageId: messageId,
    Sender: address,
    PublicationId: publicationId(key),
    ServiceAuthenticate: serviceAuthenticate(serviceAuthenticator(key), address),
    DeviceAuthenticate: deviceAuthenticate(kd, address),
    EnvelopedProfileUser: profileEnvelope,
    ClaimMac: claimMac(kd, { address, accountUdf, messageId }),
    ...(release ? { Release: true } : {}),
  };
  return accountMessage({ struct: MessageClaim, value, signer, ports });
}
