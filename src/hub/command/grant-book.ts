/**
 * The grants of the account as this hub goes by them: what an administration device has written into MMM_Grant, for every hub or for this one.
 * A principal is good for one request: who asks again is looked up again, so that a grant that was taken back counts for nothing from the next sync on.
 */
import type { AccountContext } from "../../account/hub.ts";
import { equalBytes } from "../../base/bytes.ts";
import { decodeBase64url } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";
import type { CatalogedGrant, GrantKind } from "../../schema/index.ts";
import { grantCatalog } from "../../schema/index.ts";
import type { Principal } from "./principal.ts";
import { grantPrincipal } from "./principal.ts";

/** What grants are read from. */
export type GrantAccount = Pick<AccountContext, "deviceUdf" | "keys" | "list" | "heads">;

/** Grants that are looked at; an account does not need more, and each request goes through them. */
const mostGrants = 4096;

/** The grants. */
export class GrantBook {
  readonly #account: GrantAccount;
  #read: { readonly at: string; readonly grants: readonly CatalogedGrant[] } | undefined;

  constructor(account: GrantAccount) {
    this.#account = account;
  }

  /** Those for this hub, ended ones too. None in an account whose administrator has not made the store yet. */
  list(): readonly CatalogedGrant[] {
    const account = this.#account;
    if (!account.keys.storeKeys.has(grantCatalog.label)) return [];
    const head = account.heads().find(({ Store }) => Store === grantCatalog.label);
    const at = `${head?.Epoch ?? 0} ${head?.Index ?? -1}`;
    if (this.#read?.at !== at) {
      const grants = account
        .list(grantCatalog)
        .filter(({ key, value }) => value.Key === key)
        .map(({ value }) => value);
      this.#read = { at, grants: grants.filter(({ HubUdf }) => HubUdf === undefined || HubUdf === account.deviceUdf).slice(0, mostGrants) };
    }
    return this.#read.grants;
  }

  /** The holder of a grant by its key. @param kind only when it is of this kind */
  holder(key: string, { kind, from }: { readonly kind: GrantKind; readonly from: Principal["from"] }): Principal | undefined {
    const grant = this.list().find(({ Key, Kind }) => Key === key && Kind === kind);
    return grant && grantPrincipal(grant, from);
  }

  /** Whether a passkey, by its credential id in base64url, may sign what is asked for at this hub's page. */
  signs(passkey: string): boolean {
    const id = decodeBase64url(passkey);
    const signing = this.list().filter(({ Kind, HubUdf }) => Kind === "page" && HubUdf === this.#account.deviceUdf);
    return id !== undefined && signing.some(({ Passkeys = [] }) => Passkeys.some(({ CredentialId }) => equalBytes(CredentialId, id)));
  }

  /** Whoever shows the token of a grant, or of a guest: its octets, of which the grant has the digest. */
  bearer(token: Uint8Array, from: Principal["from"]): Principal | undefined {
    const digest = sha512(token);
    const grant = this.list().find(
      ({ Kind, SecretDigest }) => (Kind === "token" || Kind === "guest") && SecretDigest !== undefined && equalBytes(SecretDigest, digest),
    );
    return grant && grantPrincipal(grant, from);
  }
}
