/**
 * DarePolicy of frame 0 (dare-12 §4, §8): what it asks of the frames, checked frame by frame. `enc` and `dig` in a policy are given no
 * weight: writers put `none` there to mean the default. Where the schema says Single and All, the text says Once and Isolated.
 */
import { MeshError, verificationError } from "../base/errors.ts";
import type { Datum } from "../codec/index.ts";
import type { PublicKey } from "../crypto/key.ts";
import { isEncrypted } from "./content.ts";
import type { DarePolicy } from "./header.ts";
import { PublicParameters, publicKeyOf } from "./public-key-ecdh.ts";
import type { SequenceFrame } from "./sequence/frame.ts";
import { isRedacted } from "./sequence/frame.ts";
import { eitherMember, verifyEnvelope } from "./signature.ts";

/** How often keys are exchanged. */
export type PolicyEncryption = "None" | "Once" | "Session" | "Isolated";
/** Which frames are signed. */
export type PolicySignature = "None" | "Last" | "Isolated" | "Any";

/** A policy with its defaults and checked keys. */
export interface PolicyRules {
  readonly encryption: PolicyEncryption;
  readonly signature: PolicySignature;
  readonly encryptKeys: readonly PublicKey[];
  readonly signKeys: readonly PublicKey[];
  /** Later frames may not choose for themselves. */
  readonly sealed: boolean;
}

const encryptionWords: Readonly<Record<string, PolicyEncryption>> = {
  None: "None",
  Once: "Once",
  Single: "Once",
  Session: "Session",
  Isolated: "Isolated",
  All: "Isolated",
};
const signatureWords: Readonly<Record<string, PolicySignature>> = {
  None: "None",
  Last: "Last",
  Single: "Last",
  Isolated: "Isolated",
  All: "Isolated",
  Any: "Any",
};

/** Reads a policy. With keys to encrypt to, and nothing said, each frame has an exchange of its own. ERR_SCHEMA, ERR_KEY. */
export function policyRules(policy: DarePolicy = {}): PolicyRules {
  const encryptKeys = keysOf(policy.EncryptKeys);
  const encryption = wordOf(encryptionWords, policy.Encryption, encryptKeys.length > 0 ? "Isolated" : "None");
  const signature = wordOf(signatureWords, policy.Signature, "None");
  return { encryption, signature, encryptKeys, signKeys: keysOf(policy.SignKeys), sealed: policy.Sealed === true };
}

/**
 * Checks frames against a policy, in order from frame 0, and at the end what only the whole can show.
 * Frames about the sequence need no encryption, and erased ones can no longer show theirs. ERR_VERIFICATION.
 */
export class PolicyCheck {
  readonly #rules: PolicyRules;
  #lastIsSigned = false;
  #anyIsSigned = false;
  #frames = 0;

  constructor(rules: PolicyRules) {
    this.#rules = rules;
  }

  frame(frame: SequenceFrame): void {
    const { encryption, signature } = this.#rules;
    if (encryption !== "None" && !isRedacted(frame)) this.#checkEncryption(frame);
    const isSigned = this.#isSigned(frame);
    if (signature === "Isolated" && frame.index > 0 && !isSigned) throw verificationError(`frame ${frame.index}`);
    this.#lastIsSigned = isSigned;
    this.#anyIsSigned ||= isSigned;
    this.#frames++;
  }

  end(): void {
    const { signature } = this.#rules;
    const misses = (signature === "Last" && !this.#lastIsSigned) || (signature === "Any" && !this.#anyIsSigned);
    if (misses && this.#frames > 1) throw verificationError("sequence");
  }

  #checkEncryption(frame: SequenceFrame): void {
    const { encryption, encryptKeys, sealed } = this.#rules;
    const { SequenceInfo: info, recipients = [] } = frame.header;
    const fault = verificationError(`frame ${frame.index}`);
    if (frame.index === 0 || info?.IsMeta === true) {
      if (frame.index === 0 && encryption === "Once" && recipients.length === 0) throw fault;
    } else if (!isEncrypted(frame.header)) throw fault;
    else if (encryption === "Isolated" && recipients.length === 0) throw fault;
    else if (encryption === "Once" && sealed && (recipients.length > 0 || (info?.ExchangePosition ?? 0) !== 0)) throw fault;
    if (recipients.length === 0 || encryptKeys.length === 0) return;
    const kids = new Set(recipients.map((recipient) => recipient.kid));
    if (encryptKeys.some((key) => !kids.has(key.udf))) throw fault;
    if (sealed && kids.size > encryptKeys.length) throw fault;
  }

  #isSigned(frame: SequenceFrame): boolean {
    const { signature, signKeys } = this.#rules;
    if (signature === "None" || (eitherMember(frame, "signatures") ?? []).length === 0 || isRedacted(frame)) return false;
    if (signKeys.length > 0) verifyEnvelope(frame, signKeys);
    return true;
  }
}

function wordOf<W>(words: Readonly<Record<string, W>>, word: string | undefined, otherwise: W): W {
  if (word === undefined) return otherwise;
  if (!Object.hasOwn(words, word)) throw new MeshError("ERR_SCHEMA", `DarePolicy: unknown word ${JSON.stringify(word.slice(0, 32))}`);
  return words[word] ?? otherwise;
}

function keysOf(keys: readonly Datum[] = []): PublicKey[] {
  return keys.map((key, i) => publicKeyOf(PublicParameters.decode(key, `DarePolicy.keys[${i}]`)));
}
