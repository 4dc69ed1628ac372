/** Gives a service the profile of an account, the first or a newer one, with the consent of its root key to this one session. extensions §6 */
import type { Random } from "../../base/random.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { BindResponse, MeshClient } from "../../protocol/index.ts";
import { BindAuthorization } from "../../protocol/index.ts";
import type { Enveloped, ProfileUser } from "../../schema/index.ts";
import { envelopeObject } from "../../schema/index.ts";

/** Whose profile, and over which session. */
export interface BindProfileOptions {
  readonly client: MeshClient;
  readonly address: string;
  readonly profile: Enveloped<ProfileUser>;
  /** Link key of the session. */
  readonly link: PrivateKey;
  readonly root: PrivateKey;
  readonly serviceUdf: string;
  readonly random: Random;
  readonly invitation?: string;
  /** Ask for the owner's rights for the link key, as long as it takes to become a device of the account again. */
  readonly recover?: boolean;
  /** With `recover`: nobody else is to use the account meanwhile. */
  readonly alone?: boolean;
}

/** Errors: ERR_NOT_INVITED, ERR_ACCOUNT_EXISTS, ERR_CONFLICT for an older profile than the service has; those of the service. */
export async function bindProfile(options: BindProfileOptions): Promise<BindResponse> {
  const { client, address, profile, link, root, serviceUdf, random, invitation, recover = false, alone = false } = options;
  const authorization: BindAuthorization = {
    AccountAddress: address,
    ServiceUdf: serviceUdf,
    LinkUdf: link.public.udf,
    HandshakeHash: await client.handshakeHash(),
    ...(recover ? { Recover: true, ...(alone ? { Alone: true } : {}) } : {}),
  };
  return client.bind({
    AccountAddress: address,
    EnvelopedProfileAccount: profile,
    EnvelopedBindAuthorization: envelopeObject({ struct: BindAuthorization, value: authorization, signers: [root], random }),
    ...(invitation === undefined ? {} : { Invitation: invitation }),
  });
}
