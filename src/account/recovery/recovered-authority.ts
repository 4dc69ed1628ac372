/**
 * What a bare machine has of an account: the keys that its seed gives, and those that the service keeps for it, sealed to the seed's escrow key.
 * schema-08 §9.4; docs/extensions.md §6
 */
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import type { CatalogLabel, Enveloped, ProfileUser, ReplaceableMember, Verified } from "../../schema/index.ts";
import { catalogLabels, EscrowedKeys, openObject, privateKeyDataOf, privateKeyOf, publicKeyOf, storeKeyName } from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { MemberKeys } from "../context/member-keys.ts";
import { memberKeysOf, publishedKey } from "../context/member-keys.ts";
import { keysOfSeed } from "../context/seed-keys.ts";

/** What recovery begins with. */
export interface Recovered {
  /** Secret. */
  readonly seed: string;
  readonly address: string;
  readonly profile: Verified<ProfileUser>;
  readonly service: PublicKey;
}

/** What of it the service hands out. */
export const noKeys: EscrowedKeys = { Entries: [] };

/**
 * Opens what the service keeps for recovery. Only what the administrators' key in force has signed counts: whoever was removed has those of before.
 * Errors: ERR_VERIFICATION, ERR_SCHEMA.
 */
export function openKept(kept: Enveloped<EscrowedKeys> | undefined, { seed, profile }: Pick<Recovered, "seed" | "profile">): EscrowedKeys {
  if (!kept) return noKeys;
  return openObject(EscrowedKeys, kept, [keysOfSeed(seed).escrow], [publicKeyOf(profile.value.AdministratorSignature)]);
}

/** What the machine hands to itself. Errors: ERR_KEY when the administrators' keys in force are not among it. */
export function recoveredAuthority({ seed, address, profile, service }: Recovered, { Entries }: EscrowedKeys): Authority {
  const { value } = profile;
  const key = keysOfSeed(seed);
  const activation = {
    Version: 0,
    Entries,
    AdministratorSignature: privateKeyDataOf(key.adminSign),
    AdministratorSignature25519: privateKeyDataOf(key.adminSign25519),
    AdministratorEncryption: privateKeyDataOf(key.adminEncrypt),
  };
  const members = memberKeysOf({ activation, profile: value, seed });
  return {
    accountUdf: key.profile.public.udf,
    address,
    profileEnvelope: profile.envelope,
    service,
    administrator: {
      signature: administratorKey(members, profile, "AdministratorSignature"),
      signature25519: administratorKey(members, profile, "AdministratorSignature25519"),
      encryption: administratorKey(members, profile, "AdministratorEncryption"),
    },
    storeKeys: storeKeysOf(seed, Entries),
    members,
    accountSeed: seed,
    ...accountKeys(members, value),
  };
}

function administratorKey(members: MemberKeys, { value }: Verified<ProfileUser>, member: ReplaceableMember): Authority["administrator"]["signature"] {
  const key = publishedKey(members, value, member);
  if (key) return key;
  throw new MeshError("ERR_KEY", `${value.AccountAddress} has another ${member} than the shares give, and its service hands out none for recovery`, {
    hint: "use an administration device: its agent seals what replaced keys need; or ask whoever runs the service for its newest version",
  });
}

function accountKeys(members: MemberKeys, profile: ProfileUser): Pick<Authority, "accountEncryption" | "accountAuthentication" | "accountSignature"> {
  const [encryption, authentication, signature] = [
    publishedKey(members, profile, "AccountEncryption"),
    publishedKey(members, profile, "AccountAuthentication"),
    publishedKey(members, profile, "AccountSignature"),
  ];
  return {
    ...(encryption && { accountEncryption: encryption }),
    ...(authentication && { accountAuthentication: authentication }),
    ...(signature && { accountSignature: signature }),
  };
}

/** The first key of a store is the seed's, unless a machine without the seed made it. */
function storeKeysOf(seed: string, entries: EscrowedKeys["Entries"]): ReadonlyMap<CatalogLabel, readonly StoreKey[]> {
  return new Map(
    catalogLabels.map((label) => {
      const kept: StoreKey[] = entries
        .filter(({ Resource }) => Resource === label)
        .map(({ Key, KeyEpoch }) => ({ key: privateKeyOf(Key), keyEpoch: KeyEpoch }));
      const hasFirst = kept.some(({ keyEpoch }) => keyEpoch === 0);
      const first: readonly StoreKey[] = hasFirst ? [] : [{ key: deriveKey(seed, storeKeyName(label, 0), "X448"), keyEpoch: 0 }];
      return [label, [...kept, ...first].sort((a, b) => b.keyEpoch - a.keyEpoch)] as const;
    }),
  );
}
