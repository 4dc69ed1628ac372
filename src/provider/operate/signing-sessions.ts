/**
 * Open signing sessions: the service has told its commitments for one digest and waits for the second round. One for each capability, the newest;
 * a session answers its own caller once, in time, for its digest, and is out of reach before anything is computed. Sessions live in memory alone:
 * after a restart nobody can answer them. test/model/signing-session.pml states these rules for spin.
 */
import { equalBytes, toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { FrostCommitment, FrostSigner } from "../../crypto/index.ts";
import type { Limits } from "../limits.ts";

/** What a session is of, and what it answers with. */
export interface SigningSession {
  /** Link key of who opened it. */
  readonly linkUdf: string;
  readonly digest: Uint8Array;
  /** Holds this session's nonces and no others. */
  readonly signer: FrostSigner;
  readonly commitment: FrostCommitment;
}

interface Open extends SigningSession {
  readonly id: string;
  /** Of the monotonic clock. */
  readonly end: number;
}

/** The sessions of a service. */
export class SigningSessions {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #random: Random;
  /** By account and capability. */
  readonly #accounts = new Map<string, Map<string, Open>>();

  constructor(options: { readonly limits: Limits; readonly clock: Clock; readonly random: Random }) {
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Opens a session and burns the one that the capability had. Gives its name. ERR_QUOTA, ERR_BUSY. */
  open(account: string, keyId: string, session: SigningSession): string {
    this.#burn(account, keyId);
    this.#requireRoom(account);
    const id = toHex(this.#random.bytes(16));
    const sessions = this.#accounts.get(account) ?? new Map<string, Open>();
    sessions.set(keyId, { ...session, id, end: this.#clock.monotonic() + this.#limits.signMs });
    this.#accounts.set(account, sessions);
    return id;
  }

  /** Takes a session out, whoever asks for it rightly: whatever comes of it, it answers nobody any more. ERR_REPLAY; ERR_VERIFICATION for another digest. */
  take(account: string, keyId: string, asked: { readonly id: string; readonly linkUdf: string; readonly digest: Uint8Array }): SigningSession {
    const open = this.#accounts.get(account)?.get(keyId);
    const isOpen = open !== undefined && open.id === asked.id && open.linkUdf === asked.linkUdf && this.#clock.monotonic() < open.end;
    if (!isOpen) throw new MeshError("ERR_REPLAY", "this signing session is not open", { hint: "begin again with the first round" });
    this.#remove(account, keyId);
    if (equalBytes(open.digest, asked.digest)) return open;
    open.signer.wipe();
    throw new MeshError("ERR_VERIFICATION", "the session was opened for another body");
  }

  /** Burns what is over. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [account, sessions] of this.#accounts) for (const [keyId, { end }] of sessions) if (end <= now) this.#burn(account, keyId);
  }

  /** Burns everything. */
  close(): void {
    for (const [account, sessions] of this.#accounts) for (const keyId of sessions.keys()) this.#burn(account, keyId);
  }

  #requireRoom(account: string): void {
    const { signSessionsEach, signSessions } = this.#limits;
    const isFull = (): boolean => (this.#accounts.get(account)?.size ?? 0) >= signSessionsEach || this.#size >= signSessions;
    if (isFull()) this.sweep();
    if ((this.#accounts.get(account)?.size ?? 0) >= signSessionsEach)
      throw new MeshError("ERR_QUOTA", `${signSessionsEach} signing sessions of this account are open`, {
        detail: { quota: { limit: signSessionsEach } },
      });
    if (this.#size >= signSessions) throw new MeshError("ERR_BUSY", `${signSessions} signing sessions are open at this service`);
  }

  get #size(): number {
    let size = 0;
    for (const sessions of this.#accounts.values()) size += sessions.size;
    return size;
  }

  #burn(account: string, keyId: string): void {
    this.#accounts.get(account)?.get(keyId)?.signer.wipe();
    this.#remove(account, keyId);
  }

  #remove(account: string, keyId: string): void {
    const sessions = this.#accounts.get(account);
    sessions?.delete(keyId);
    if (sessions?.size === 0) this.#accounts.delete(account);
  }
}
