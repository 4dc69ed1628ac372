/** `dare verify` and `dare digest` of sequences: every digest that their type has, signatures, and bodies as far as keys are here. dare-12 §6. */
import { toHex } from "../../../base/bytes.ts";
import { MeshError, verificationError } from "../../../base/errors.ts";
import type { SequenceFrame, SequenceReport } from "../../../dare/index.ts";
import { eitherMember, frameMeta, isEncrypted } from "../../../dare/index.ts";
import type { Content } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { coveredText } from "./covered.ts";
import type { Opening } from "./opening.ts";
import type { ReadSequence } from "./sequence-file.ts";
import { isClosed, signaturesOf, withSequence } from "./sequence-file.ts";

/** What was found beside the digests. */
interface Tally {
  /** Frames signed by each key. */
  readonly signers: Map<string, { frames: number; isVerified: boolean }>;
  encrypted: number;
  /** Encrypted frames that no key here opens. */
  closed: number;
}

/** Verifies a sequence and tells it. Errors: ERR_VERIFICATION, ERR_ENCODING, ERR_SCHEMA, ERR_CONFLICT. */
export function verifySequence(call: Invocation, content: Content, opening: Opening): Promise<void> {
  return withSequence(call, { content, opening }, async (sequence) => {
    const found = await sequence.reader.verify();
    const tally = await look(sequence, opening);
    const { frame: last } = await sequence.reader.last();
    tell(call, { content, found, tally, last, opening });
  });
}

/** Descriptions are read as `dare extract` reads them: what it refuses does not pass here. */
async function look({ frames, opener }: ReadSequence, { known, signedBy }: Opening): Promise<Tally> {
  const tally: Tally = { signers: new Map(), encrypted: 0, closed: 0 };
  for await (const frame of frames("verifying")) {
    frameMeta(frame);
    for (const { kid, isVerified } of signaturesOf(frame, known)) {
      const before = tally.signers.get(kid)?.frames ?? 0;
      tally.signers.set(kid, { frames: before + 1, isVerified });
    }
    const isWanted = signedBy === undefined || frame.index === 0 || signaturesOf(frame, signedBy).some(({ isVerified }) => isVerified);
    if (!isWanted) throw verificationError(`frame ${frame.index}`);
    if (!isEncrypted(frame.header) || frame.body.length === 0) continue;
    tally.encrypted++;
    try {
      await opener.open(frame);
    } catch (error) {
      if (!isClosed(error)) throw error;
      tally.closed++;
    }
  }
  return tally;
}

const evidenceText = {
  chained: "the last digest stands for every entry before it",
  unchained: "each entry has its digest; one that was taken out is not noticed",
  none: "there are no digests: a change is not noticed",
} as const;

function tell(
  { output }: Invocation,
  {
    content,
    found,
    tally,
    last,
    opening,
  }: {
    readonly content: Content;
    readonly found: SequenceReport;
    readonly tally: Tally;
    readonly last: SequenceFrame;
    readonly opening: Opening;
  },
): void {
  const signers = [...tally.signers].map(([kid, { frames, isVerified }]) => ({ kid, verified: isVerified, frames, name: opening.nameOf(kid) }));
  const digest = digestOf(last);
  const result = { file: content.name, bytes: content.size, type: found.containerType, entries: found.frames - 1, evidence: found.evidence };
  const { encrypted, closed } = tally;
  report(output, { ...result, erased: found.redacted.length, encrypted, notOpened: closed, digest, signers, covers: "content" }, () => {
    output.line(`File: ${content.name}`);
    output.line(`Bytes: ${content.size}`);
    output.line(`Type: ${found.containerType}`);
    output.line(`Entries: ${found.frames - 1}${found.redacted.length > 0 ? ` (${found.redacted.length} erased)` : ""}`);
    output.line(`Encrypted: ${encrypted}${closed > 0 ? ` (no key of ${closed} is here)` : ""}`);
    if (digest !== undefined) output.line(`Digest: S512 ${digest}`);
    for (const { kid, verified, frames, name } of signers)
      output.line(`Signer: ${kid} ${verified ? name : "(its key is not known here)"}, ${frames} frames`);
  });
  output.say(evidenceText[found.evidence]);
  if (found.evidence !== "none" || signers.length > 0) output.say(coveredText.sequence);
}

/** The digest that the last frame states for the whole, Base16. */
function digestOf(frame: SequenceFrame): string | undefined {
  const digest = eitherMember(frame, "TreeDigest") ?? eitherMember(frame, "ChainDigest");
  return digest && toHex(digest).toUpperCase();
}

/** Tells the digest that stands for the whole sequence, after everything under it was checked. */
export function digestSequence(call: Invocation, content: Content): Promise<void> {
  return withSequence(call, { content }, async ({ reader }) => {
    const { containerType, frames } = await reader.verify();
    const digest = digestOf((await reader.last()).frame);
    if (digest === undefined)
      throw new MeshError("ERR_SCHEMA", `a sequence of type ${containerType} states no digest of the whole`, { hint: "use 'meshman hash digest'" });
    report(call.output, { file: content.name, digest, algorithm: "S512", type: containerType, entries: frames - 1 }, () => call.output.line(digest));
  });
}
