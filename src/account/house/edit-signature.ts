/**
 * Whether a person has signed a change that a hub asks for, by a passkey that an administration device has let sign. Such a passkey stands in MMM_Grant: no
 * hub brings one of its own, and what a hub makes up, or changes on its way, is found. docs/extensions.md §21
 */
import { equalBytes } from "../../base/bytes.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { clientDataOf, usePasskey } from "../../crypto/index.ts";
import type { EditAssertion, GrantPasskey, RequestEdit } from "../../schema/index.ts";
import { deviceCatalog, editChallenge, grantCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOverGrant } from "../grant/grant.ts";
import type { PendingEdit } from "./hub-mail.ts";

/** What is known of who asked. */
export type EditSignature =
  /** none: without a passkey; unknown: by one that nobody has let sign; wrong: the signature is of something else. */
  | { readonly state: "none" | "unknown" | "wrong" }
  /** By: what the owner's machines call the passkey. */
  | { readonly state: "signed"; readonly by: string };

/** More than authenticators give. */
const mostOctets = 4096;

/** Looks who has signed a change. */
export async function editSignature(context: AccountContext, { hub, value }: Pick<PendingEdit, "hub" | "value">): Promise<EditSignature> {
  const { Assertion } = value;
  if (!Assertion) return { state: "none" };
  const passkey = signingPasskeys(context, hub.udf).find(({ CredentialId }) => equalBytes(CredentialId, Assertion.CredentialId));
  if (!passkey) return { state: "unknown" };
  return (await isSignedBy(value, Assertion, passkey)) ? { state: "signed", by: passkey.LocalName ?? "" } : { state: "wrong" };
}

/** The passkeys that may sign at the page of a hub now. */
export function signingPasskeys(context: AccountContext, hubUdf: string): readonly GrantPasskey[] {
  if (!context.keys.storeKeys.has(grantCatalog.label)) return [];
  const now = context.ports.clock.now();
  const grants = context.list(grantCatalog).map(({ value }) => value);
  return grants
    .filter((grant) => grant.Kind === "page" && grant.HubUdf === hubUdf && !isOverGrant(grant, now))
    .flatMap(({ Passkeys = [] }) => Passkeys)
    .filter(({ DeviceUdf }) => DeviceUdf === undefined || context.get(deviceCatalog, DeviceUdf) !== undefined);
}

async function isSignedBy(request: RequestEdit, assertion: EditAssertion, { PublicKey, RelyingParty }: GrantPasskey): Promise<boolean> {
  const { CredentialId, ClientData, AuthenticatorData, Signature } = assertion;
  if ([CredentialId, ClientData, AuthenticatorData, Signature].some(({ length }) => length > mostOctets)) return false;
  const clientData = encodeBase64url(ClientData);
  const origin = clientDataOf(clientData)?.origin ?? "";
  if (RelyingParty === undefined || hostOf(origin) !== RelyingParty) return false;
  const counter = await usePasskey(
    {
      id: encodeBase64url(CredentialId),
      clientData,
      authenticatorData: encodeBase64url(AuthenticatorData),
      signature: encodeBase64url(Signature),
    },
    { challenge: encodeBase64url(editChallenge(request)), origin, rp: RelyingParty, publicKey: PublicKey, counter: 0 },
  );
  return counter !== undefined;
}

/** The name in the origin of a page that came encrypted, or from the machine itself. */
function hostOf(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || (protocol === "http:" && hostname === "localhost") ? hostname : undefined;
}
