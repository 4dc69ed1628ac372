/**
 * Invitations to make an account: a file each under `invitations/`, named by a MAC of the service's UDF under the secret, so that the disk
 * holds nothing that invites and an invitation serves one service. Files, because whoever runs the service makes and revokes them while it runs.
 * A used one stays until it would have expired and longer, as a record, and lets the same account ask again after a lost answer.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime as formatTime } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/field.ts";
import { dateTime, optional, string, struct } from "../../codec/field.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import { labelledMac, newPin, parseUdf } from "../../crypto/index.ts";
import type { Applicant } from "./policy.ts";

/** What is kept of an invitation. */
export interface Invitation {
  readonly Made: string;
  readonly Expires: string;
  /** The only address that it is for. */
  readonly AccountAddress?: string;
  /** Who used it. */
  readonly UsedBy?: string;
  readonly UsedByUdf?: string;
}
const Invitation: Struct<Invitation> = struct<Invitation>("Invitation", {
  Made: dateTime,
  Expires: dateTime,
  AccountAddress: optional(string),
  UsedBy: optional(string),
  UsedByUdf: optional(string),
});

/** An invitation as it is listed. */
export interface ListedInvitation extends Invitation {
  readonly id: string;
}

const idLength = 40;
const fileName = /^([0-9a-f]{40})\.json$/;
/** Records of used and expired ones are kept so long after their end. */
const keptMs = 90 * 24 * 3600_000;

/** The invitations of one service. */
export class InvitationBook {
  readonly #dir: string;
  readonly #serviceUdf: string;
  readonly #clock: Clock;
  readonly #turn = new Mutex();

  constructor(options: { readonly dir: string; readonly serviceUdf: string; readonly clock: Clock }) {
    this.#dir = join(options.dir, "invitations");
    this.#serviceUdf = options.serviceUdf;
    this.#clock = options.clock;
  }

  /** Makes an invitation. @returns the secret to hand over; it is kept nowhere */
  async make(options: {
    readonly random: Random;
    readonly lifetimeMs: number;
    readonly address?: string;
  }): Promise<{ code: string; expires: string }> {
    const { random, lifetimeMs, address } = options;
    await makeDirectory(this.#dir);
    const code = newPin(random);
    const now = this.#clock.now();
    const expires = formatTime(now + lifetimeMs);
    await this.#write(this.#idOf(code), {
      Made: formatTime(now),
      Expires: expires,
      ...(address === undefined ? {} : { AccountAddress: address }),
    });
    return { code, expires };
  }

  /** Uses an invitation up for an account; the same account may use it again. ERR_NOT_INVITED: unknown, expired, used, for another address. */
  use(code: string, { address, accountUdf }: Pick<Applicant, "address" | "accountUdf">): Promise<void> {
    return this.#turn.run(async () => {
      const refuse = (why: string): never => {
        throw new MeshError("ERR_NOT_INVITED", why);
      };
      const id = this.#idOf(code);
      const found = (await this.#read(id)) ?? refuse("the service does not know this invitation: it is mistyped, revoked, or of another service");
      if (found.UsedBy === address && found.UsedByUdf === accountUdf) return;
      if (found.UsedBy !== undefined) refuse("this invitation was used already: each makes one account");
      if (Date.parse(found.Expires) <= this.#clock.now()) refuse(`this invitation expired on ${found.Expires}`);
      if (found.AccountAddress !== undefined && found.AccountAddress !== address) refuse(`this invitation is for another address than ${address}`);
      await this.#write(id, { ...found, UsedBy: address, UsedByUdf: accountUdf });
    });
  }

  /** All of them, oldest first; records that have served their time are removed. */
  async list(): Promise<readonly ListedInvitation[]> {
    const found: ListedInvitation[] = [];
    for (const id of await this.#ids()) {
      const invitation = await this.#read(id);
      if (invitation === undefined) continue;
      if (Date.parse(invitation.Expires) + keptMs < this.#clock.now()) await rm(this.#path(id), { force: true });
      else found.push({ id, ...invitation });
    }
    return found.sort((a, b) => a.Made.localeCompare(b.Made));
  }

  /** Takes back the invitation whose identifier begins so. ERR_NOT_FOUND, ERR_AMBIGUOUS; ERR_USAGE for one that was used. */
  async revoke(beginning: string): Promise<ListedInvitation> {
    const ids = /^[0-9a-f]{4,40}$/.test(beginning) ? (await this.#ids()).filter((id) => id.startsWith(beginning)) : [];
    const [id] = ids;
    if (ids.length > 1) throw new MeshError("ERR_AMBIGUOUS", `${ids.length} invitations begin with ${beginning}`, { hint: "give more of it" });
    const invitation = id === undefined ? undefined : await this.#read(id);
    if (id === undefined || invitation === undefined)
      throw new MeshError("ERR_NOT_FOUND", `no invitation ${JSON.stringify(beginning)}`, { hint: "see 'mesh-service invite list'" });
    if (invitation.UsedBy !== undefined) throw new MeshError("ERR_USAGE", `${invitation.UsedBy} has used it already`);
    await rm(this.#path(id), { force: true });
    return { id, ...invitation };
  }

  async #ids(): Promise<readonly string[]> {
    await makeDirectory(this.#dir);
    return (await readdir(this.#dir)).flatMap((name) => fileName.exec(name)?.[1] ?? []);
  }

  async #read(id: string): Promise<Invitation | undefined> {
    const octets = await readFileIfExists(this.#path(id));
    return octets && decodeObject(Invitation, octets);
  }

  #write(id: string, invitation: Invitation): Promise<void> {
    return writeFileAtomic(this.#path(id), encodeObject(Invitation, invitation), { mode: 0o600 });
  }

  #path(id: string): string {
    return join(this.#dir, `${id}.json`);
  }

  #idOf(code: string): string {
    try {
      return toHex(labelledMac(parseUdf(code).data, "mmm/hub/invitation", utf8(this.#serviceUdf))).slice(0, idLength);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      throw new MeshError("ERR_NOT_INVITED", "this is no invitation: it is made of groups of four letters and digits, like a PIN", { cause: error });
    }
  }
}
