/**
 * A device's part in its account: profile, roles and keys, kept in account.json. The service hands over the device's own entry with every Status,
 * sealed to the device and signed by the account's administrators: a newer one brings other keys or roles, and may bring a newer profile.
 * extensions §5-6.
 */

import { join } from "node:path";
import { readFileIfExists } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { isAboutContent } from "../../dare/index.ts";
import type { Enveloped, ProfileUser, Verified } from "../../schema/index.ts";
import {
  CatalogedDevice,
  isNewerProfile,
  openObject,
  ProfileService,
  ProfileUser as ProfileUserStruct,
  publicKeyOf,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountFile } from "./account-file.ts";
import { accountFileName, loadAccountFile, saveAccountFile } from "./account-file.ts";
import type { DeviceIdentity } from "./device-identity.ts";
import { loadIdentity } from "./device-identity.ts";
import type { Keyring, KnownKeys } from "./keyring.ts";
import { openKeyring } from "./keyring.ts";

interface Membership {
  readonly file: AccountFile;
  readonly profile: ProfileUser;
  readonly keys: Keyring;
}

type KnownProfile = Pick<Verified<ProfileUser>, "value" | "envelope">;

function membershipOf(identity: DeviceIdentity, file: AccountFile, known: KnownKeys): Membership {
  const profile = verifyProfile(ProfileUserStruct, file.EnvelopedProfileUser).value;
  return { file, profile, keys: openKeyring(identity, file.CatalogedDevice, profile, known) };
}

/** What a service hands out of the account to a device. */
export interface Offered {
  readonly profile?: Enveloped<ProfileUser> | undefined;
  readonly entry?: Enveloped<CatalogedDevice> | undefined;
}

const mostRefused = 2;

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
  /** Bodies of the envelopes that were refused last, and of those that say nothing beyond what is in force: they are offered again with every Status. */
  #refused: readonly Uint8Array[] = [];
  #nothingNew: readonly Uint8Array[] = [];
  /** The file as it was read last. */
  #read: Uint8Array | undefined;
  /** The profile of the service as it was verified last. */
  #verified: { readonly profile: AccountFile["EnvelopedProfileService"]; readonly value: ProfileService } | undefined;

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
    return new OwnPart(options, identity, membershipOf(identity, file, { isOwnFile: true }));
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
    if (this.#verified?.profile !== profile) this.#verified = { profile, value: verifyProfile(ProfileService, profile, udf).value };
    return this.#verified.value;
  }

  get profile(): ProfileUser {
    return this.#now.profile;
  }

  get keys(): Keyring {
    return this.#now.keys;
  }

  /**
   * Takes what the service offers: the account's profile, and this device's entry. Nothing happens for those in force, and older ones; what is not
   * of the account's root key or of its administrators, or not for this device, is told in the log and left. The caller holds the directory.
   * Errors: those of the disk.
   * @returns true when keys or roles are others than before
   */
  async renew(offered: Offered): Promise<boolean> {
    const isRenewed = await this.#take(offered.profile, (profile) => this.#judgeProfile(profile));
    return (await this.#take(offered.entry, (entry) => this.#judgeEntry(entry))) || isRenewed;
  }

  async #take<T>(offered: Enveloped<T> | undefined, judge: (offered: Enveloped<T>) => Membership | undefined): Promise<boolean> {
    if (!offered || [...this.#refused, ...this.#nothingNew].some((body) => equalBytes(body, offered.body))) return false;
    try {
      const next = judge(offered);
      if (!next) {
        this.#nothingNew = [...this.#nothingNew, offered.body].slice(-mostRefused);
        return false;
      }
      await saveAccountFile(this.#dir, next.file);
      this.#become(next);
      return true;
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      this.#refused = [...this.#refused, offered.body].slice(-mostRefused);
      this.#log.warn("account.entry.refused", { code: error.code, reason: error.message });
      return false;
    }
  }

  #judgeProfile(offered: Enveloped<ProfileUser>): Membership | undefined {
    const { file, keys } = this.#now;
    if (equalBytes(offered.body, file.EnvelopedProfileUser.body)) return undefined;
    const newest = newerProfile(this.#known(), offered);
    if (newest.envelope !== offered) return undefined;
    return membershipOf(this.identity, { ...file, EnvelopedProfileUser: newest.envelope }, { before: keys });
  }

  #judgeEntry(offered: Enveloped<CatalogedDevice>): Membership | undefined {
    const { file, keys } = this.#now;
    const entry = openObject(CatalogedDevice, offered, [keys.encryption]);
    if (isSameActivation(entry, file.CatalogedDevice)) return undefined;
    const newest = newerProfile(this.#known(), entry.EnvelopedProfileUser);
    openObject(CatalogedDevice, offered, [keys.encryption], [publicKeyOf(newest.value.AdministratorSignature)]);
    const renewed = openKeyring(this.identity, entry, newest.value, { before: keys });
    if (renewed.version <= keys.version) return undefined;
    return { file: { ...file, EnvelopedProfileUser: newest.envelope, CatalogedDevice: entry }, profile: newest.value, keys: renewed };
  }

  #known(): KnownProfile {
    return { value: this.#now.profile, envelope: this.#now.file.EnvelopedProfileUser };
  }

  /** Takes over what another process of this device has renewed. @returns true when it has */
  async reload(): Promise<boolean> {
    const octets = await readFileIfExists(join(this.#dir, accountFileName));
    if (octets && this.#read && equalBytes(octets, this.#read)) return false;
    const file = await loadAccountFile(this.#dir);
    if (!file) return false;
    const isRenewed = !this.#isInForce(file);
    if (isRenewed) this.#become(membershipOf(this.identity, file, { before: this.keys }));
    // Only now: what is refused is read again, and refused again.
    this.#read = octets;
    return isRenewed;
  }

  #isInForce({ EnvelopedProfileUser, CatalogedDevice: entry }: AccountFile): boolean {
    const { file } = this.#now;
    return equalBytes(EnvelopedProfileUser.body, file.EnvelopedProfileUser.body) && isSameActivation(entry, file.CatalogedDevice);
  }

  #become(next: Membership): void {
    this.#now = next;
    this.#nothingNew = [];
  }
}

function isSameActivation(one: CatalogedDevice, other: CatalogedDevice): boolean {
  const [a, b] = [one.EnvelopedActivationAccount?.body, other.EnvelopedActivationAccount?.body];
  return a !== undefined && b !== undefined && equalBytes(a, b);
}

/** The profile of the account that is in force. Errors: ERR_VERIFICATION for one of another root key. */
function newerProfile(known: KnownProfile, offered: Enveloped<ProfileUser> | undefined): KnownProfile {
  if (!offered) return known;
  const other = verifyProfile(ProfileUserStruct, offered, known.value.ProfileSignature.Udf);
  return isNewerProfile(other.value, known.value) ? other : known;
}
