/**
 * Who may come in over the web: tokens of programs, pages that are signed in, and passkeys, which sign pages in. Secrets are 256 random bits, so that a plain
 * digest hides them; they are shown once, and what is on disk (web.json, 0600) lets nobody in.
 */
import { join } from "node:path";
import * as v from "valibot";
import type { GrantedRight, TokenView } from "../../api/index.ts";
import { grantedRight } from "../../api/index.ts";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import { sha256 } from "../../crypto/index.ts";
import type { GrantPasskey } from "../../schema/index.ts";
import type { Principal } from "../command/principal.ts";

const credential = v.strictObject({
  id: v.string(),
  kind: v.picklist(["token", "page", "passkey"]),
  name: v.string(),
  /** Base64url of the secret's SHA-256; empty for a passkey, whose secret is with its authenticator. */
  digest: v.string(),
  /** Of a passkey: the name that it is bound to, its COSE key in base64url, and how often its authenticator says that it was used. */
  passkey: v.optional(v.object({ rp: v.string(), publicKey: v.string(), counter: v.number() })),
  /** Of a page: the id of the passkey that it has added or was signed in by. */
  by: v.optional(v.string()),
  rights: v.array(grantedRight),
  /** The device of the account that asked for the link which let it in: it counts as long as that one may. */
  device: v.optional(v.string()),
  /** Milliseconds since 1970. */
  created: v.number(),
  until: v.optional(v.number()),
});
export type Credential = v.InferOutput<typeof credential>;
const content = v.strictObject({ version: v.literal(1), credentials: v.array(credential) });

/** More than a house has; the file is written whole. */
export const mostTokens = 64;
/** Pages that are signed in; beyond them the oldest is signed out. */
export const mostPages = 32;
/** Passkeys of a household. */
export const mostPasskeys = 32;
/** What tells a token from other secrets, for those who search files for what leaked. */
export const tokenPrefix = "mht_";
const secretOctets = 32;

/** What makes a credential. */
export interface NewCredential {
  readonly kind: "token" | "page";
  readonly name: string;
  readonly rights: readonly GrantedRight[];
  readonly untilMs?: number | undefined;
  readonly device?: string | undefined;
  /** Of a page that a passkey has signed in. */
  readonly by?: string | undefined;
}

/** Whether a device of the account may let a page in. */
export type MayLetIn = (deviceUdf: string) => boolean;

/** What a book is opened with. */
export interface CredentialBookOptions {
  readonly dir: string;
  readonly mayLetIn: MayLetIn;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The credentials of a hub. */
export class CredentialBook {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #mayLetIn: MayLetIn;
  readonly #turns = new Mutex();
  readonly #ended = new Listeners<string>();
  #all: readonly Credential[];

  private constructor(options: CredentialBookOptions & { readonly path: string }, all: readonly Credential[]) {
    this.#path = options.path;
    this.#mayLetIn = options.mayLetIn;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#all = all;
  }

  /** Opens the book of a directory; one that cannot be read is kept aside, and nobody is let in by it. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(options: CredentialBookOptions): Promise<CredentialBook> {
    const path = join(options.dir, "web.json");
    const octets = await readFileIfExists(path);
    try {
      const all = octets === undefined ? [] : v.parse(content, JSON.parse(fromUtf8(octets))).credentials;
      return new CredentialBook({ ...options, path }, all);
    } catch (error) {
      options.log.error("web.credentials.damaged", { path, reason: asMeshError(error).message });
      const place = keptPlace(path);
      if (place !== undefined) await moveAside(path, place);
      return new CredentialBook({ ...options, path }, []);
    }
  }

  /** Tokens and pages that count now. */
  list(): readonly Credential[] {
    const now = this.#clock.now();
    return this.#all.filter((each) => (each.until === undefined || now < each.until) && this.#isLetIn(each));
  }

  /** Ends what devices have let in that may not any more: at a removal, or when a device's roles are others. Errors: ERR_STORE... */
  prune(): Promise<void> {
    return this.#turns.run(async () => {
      const over = this.#all.filter((each) => !this.#isLetIn(each));
      if (over.length === 0) return;
      try {
        await this.#write(this.#all.filter((each) => !over.includes(each)));
      } catch (error) {
        // What is under way ends all the same.
        for (const { id } of over) this.#ended.tell(id);
        throw error;
      }
    });
  }

  #isLetIn({ device }: Credential): boolean {
    return device === undefined || this.#mayLetIn(device);
  }

  /** Told of the id of each credential that was ended. */
  onEnded(listener: (id: string) => void): () => void {
    return this.#ended.add(listener);
  }

  /** Whose secret it is; undefined for nobody's. */
  find(secret: string): Credential | undefined {
    // Digests are compared, so how long it takes tells nothing of a secret.
    const digest = digestOf(secret);
    return this.list().find((each) => each.kind !== "passkey" && each.digest === digest);
  }

  /** A new credential, on disk when this resolves, and its secret, which is kept nowhere. Errors: ERR_EXISTS for a second token of a name, ERR_QUOTA, ERR_STORE... */
  add({ kind, name, rights, untilMs, device, by }: NewCredential): Promise<{ readonly credential: Credential; readonly secret: string }> {
    return this.#turns.run(async () => {
      const kept = [...this.list()];
      const alike = kept.filter((each) => each.kind === kind);
      if (kind === "token" && alike.some((each) => each.name === name)) throw new MeshError("ERR_EXISTS", `there is a token ${name}`);
      if (kind === "token" && alike.length >= mostTokens) {
        throw new MeshError("ERR_QUOTA", `this hub has ${mostTokens} tokens, and takes no more`, { hint: "end one with 'mesh-hub token delete'" });
      }
      const [oldest] = alike.length >= mostPages && kind === "page" ? alike : [];
      const secret = `${kind === "token" ? tokenPrefix : ""}${encodeBase64url(this.#random.bytes(secretOctets))}`;
      const made: Credential = {
        id: encodeBase64url(this.#random.bytes(9)),
        kind,
        name,
        digest: digestOf(secret),
        rights: [...rights],
        created: this.#clock.now(),
        ...(untilMs === undefined ? {} : { until: untilMs }),
        ...(device === undefined ? {} : { device }),
        ...(by === undefined ? {} : { by }),
      };
      await this.#write([...kept.filter((each) => each !== oldest), made]);
      return { credential: made, secret };
    });
  }

  /** A new passkey of a page, on disk when this resolves. Errors: ERR_EXISTS, ERR_QUOTA, ERR_STORE... */
  addPasskey({
    id,
    page,
    name,
    device,
    passkey,
  }: {
    readonly id: string;
    /** Id of the page that adds it. */
    readonly page?: string;
    readonly name: string;
    readonly device?: string | undefined;
    readonly passkey: NonNullable<Credential["passkey"]>;
  }): Promise<Credential> {
    return this.#turns.run(async () => {
      const kept = [...this.list()];
      const alike = kept.filter(({ kind }) => kind === "passkey");
      if (alike.some((each) => each.id === id)) throw new MeshError("ERR_EXISTS", "this passkey is known already");
      if (alike.length >= mostPasskeys)
        throw new MeshError("ERR_QUOTA", `this hub knows ${mostPasskeys} passkeys, and takes no more`, {
          hint: "end one with 'mesh-hub token delete'",
        });
      const opened = device === undefined ? {} : { device };
      const made: Credential = { id, kind: "passkey", name, digest: "", rights: [], created: this.#clock.now(), passkey, ...opened };
      await this.#write([...kept.map((each) => (each.id === page && each.kind === "page" ? { ...each, by: id } : each)), made]);
      return made;
    });
  }

  /** The passkey of a page, while it is known. */
  passkeyOf(page: string): (Credential & Required<Pick<Credential, "passkey">>) | undefined {
    const all = this.list();
    const by = all.find(({ id, kind }) => id === page && kind === "page")?.by;
    const found = by === undefined ? undefined : all.find(({ id, kind }) => id === by && kind === "passkey");
    return found?.passkey ? { ...found, passkey: found.passkey } : undefined;
  }

  /** What the authenticator of a passkey says of its use is kept: one that says less was copied. */
  passkeyUsed(id: string, counter: number): Promise<void> {
    return this.#turns.run(async () => {
      const found = this.list().find((each) => each.id === id && each.kind === "passkey");
      if (!found?.passkey || found.passkey.counter === counter) return;
      const used = { ...found, passkey: { ...found.passkey, counter } };
      await this.#write(this.list().map((each) => (each === found ? used : each)));
    });
  }

  /** Ends one, by id or, for a token, by name. Errors: ERR_NOT_FOUND, ERR_STORE... */
  delete(name: string): Promise<Credential> {
    return this.#turns.run(async () => {
      const found = this.list().find((each) => each.id === name || (each.kind === "token" && each.name === name));
      if (!found) throw new MeshError("ERR_NOT_FOUND", `no token ${name}`, { hint: "'mesh-hub token list' shows them" });
      await this.#write(this.list().filter((each) => each !== found));
      return found;
    });
  }

  /** Writes the book, and tells of all that it has no more, whatever it was written for. */
  async #write(all: readonly Credential[]): Promise<void> {
    await writeFileAtomic(this.#path, utf8(`${JSON.stringify({ version: 1, credentials: all }, null, 2)}\n`));
    const kept = new Set(all.map(({ id }) => id));
    const gone = this.#all.filter(({ id }) => !kept.has(id));
    this.#all = all;
    for (const { id } of gone) this.#ended.tell(id);
  }
}

/** The passkey of a page as an administration device keeps it. */
export function passkeyOf(book: Pick<CredentialBook, "passkeyOf">, page: string): GrantPasskey | undefined {
  const found = book.passkeyOf(page);
  const [id, key] = [found?.id, found?.passkey.publicKey].map((text) => decodeBase64url(text ?? ""));
  if (!found || !id || !key) return undefined;
  return {
    CredentialId: id,
    PublicKey: key,
    LocalName: found.name,
    RelyingParty: found.passkey.rp,
    ...(found.device === undefined ? {} : { DeviceUdf: found.device }),
  };
}

/** A credential as the interface shows it. */
export function tokenView({ id, kind, name, rights, created, until }: Credential): TokenView {
  return { id, kind, name, rights, created: dateTime(created), ...(until === undefined ? {} : { until: dateTime(until) }) };
}

/** Whoever has the secret of a credential, as orders and the log name him. */
export function webPrincipal({ id, kind, name, rights, until }: Credential): Principal {
  const end = until === undefined || kind === "page" ? {} : { until };
  return {
    kind: kind === "token" ? "token" : "page",
    id,
    name: `${name} (${kind})`,
    from: "house",
    rights: rights.map((right) => ({ ...right, ...end })),
  };
}

function digestOf(secret: string): string {
  return encodeBase64url(sha256(utf8(secret)));
}
