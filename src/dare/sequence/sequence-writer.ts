/**
 * Writes the frames of one session to a sequence file, under the policy of its frame 0 (dare-12 §4): one key exchange for the whole
 * sequence, for the session, or for each frame. Frames of one append are sealed and written together.
 */
import { wipe } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { PrivateKey, PublicKey } from "../../crypto/key.ts";
import { symmetricKeyId } from "../../crypto/udf.ts";
import type { KeyExchange, OpeningKeys } from "../exchange.ts";
import { newExchange } from "../exchange.ts";
import type { PolicyRules } from "../policy.ts";
import { PolicyCheck, policyRules } from "../policy.ts";
import { parseFrame } from "./frame.ts";
import type { EncodedFrame } from "./frame-octets.ts";
import { exchangeSeed } from "./open-frame.ts";
import type { FrameContent } from "./seal-frame.ts";
import { sealNext } from "./seal-frame.ts";
import type { SequenceFile } from "./sequence-file.ts";
import type { TreeFrontier } from "./tree.ts";

/** What the frames of a session have in common. */
export interface SequenceWriterOptions {
  readonly file: SequenceFile;
  readonly random: Random;
  /** Who may read, where the policy names nobody. */
  readonly recipients?: readonly PublicKey[];
  /** Symmetric keys that may open as well. */
  readonly symmetricKeys?: readonly Uint8Array[];
  /** Keys to open the exchange of frame 0 with, for policies of one exchange. */
  readonly held?: OpeningKeys;
  readonly signer?: PrivateKey;
}

/** What one entry says; the writer adds keys and place. */
export type EntryContent = Omit<FrameContent, "exchange" | "exchangePosition" | "random" | "signer">;

/** A session of writing. */
export class SequenceWriter {
  readonly #options: SequenceWriterOptions;
  readonly #rules: PolicyRules;
  #exchange: { readonly keys: KeyExchange; readonly index: number } | undefined;

  private constructor(options: SequenceWriterOptions, rules: PolicyRules) {
    this.#options = options;
    this.#rules = rules;
  }

  /** Begins a session; the file has its frame 0. ERR_NOT_FOUND for an empty file, ERR_SCHEMA, ERR_KEY. */
  static async open(options: SequenceWriterOptions): Promise<SequenceWriter> {
    const { header } = await options.file.read(0);
    return new SequenceWriter(options, policyRules(header.policy));
  }

  /** Seals and appends entries in one write; returns the index of the first. Errors as sealFrame and SequenceFile.append; ERR_VERIFICATION where the policy forbids. */
  async append(entries: readonly EntryContent[], options: { readonly sync?: boolean } = {}): Promise<number> {
    const { file } = this.#options;
    const first = file.count;
    const frontier = file.frontier();
    const before = this.#exchange;
    try {
      const frames: EncodedFrame[] = [];
      for (const entry of entries) frames.push(await this.#seal(frontier, entry));
      this.#checkPolicy(frames);
      await file.append(frames, options);
    } catch (error) {
      // An exchange whose frame was not written must not be referred to.
      this.#exchange = before;
      throw error;
    }
    return first;
  }

  /** Forgets the keys of the session. */
  close(): void {
    if (this.#exchange) wipe(this.#exchange.keys.baseSeed);
    this.#exchange = undefined;
  }

  async #seal(frontier: TreeFrontier, entry: EntryContent): Promise<EncodedFrame> {
    const { random, signer } = this.#options;
    const index = frontier.count;
    const found = entry.isMeta && this.#rules.encryption === "None" ? undefined : await this.#exchangeFor(index);
    return sealNext(frontier, {
      ...entry,
      ...(found && { exchange: found.keys, ...(found.index < index && { exchangePosition: found.index }) }),
      ...(signer && { signer }),
      random,
    });
  }

  async #exchangeFor(index: number): Promise<{ readonly keys: KeyExchange; readonly index: number } | undefined> {
    const { file, recipients, symmetricKeys, held, random } = this.#options;
    const { encryption, encryptKeys, sealed } = this.#rules;
    if (encryption === "Once") {
      if (held === undefined) throw new MeshError("ERR_KEY", "the sequence has one key exchange; keys to open frame 0 are needed");
      if (this.#exchange === undefined) {
        const baseSeed = exchangeSeed(await file.read(0), held);
        this.#exchange = { keys: { baseSeed, kid: symmetricKeyId(baseSeed), recipients: [] }, index: 0 };
      }
      return this.#exchange;
    }
    const readers = encryptKeys.length > 0 ? [...encryptKeys, ...(sealed ? [] : (recipients ?? []))] : (recipients ?? []);
    const symmetric = sealed ? [] : (symmetricKeys ?? []);
    if (readers.length === 0 && symmetric.length === 0) return undefined;
    if (encryption === "Isolated") return { keys: newExchange({ recipients: readers, symmetricKeys: symmetric, random }), index };
    this.#exchange ??= { keys: newExchange({ recipients: readers, symmetricKeys: symmetric, random }), index };
    return this.#exchange;
  }

  #checkPolicy(frames: readonly EncodedFrame[]): void {
    if (this.#rules.encryption === "None" && this.#rules.signature !== "Isolated") return;
    const check = new PolicyCheck(this.#rules);
    for (const frame of frames) check.frame(parseFrame(frame));
  }
}
