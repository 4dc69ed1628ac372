/**
 * What the owner of the machine has decided about Home Assistant: its login at the hub's broker, and the devices that it sees. The password is 256 random
 * bits, so that a plain digest hides it; it is shown once, and what is on disk (home-assistant.json, 0600) lets nobody in.
 */
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { sha256 } from "../../crypto/index.ts";

/** Devices that the list takes. */
export const mostShared = 1024;

const login = v.strictObject({ username: v.string(), digest: v.string(), created: v.number() });
const content = v.strictObject({
  version: v.literal(1),
  login: v.optional(login),
  devices: v.pipe(v.array(v.string()), v.maxLength(mostShared)),
});
type Content = v.InferOutput<typeof content>;

/** What it is opened with. */
export interface ShareBookOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A new login. */
export interface NewLogin {
  readonly username: string;
  /** Kept nowhere. */
  readonly password: string;
}

/** The decisions. */
export class ShareBook {
  readonly #path: string;
  readonly #options: ShareBookOptions;
  readonly #turns = new Mutex();
  #content: Content;

  private constructor(path: string, options: ShareBookOptions, found: Content) {
    this.#path = path;
    this.#options = options;
    this.#content = found;
  }

  /** Opens the book of a directory; one that cannot be read is kept aside: nobody is let in by it, and nothing is shared. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(options: ShareBookOptions): Promise<ShareBook> {
    const path = join(options.dir, "home-assistant.json");
    const octets = await readFileIfExists(path);
    const none: Content = { version: 1, devices: [] };
    try {
      return new ShareBook(path, options, octets === undefined ? none : v.parse(content, JSON.parse(fromUtf8(octets))));
    } catch (error) {
      options.log.error("home_assistant.book_damaged", { path, reason: asMeshError(error).message });
      const place = keptPlace(path);
      if (place !== undefined) await moveAside(path, place);
      return new ShareBook(path, options, none);
    }
  }

  /** User name of the login, if there is one. */
  get username(): string | undefined {
    return this.#content.login?.username;
  }

  /** Fingerprints of the devices on the list. */
  get devices(): readonly string[] {
    return this.#content.devices;
  }

  /** True for the login of Home Assistant. */
  admits({ username, password }: { readonly username?: string | undefined; readonly password?: Uint8Array | undefined }): boolean {
    const known = this.#content.login;
    // Digests are compared, so how long it takes tells nothing of the password.
    return known !== undefined && password !== undefined && username === known.username && digestOf(password) === known.digest;
  }

  /** A new login in the place of any before; its name is new, too, so that who is connected by the old one has no rights from here on. */
  connect(): Promise<NewLogin> {
    return this.#turns.run(async () => {
      const { random, clock } = this.#options;
      const username = `home-assistant-${Buffer.from(random.bytes(3)).toString("hex")}`;
      const password = encodeBase64url(random.bytes(32));
      await this.#write({ ...this.#content, login: { username, digest: digestOf(utf8(password)), created: clock.now() } });
      return { username, password };
    });
  }

  /** Ends the login; what is shared stays on the list. Errors: ERR_NOT_FOUND when there is none. */
  disconnect(): Promise<void> {
    return this.#turns.run(async () => {
      const { login: ended, ...rest } = this.#content;
      if (!ended) throw new MeshError("ERR_NOT_FOUND", "Home Assistant is not connected", { hint: "'mesh-hub ha connect' makes its login" });
      await this.#write(rest);
    });
  }

  /** Puts devices on the list or takes them off. Errors: ERR_QUOTA, ERR_STORE. */
  share(udfs: readonly string[], isShared: boolean): Promise<void> {
    return this.#turns.run(async () => {
      const others = this.#content.devices.filter((udf) => !udfs.includes(udf));
      const devices = isShared ? [...others, ...udfs] : others;
      if (devices.length > mostShared) throw new MeshError("ERR_QUOTA", `Home Assistant sees at most ${mostShared} devices of the list`);
      await this.#write({ ...this.#content, devices });
    });
  }

  async #write(next: Content): Promise<void> {
    await writeFileAtomic(this.#path, utf8(`${JSON.stringify(next, null, 2)}\n`));
    this.#content = next;
  }
}

function digestOf(secret: Uint8Array): string {
  return encodeBase64url(sha256(secret));
}
