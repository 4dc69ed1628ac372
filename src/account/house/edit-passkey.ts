/** Lets a passkey of a hub's page sign what is asked for there: a grant without rights, for that hub alone. docs/extensions.md §18, §21 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { newNonce } from "../../crypto/index.ts";
import type { GrantPasskey } from "../../schema/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { putGrant } from "../grant/grant.ts";
import { signingPasskeys } from "./edit-signature.ts";

/** Passkeys that sign at one hub. */
const mostSigning = 32;
/** Octets of a credential's name (WebAuthn §4), and of a key. */
const mostId = 1023;
const mostKey = 1024;
const mostName = 64;

/** Writes it. Errors: ERR_SCHEMA, ERR_NOT_FOUND for a device that is gone, ERR_EXISTS, ERR_QUOTA, those of the service. */
export async function addPasskey(context: AccountContext, passkey: GrantPasskey, hubUdf: string): Promise<void> {
  const { CredentialId, PublicKey, LocalName, RelyingParty, DeviceUdf } = passkey;
  const isWhole = CredentialId.length > 0 && CredentialId.length <= mostId && PublicKey.length > 0 && PublicKey.length <= mostKey;
  if (!isWhole || RelyingParty === undefined || !/^[a-z0-9.-]{1,253}$/.test(RelyingParty))
    throw new MeshError("ERR_SCHEMA", "the passkey lacks its key, or the name that it is bound to");
  if (DeviceUdf !== undefined && !context.get(deviceCatalog, DeviceUdf))
    throw new MeshError("ERR_NOT_FOUND", "the device that the passkey was added by is in the account no longer");
  const known = signingPasskeys(context, hubUdf);
  if (known.some((each) => equalBytes(each.CredentialId, CredentialId))) throw new MeshError("ERR_EXISTS", "this passkey signs already");
  if (known.length >= mostSigning)
    throw new MeshError("ERR_QUOTA", `${mostSigning} passkeys sign at that hub already`, {
      hint: "take one back: 'meshman grant list', 'grant delete'",
    });
  const name = visible(shorten(LocalName ?? "", mostName)).trim() || "passkey";
  await putGrant(context, {
    Key: newNonce(context.ports.random),
    Kind: "page",
    LocalName: name,
    Rights: [],
    HubUdf: hubUdf,
    Passkeys: [{ CredentialId, PublicKey, LocalName: name, RelyingParty, ...(DeviceUdf === undefined ? {} : { DeviceUdf }) }],
    Updated: dateTime(context.ports.clock.now()),
  });
}
