/** The keys of an account itself: all of them derive from its seed, until one is replaced. schema-08 §4.1, §6.1; extensions §1. */
import type { PrivateKey } from "../../crypto/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import type { ActivationAccount, KeyData, ProfileUser } from "../../schema/index.ts";
import { keyName, privateKeyOf } from "../../schema/index.ts";

/** The keys that a seed gives. */
export type SeedKeys = Readonly<
  Record<"profile" | "encrypt" | "sign" | "authenticate" | "escrow" | "adminSign" | "adminSign25519" | "adminEncrypt", PrivateKey>
>;

/** Derives all keys of an account. */
export function keysOfSeed(seed: string): SeedKeys {
  return {
    profile: deriveKey(seed, keyName.accountProfile, "Ed448"),
    encrypt: deriveKey(seed, keyName.accountEncrypt, "X448"),
    sign: deriveKey(seed, keyName.accountSign, "Ed448"),
    authenticate: deriveKey(seed, keyName.accountAuthenticate, "X448"),
    escrow: deriveKey(seed, keyName.accountEscrow, "X448"),
    adminSign: deriveKey(seed, keyName.accountAdminSign, "Ed448"),
    adminSign25519: deriveKey(seed, keyName.accountAdminSign25519, "Ed25519"),
    adminEncrypt: deriveKey(seed, keyName.accountAdminEncrypt, "X448"),
  };
}

/** What roles from `message` on grant: to open what is sealed to the account, to sign as it, and its key at other services. schema-08 §9 */
export interface AccountKeys {
  readonly accountEncryption?: PrivateKey;
  readonly accountAuthentication?: PrivateKey;
  readonly accountSignature?: PrivateKey;
}

/**
 * The account keys of an activation. Who holds the seed makes those that the activation lacks (versions before 0.3 granted AccountSignature
 * alone), as long as they are the ones that the profile publishes.
 */
export function accountKeysOf(activation: ActivationAccount, profile: ProfileUser, seed: string | undefined): AccountKeys {
  const keyOf = (held: KeyData | undefined, published: KeyData, name: string, curve: "X448" | "Ed448"): PrivateKey | undefined => {
    if (held) return privateKeyOf(held);
    const made = seed === undefined ? undefined : deriveKey(seed, name, curve);
    return made?.public.udf === published.Udf ? made : undefined;
  };
  const encryption = keyOf(activation.AccountEncryption, profile.AccountEncryption, keyName.accountEncrypt, "X448");
  const authentication = keyOf(activation.AccountAuthentication, profile.AccountAuthentication, keyName.accountAuthenticate, "X448");
  const signature = keyOf(activation.AccountSignature, profile.AccountSignature, keyName.accountSign, "Ed448");
  return {
    ...(encryption ? { accountEncryption: encryption } : {}),
    ...(authentication ? { accountAuthentication: authentication } : {}),
    ...(signature ? { accountSignature: signature } : {}),
  };
}
