/** The keys of an account itself: all of them derive from its seed, until one is replaced. schema-08 §4.1, §6.1; extensions §1. */
import type { PrivateKey } from "../../crypto/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import type { accountMembers, ProfileUser } from "../../schema/index.ts";
import { keyName } from "../../schema/index.ts";

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

const seedNames: Readonly<Record<(typeof accountMembers)[number], readonly [name: string, curve: "X448" | "Ed448"]>> = {
  AccountEncryption: [keyName.accountEncrypt, "X448"],
  AccountAuthentication: [keyName.accountAuthenticate, "X448"],
  AccountSignature: [keyName.accountSign, "Ed448"],
};

/**
 * An account key of KeyEpoch 0 that an activation lacks, made by who holds the seed: versions before 0.3 granted AccountSignature alone. Undefined
 * where the account never published that one.
 */
export function seedAccountKey(seed: string, member: (typeof accountMembers)[number], profile: ProfileUser): PrivateKey | undefined {
  const [name, curve] = seedNames[member];
  const made = deriveKey(seed, name, curve);
  const { Former = [] } = profile;
  const isPublished = [profile[member], ...Former.filter(({ Member }) => Member === member)].some(({ Udf }) => Udf === made.public.udf);
  return isPublished ? made : undefined;
}
