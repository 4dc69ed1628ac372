/** Links that open the page once, tokens, and sessions: what the owner of the machine gives out, and what it opens. */
import type { GrantedRight, OpenRequest, OpenResult, TokenAdded, TokenRequest, TokenView } from "../../api/index.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { sha256 } from "../../crypto/index.ts";
import type { NameBook } from "../../names/name-book.ts";
import { isLimited } from "../command/principal.ts";
import { called, onlyOne } from "../names/called.ts";
import type { DoorFacade } from "../routes/facade.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";
import { tokenView } from "./credential-book.ts";

/** What the door works with. */
export interface DoorOptions {
  readonly book: CredentialBook;
  /** Finds places and devices by what people call them. */
  readonly names: Pick<NameBook, "index" | "devices">;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long a link opens the page. */
export const linkSeconds = 60;
/** Links that nobody has used yet; one more ends the oldest. */
const mostLinks = 8;
/** How long a page stays signed in. */
export const pageDays = 30;
const day = 86_400_000;

/** Whom a page is signed in for. */
interface Guest {
  readonly name: string;
  /** The device of the account that asked for it. */
  readonly device?: string | undefined;
  /** The passkey that has shown who it is. */
  readonly by?: string;
}

interface Link extends Guest {
  /** On the monotonic clock. */
  readonly until: number;
}

const everything: readonly GrantedRight[] = [{ allows: "read" }, { allows: "command" }, { allows: "manage" }];

/** Who is let in. */
export class Door implements DoorFacade {
  readonly #options: DoorOptions;
  /** Digest of a link's secret -> what it is for. */
  readonly #links = new Map<string, Link>();
  #url: string | undefined;
  #fingerprint: string | undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** The page can be reached there from now on, with a certificate that has this fingerprint. */
  reached(url: string, fingerprint?: string): void {
    this.#url = url;
    this.#fingerprint = fingerprint;
  }

  open({ name = "owner" }: OpenRequest): Promise<OpenResult> {
    return this.openFor({ name });
  }

  /** A link for a device of the account: what it lets in ends with the device. */
  async openFor({ name, device }: Guest): Promise<OpenResult> {
    const { clock, random } = this.#options;
    if (this.#url === undefined) {
      throw new MeshError("ERR_CONFIG", "the page of this hub is off", {
        hint: "'mesh-hub config set web.enabled true', then start the hub again",
      });
    }
    const secret = encodeBase64url(random.bytes(32));
    for (const oldest of this.#links.keys()) {
      if (this.#links.size < mostLinks) break;
      this.#links.delete(oldest);
    }
    this.#links.set(digestOf(secret), { name, device, until: clock.monotonic() + linkSeconds * 1000 });
    return {
      url: `${this.#url}/#link=${secret}`,
      seconds: linkSeconds,
      ...(this.#fingerprint === undefined ? {} : { fingerprint: this.#fingerprint }),
    };
  }

  /** Signs a page in by the secret of a link, which is used up. Errors: ERR_NOT_AUTHORIZED, whatever is wrong with it. */
  async signIn(link: string): Promise<{ readonly credential: Credential; readonly secret: string }> {
    const { clock } = this.#options;
    const digest = digestOf(link);
    const found = this.#links.get(digest);
    this.#links.delete(digest);
    if (!found || clock.monotonic() >= found.until) {
      throw new MeshError("ERR_NOT_AUTHORIZED", "this link is used up or over", {
        hint: "'mesh-hub open' on the hub makes a new one, good for a minute",
      });
    }
    return this.letIn(found);
  }

  /** Signs a page in as somebody who has shown that he may. Errors: ERR_STORE... */
  letIn({ name, device, by }: Guest): Promise<{ readonly credential: Credential; readonly secret: string }> {
    const { book, clock } = this.#options;
    return book.add({ kind: "page", name, device, by, rights: everything, untilMs: clock.now() + pageDays * day });
  }

  /** Errors: ERR_USAGE for a right to manage a part of the house, which there is not; ERR_NOT_FOUND; those of CredentialBook. */
  async tokenAdd({ name, rights, days }: TokenRequest): Promise<TokenAdded> {
    const { book, clock } = this.#options;
    if (rights.some((right) => right.allows === "manage" && isLimited(right))) {
      throw new MeshError("ERR_USAGE", "the right to manage knows no places, classes or devices", {
        hint: "make two tokens, or leave the limits out",
      });
    }
    const resolved = rights.map((right) => this.#resolve(right));
    const untilMs = days === undefined ? undefined : clock.now() + days * day;
    const { credential, secret } = await book.add({ kind: "token", name, rights: resolved, untilMs });
    return { token: tokenView(credential), secret };
  }

  /** What the account says of its devices has changed. Errors: ERR_STORE... */
  onSync(): Promise<void> {
    return this.#options.book.prune();
  }

  async tokens(): Promise<readonly TokenView[]> {
    return this.#options.book.list().map(tokenView);
  }

  async tokenDelete(id: string): Promise<TokenView> {
    return tokenView(await this.#options.book.delete(id));
  }

  /** A right with places by key and devices by fingerprint: names change. */
  #resolve(right: GrantedRight): GrantedRight {
    const { places, devices } = right;
    return {
      ...right,
      ...(places ? { places: places.map((name) => this.#place(name)) } : {}),
      ...(devices ? { devices: devices.map((name) => this.#device(name)) } : {}),
    };
  }

  #place(name: string): string {
    const found = called(this.#options.names.index.places.values(), name, ({ key }) => key);
    return onlyOne(found, { none: `no place ${name}`, many: `places are called ${name}` }).key;
  }

  #device(name: string): string {
    const found = called(this.#options.names.devices(), name, ({ udf }) => udf);
    return onlyOne(found, { none: `no device ${name}`, many: `devices are called ${name}` }).udf;
  }
}

function digestOf(secret: string): string {
  return encodeBase64url(sha256(utf8(secret)));
}
