/**
 * The keys of an account and of its administrators that a device was given, by their members in the profile: those in force, those of before, which
 * open what was sealed to them, and those that were drawn and are not published yet. extensions §5
 */
import type { PrivateKey } from "../../crypto/index.ts";
import type { ActivationAccount, KeyData, ProfileUser, ReplaceableMember } from "../../schema/index.ts";
import { accountMembers, privateKeyOf, replaceableMembers } from "../../schema/index.ts";
import type { StoreKey } from "./keyring.ts";
import { seedAccountKey } from "./seed-keys.ts";

/** Keys by member, newest first. */
export type MemberKeys = ReadonlyMap<ReplaceableMember, readonly StoreKey[]>;

/** What the keys of an activation are read from. */
interface Source {
  readonly activation: ActivationAccount;
  readonly profile: ProfileUser;
  readonly seed: string | undefined;
  /** Reads one key; anew when absent. */
  readonly read?: (data: KeyData) => PrivateKey;
}

/** The keys of an activation. Members hold the key that was in force when it was issued; a key that Entries do not number is the first. */
export function memberKeysOf({ activation, profile, seed, read = privateKeyOf }: Source): MemberKeys {
  const found = new Map<ReplaceableMember, readonly StoreKey[]>();
  for (const member of replaceableMembers) {
    const keys: StoreKey[] = activation.Entries.filter(({ Resource }) => Resource === member).map(({ Key, KeyEpoch }) => ({
      key: read(Key),
      keyEpoch: KeyEpoch,
    }));
    const held = activation[member];
    if (held && !keys.some(({ key }) => key.public.udf === held.Udf)) keys.push({ key: read(held), keyEpoch: 0 });
    if (keys.length > 0) found.set(member, keys);
  }
  if (seed !== undefined) {
    for (const member of accountMembers) {
      const keys = found.get(member) ?? [];
      const made = keys.some(({ keyEpoch }) => keyEpoch === 0) ? undefined : seedAccountKey(seed, member, profile);
      if (made) found.set(member, [...keys, { key: made, keyEpoch: 0 }]);
    }
  }
  return new Map([...found].map(([member, keys]) => [member, keys.toSorted((a, b) => b.keyEpoch - a.keyEpoch)]));
}

/** The key that a profile publishes, where the device holds it. */
export function publishedKey(keys: MemberKeys, profile: ProfileUser, member: ReplaceableMember): PrivateKey | undefined {
  return keys.get(member)?.find(({ key }) => key.public.udf === profile[member].Udf)?.key;
}

/** Every key of a member that the device holds, the one in force first. */
export function allKeys(keys: MemberKeys, profile: ProfileUser, member: ReplaceableMember): readonly PrivateKey[] {
  const held = (keys.get(member) ?? []).map(({ key }) => key);
  const isPublished = ({ public: { udf } }: PrivateKey): boolean => udf === profile[member].Udf;
  return [...held.filter(isPublished), ...held.filter((key) => !isPublished(key))];
}
