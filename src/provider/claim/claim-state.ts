/**
 * Who has claimed a publication (extensions §3.6). A claim is provisional for a day; the device's ClaimConfirm locks it to an account, also
 * over somebody else's provisional claim, because the device knows who connected it; only the claimant gives it back.
 * A MessageId serves once, so neither an old claim nor an old confirmation can be used again after a release.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { ClaimConfirm, MessageClaim } from "../../schema/index.ts";

/** The claim in force. */
export interface Claim {
  readonly messageId: string;
  readonly accountUdf: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly isLocked: boolean;
  /** Index of the MessageClaim in the publisher's Local spool. */
  readonly index: number;
}

/** A verified claim message. */
export interface ClaimEvent {
  readonly claim: MessageClaim;
  readonly accountUdf: string;
}

/** A claim or a release as it is remembered. */
export interface FiledClaim {
  readonly messageId: string;
  readonly isRelease: boolean;
  readonly accountUdf: string;
}

/** How many claims and releases of one publication are filed within `strangerMs`. */
export interface ClaimRoom {
  readonly strangerMs: number;
  /** Without the device's word: of all, and of one account. */
  readonly claimsPerPublication: number;
  readonly claimsEach: number;
  /** With it, or from whom the claim is locked to. */
  readonly claimsConfirmed: number;
}

interface Filed {
  readonly messageId: string;
  readonly accountUdf: string;
  readonly time: number;
  hasWord: boolean;
}

/** Claims of one publication, rebuilt from the spool in its order. */
export class ClaimState {
  readonly #provisionalMs: number;
  readonly #used = new Set<string>();
  readonly #filed: Filed[] = [];
  #claim: Claim | undefined;

  constructor(provisionalMs: number) {
    this.#provisionalMs = provisionalMs;
  }

  /** The claim in force at a time. */
  at(now: number): Claim | undefined {
    const claim = this.#claim;
    return claim !== undefined && (claim.isLocked || now < claim.time + this.#provisionalMs) ? claim : undefined;
  }

  /**
   * Judges a claim or a release; `confirm` is the device's word that came with it.
   * `same`: it is in force already. Errors: ERR_CODE_CLAIMED (with the date alone), ERR_REPLAY.
   */
  judgeClaim({ claim, accountUdf }: ClaimEvent, confirm: ClaimConfirm | undefined, now: number): "same" | "new" {
    const held = this.at(now);
    const isOwn = held?.accountUdf === accountUdf;
    if (claim.Release === true) {
      if (this.#used.has(claim.MessageId)) return "same";
      if (!isOwn) throw held === undefined ? new MeshError("ERR_NOT_FOUND", "there is no claim to release") : claimed(held);
      return "new";
    }
    if (isOwn && held.messageId === claim.MessageId) return "same";
    if (held !== undefined && !isOwn && (held.isLocked || confirm === undefined)) throw claimed(held);
    if (this.#used.has(claim.MessageId)) throw new MeshError("ERR_REPLAY", `claim ${claim.MessageId} was used before`);
    // A claim that is held already is not filed again, or one account could fill the spool; with the device's word it replaces the other.
    return isOwn && (held.isLocked || confirm === undefined) ? "same" : "new";
  }

  /** Refuses what would be one claim or release too many in the publisher's spool. ERR_QUOTA with the figure. */
  checkRoom({ accountUdf }: ClaimEvent, options: { readonly hasWord: boolean; readonly now: number; readonly room: ClaimRoom }): void {
    const { now, room } = options;
    const held = this.at(now);
    const hasWord = options.hasWord || (held?.isLocked === true && held.accountUdf === accountUdf);
    const recent = this.#filed.filter((filed) => filed.time > now - room.strangerMs && filed.hasWord === hasWord);
    const refuse = (most: number, whose: string): never => {
      throw new MeshError("ERR_QUOTA", `${most} claims of this code${whose} were taken within a day: no more are`, { detail: { most } });
    };
    if (hasWord && recent.length >= room.claimsConfirmed) refuse(room.claimsConfirmed, "");
    if (hasWord) return;
    if (recent.filter((filed) => filed.accountUdf === accountUdf).length >= room.claimsEach) refuse(room.claimsEach, " by this account");
    if (recent.length >= room.claimsPerPublication) refuse(room.claimsPerPublication, "");
  }

  /** Judges a confirmation of the claim in force; `same` when it is locked already. ERR_CODE_CLAIMED, ERR_NOT_FOUND. */
  judgeConfirm(confirm: ClaimConfirm, now: number): "same" | "new" {
    const held = this.at(now);
    if (held === undefined) throw new MeshError("ERR_NOT_FOUND", "there is no claim to confirm");
    if (held.accountUdf !== confirm.AccountUdf) throw claimed(held);
    if (held.isLocked) return "same";
    if (held.messageId !== confirm.MessageId) throw new MeshError("ERR_NOT_FOUND", "the confirmation names another claim");
    return "new";
  }

  /** Takes over a claim or release that stands in the spool. */
  applyClaim({ messageId, isRelease, accountUdf }: FiledClaim, place: { readonly index: number; readonly time: number }): void {
    const held = this.at(place.time);
    this.#used.add(messageId);
    const hasWord = held?.isLocked === true && held.accountUdf === accountUdf;
    this.#filed.push({ messageId, accountUdf, time: place.time, hasWord });
    // Claiming again does not lengthen a provisional claim.
    const time = held?.accountUdf === accountUdf ? held.time : place.time;
    this.#claim = isRelease ? undefined : { messageId, accountUdf, isLocked: false, index: place.index, time };
  }

  /** Takes over a confirmation that stands in the spool. */
  applyConfirm(confirm: Pick<ClaimConfirm, "MessageId">): void {
    for (const filed of this.#filed) if (filed.messageId === confirm.MessageId) filed.hasWord = true;
    if (this.#claim?.messageId === confirm.MessageId) this.#claim = { ...this.#claim, isLocked: true };
  }
}

function claimed(held: Claim): MeshError {
  const date = dateTime(held.time);
  return new MeshError("ERR_CODE_CLAIMED", `claimed on ${date.slice(0, 10)}`, { detail: { claimed: date } });
}
