/**
 * A device's part in its account: profile, roles and keys, kept in account.json. The service hands over the device's own entry with every Status,
 * sealed to the device and signed by the account's administrators: a newer one brings other keys or roles, and may bring a newer profile.
 * extensions §5-6.
 */

import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { isAboutContent } from "../../dare/index.ts";
import type { Enveloped, ProfileUser, Verified } from "../../schema/index.ts";
import { CatalogedDevice, openObject, ProfileService, ProfileUser as ProfileUserStruct, publicKeyOf, verifyProfile } from "../../schema/index.ts";
import type { AccountFile } from "./account-file.ts";
import { loadAccountFile, saveAccountFile } from "./account-file.ts";
import type { DeviceIdentity } from "./device-identity.ts";
import { loadIdentity } from "./device-identity.ts";
import type { Keyring } from "./keyring.ts";
import { openKeyring } from "./keyring.ts";

interface Membership {
  readonly file: AccountFile;
  readonly profile: ProfileUser;
  readonly keys: Keyring;
}

type KnownProfile = Pick<Verified<ProfileUser>, "value" | "envelope">;

function membershipOf(identity: DeviceIdentity, file: AccountFile): Membership {
  const profile = verifyProfile(ProfileUserStruct, file.EnvelopedProfileUser).value;
  return { file, profile, keys: openKeyring(identity, file.CatalogedDevice, profile) };
}

/** Where the part is kept. */
export interface OwnPartOptions {
  readonly dir: string;
  readonly log: Log;
}

/** The part that this device has now. */
export class OwnPart {
  readonly #dir: string;
  readonly identity: DeviceIdentity;
  readonly #log: Log;
  #now: Membership;
  /** Body of the envelope that was refused last: it is offered again with every Status. */
  #refused: Uint8Array | undefined;

  private constructor({ dir, log }: OwnPartOptions, identity: DeviceIdentity, now: Membership) {
    this.#dir = dir;
    this.#log = log;
    this.identity = identity;
    this.#now = now;
  }

  /** Reads it from a directory. Errors: ERR_NO_ACCOUNT when there is none, ERR_VERIFICATION, ERR_SCHEMA. */
  static async open(options: OwnPartOptions): Promise<OwnPart> {
    const { dir } = options;
    const identity = await loadIdentity(dir);
    const file = await loadAccountFile(dir);
    if (!identity || !file) throw new MeshError("ERR_NO_ACCOUNT", `${dir} holds no account`);
    return new OwnPart(options, identity, membershipOf(identity, file));
  }

  get file(): AccountFile {
    return this.#now.file;
  }

  /** The key that service-readable entries are also sealed to. */
  get serviceEncryption(): PublicKey {
    return publicKeyOf(this.#service.ServiceEncryption);
  }

  /** The key that the service signs with. */
  get serviceSignature(): PublicKey {
    return publicKeyOf(this.#service.ServiceSignature);
  }

  get #service(): ProfileService {
    const { EnvelopedProfileService: profile, ServiceUdf: udf } = this.file;
    return verifyProfile(ProfileService, profile, udf).value;
  }

  get profile(): ProfileUser {
    return this.#now.profile;
  }

  get keys(): Keyring {
    return this.#now.keys;
  }

  /**
   * Takes an entry that the service offers. Nothing happens when it is the one in force, or older; one that is not of the administrators, or not for
   * this device, is told in the log and left. The caller holds the directory. Errors: those of the disk.
   * @returns true when keys or roles are others than before
   */
  async renew(offered: Enveloped<CatalogedDevice> | undefined): Promise<boolean> {
    if (!offered || (this.#refused !== undefined && equalBytes(this.#refused, offered.body))) return false;
    try {
      const next = this.#judge(offered);
      if (!next) return false;
      await saveAccountFile(this.#dir, next.file);
      this.#now = next;
      return true;
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      this.#refused = offered.body;
      this.#log.warn("account.entry.refused", { code: error.code, reason: error.message });
      return false;
    }
  }

  #judge(offered: Enveloped<CatalogedDevice>): Membership | undefined {
    const { file, profile, keys } = this.#now;
    const entry = openObject(CatalogedDevice, offered, [keys.encryption]);
    if (isSameActivation(entry, file.CatalogedDevice)) return undefined;
    const newest = newerProfile({ value: profile, envelope: file.EnvelopedProfileUser }, entry);
    openObject(CatalogedDevice, offered, [keys.encryption], [publicKeyOf(newest.value.AdministratorSignature)]);
    const renewed = openKeyring(this.identity, entry, newest.value);
    if (renewed.version <= keys.version) return undefined;
    return { file: { ...file, EnvelopedProfileUser: newest.envelope, CatalogedDevice: entry }, profile: newest.value, keys: renewed };
  }

  /** Takes over what another process of this device has renewed. @returns true when it has */
  async reload(): Promise<boolean> {
    const file = await loadAccountFile(this.#dir);
    if (!file || isSameActivation(file.CatalogedDevice, this.#now.file.CatalogedDevice)) return false;
    this.#now = membershipOf(this.identity, file);
    return true;
  }
}

function isSameActivation(one: CatalogedDevice, other: CatalogedDevice): boolean {
  const [a, b] = [one.EnvelopedActivationAccount?.body, other.EnvelopedActivationAccount?.body];
  return a !== undefined && b !== undefined && equalBytes(a, b);
}

/** The profile of the account that is in force: another one counts when the same root key signed it later. Errors: ERR_VERIFICATION. */
function newerProfile(known: KnownProfile, { EnvelopedProfileUser: offered }: CatalogedDevice): KnownProfile {
  if (!offered) return known;
  const other = verifyProfile(ProfileUserStruct, offered, known.value.ProfileSignature.Udf);
  const time = ({ Updated }: ProfileUser): number => (Updated === undefined ? 0 : fromDateTime(Updated));
  return time(other.value) > time(known.value) ? other : known;
}
