/** Keys of people and machines for files: whom one is encrypted to, who signs it, and whose signature is known. schema-08 §4.1. */
import { lowerAscii } from "../../base/ascii.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { KeyData, ProfileUser } from "../../schema/index.ts";
import { deviceCatalog, publicKeyOf } from "../../schema/index.ts";
import { contacts, findContact, profileOf } from "../contact/contact-book.ts";
import { isVerified } from "../contact/trust.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";

/** A key and whose it is. */
export interface NamedKey {
  readonly key: PublicKey;
  /** An address, or the name of a device. */
  readonly name: string;
  /** False when only a service's or a file's word says that it is theirs. */
  readonly isVerified: boolean;
}

/** Words for the account itself. */
const self = ["self", "me"];

/** Keys that an account or a contact encrypts and signs with. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS; ERR_KEY for a contact without an account. */
export function keysOfPerson(context: AccountContext, text: string): { readonly encryption: NamedKey; readonly signature: NamedKey } {
  const wanted = lowerAscii(text.trim());
  if (self.includes(wanted) || wanted === lowerAscii(context.address) || text === context.accountUdf) return keysOf(context.profile, true);
  const contact = findContact(context, text);
  const profile = profileOf(contact)?.value;
  if (!profile) {
    throw new MeshError("ERR_KEY", `nothing is known of the keys of ${contact.name}`, {
      hint: `run 'meshman contact request ${contact.address ?? "ADDRESS"}'`,
    });
  }
  return keysOf(profile, contact.pin !== undefined && isVerified(contact.pin.way));
}

function keysOf(profile: ProfileUser, known: boolean): { readonly encryption: NamedKey; readonly signature: NamedKey } {
  const named = (data: KeyData): NamedKey => ({ key: publicKeyOf(data), name: profile.AccountAddress, isVerified: known });
  return { encryption: named(profile.AccountEncryption), signature: named(profile.AccountSignature) };
}

/** Who signs a file: the account, or this machine alone. Errors: ERR_USAGE, ERR_NOT_AUTHORIZED. */
export function fileSigner(context: AccountContext, who: string): PrivateKey {
  if (who === "account") {
    const signer = accountSignatureOf(context);
    if (!("signBody" in signer)) return signer;
    throw new MeshError(
      "ERR_NOT_AUTHORIZED",
      "this machine has a share of the account's signature key, and its service signs messages along, not files",
      {
        hint: "say --sign device, or sign it on a machine with the role message, web or admin",
      },
    );
  }
  if (who === "device") return context.keys.signature;
  throw new MeshError("ERR_USAGE", `${JSON.stringify(who)} cannot sign`, { hint: "say --sign account or --sign device" });
}

/** Signature keys that this machine knows: the account's, its devices', its contacts'. */
export function knownSigners(context: AccountContext): readonly NamedKey[] {
  const nameOf = (udf: string): string => context.get(deviceCatalog, udf)?.LocalName ?? udf;
  const devices = context.directory.connected.map(({ signature, udf }) => ({ key: signature, name: `device ${nameOf(udf)}`, isVerified: true }));
  return [keysOf(context.profile, true).signature, ...devices, ...signersOfContacts(context)];
}

function signersOfContacts(context: AccountContext): readonly NamedKey[] {
  try {
    return contacts(context).flatMap((contact) => {
      const profile = profileOf(contact)?.value;
      return profile ? [keysOf(profile, contact.pin !== undefined && isVerified(contact.pin.way)).signature] : [];
    });
  } catch (error) {
    // A device whose roles do not reach the contacts knows nobody else.
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}
