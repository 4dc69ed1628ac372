/** Contacts that their accounts published under a code, on a business card or a page: fetched from the account's service, opened with the code. protocol-09 §7.9 */
import { MeshError } from "../../base/errors.ts";
import { newNonce, parseConnectUri } from "../../crypto/index.ts";
import { openEnvelope, parseEnvelope } from "../../dare/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import { claimEnvelope } from "../message/claim.ts";
import { learn } from "./learn.ts";
import type { LookUpOptions } from "./look-up.ts";
import { serviceOf } from "./look-up.ts";
import type { Way } from "./trust.ts";
import type { SignedContact } from "./verify-contact.ts";
import { verifyContact } from "./verify-contact.ts";

/** A contact that was fetched. */
export interface FetchedContact extends SignedContact {
  readonly udf: string;
  readonly way: Way;
}

/**
 * Fetches and keeps the contact of a code; nothing is sent to its account.
 * Errors: ERR_CODE_KIND for a PIN or a device's code, ERR_CODE_DAMAGED, ERR_NOT_FOUND when it was withdrawn, ERR_VERIFICATION.
 */
export async function fetchContact(
  context: AccountContext,
  code: string,
  options: LookUpOptions & { readonly localName?: string } = {},
): Promise<FetchedContact> {
  const uri = parseConnectUri(code);
  if (uri.kind !== "earl")
    throw new MeshError("ERR_CODE_KIND", "the code is a PIN: it wants your contact in return", { hint: "use 'meshman contact exchange URI'" });
  const signed = await published(context, code, options);
  const udf = signed.profile.value.ProfileSignature.Udf;
  if (signed.address !== uri.account || (uri.udf !== undefined && uri.udf !== udf)) {
    throw new MeshError(
      "ERR_VERIFICATION",
      `the code is of ${uri.account}${uri.udf === undefined ? "" : ` (${uri.udf})`}, what it opens is of ${signed.address} (${udf})`,
    );
  }
  // Without the fingerprint whoever knows the code and the service could have put another account there.
  const way: Way = uri.udf === undefined ? "FirstUse" : "StaticCode";
  const { localName } = options;
  await context.transact({ catalogs: [learn(context, { ...signed, way, ...(localName === undefined ? {} : { localName }) })] });
  return { ...signed, udf, way };
}

async function published(context: AccountContext, code: string, options: LookUpOptions): Promise<SignedContact> {
  const uri = parseConnectUri(code);
  const { client, isOwn } = await serviceOf(context, uri.account, options);
  try {
    const { CatalogedPublication: found } = await client.claim({
      TargetAccountAddress: uri.account,
      EnvelopedMessageClaim: await claimEnvelope(context, {
        key: uri.key,
        messageId: newNonce(context.ports.random),
        signer: accountSignatureOf(context),
      }),
    });
    if (!found) throw new MeshError("ERR_SCHEMA", "ClaimResponse: the publication is missing");
    if (found.Shared !== true)
      throw new MeshError("ERR_CODE_KIND", "the code is a device's, not a person's", {
        hint: "connect it: 'meshman account connect URI', or by a hub",
      });
    return verifyContact(parseEnvelope(openEnvelope(found.EnvelopedData, { symmetricKey: uri.key })));
  } finally {
    if (!isOwn) client.close();
  }
}
