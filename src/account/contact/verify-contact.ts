/** A contact that its own account signed: the profile inside says under which key, and the address is the profile's. schema-08 §5.3 */
import { MeshError, verificationError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import {
  accountAddress,
  ContactPerson,
  ProfileUser as ProfileUserStruct,
  peekObject,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import { checkContact, contactLimits } from "./limit.ts";

/** A contact with the account that it is of. */
export interface SignedContact {
  readonly contact: Verified<ContactPerson>;
  readonly profile: Verified<ProfileUser>;
  readonly address: string;
}

/** Opens and checks a signed contact. Errors: ERR_TOO_LARGE, ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY. */
export function verifyContact(enveloped: DareEnvelope): SignedContact {
  if (enveloped.body.length > contactLimits.sentOctets)
    throw new MeshError("ERR_TOO_LARGE", `a contact of ${enveloped.body.length} octets, at most ${contactLimits.sentOctets} are taken`);
  const stated = peekObject(ContactPerson, enveloped);
  checkContact(
    ContactPerson.encode({ ...stated, NetworkAddresses: (stated.NetworkAddresses ?? []).map(({ EnvelopedProfileAccount: _, ...rest }) => rest) }),
  );
  const [held, ...others] = (stated.NetworkAddresses ?? []).filter(({ EnvelopedProfileAccount: profile }) => profile !== undefined);
  if (!held?.EnvelopedProfileAccount || others.length > 0)
    throw new MeshError("ERR_SCHEMA", "ContactPerson.NetworkAddresses: expected one profile of an account");
  const profile = verifyProfile(ProfileUserStruct, held.EnvelopedProfileAccount);
  const contact = verifyObject(ContactPerson, enveloped, [publicKeyOf(profile.value.AccountSignature)]);
  const address = accountAddress(profile.value.AccountAddress);
  if (accountAddress(held.Address ?? "") !== address) throw verificationError("contact");
  return { contact, profile, address };
}
