/** `dare verify`: what can be said of an envelope or a sequence, and whether it holds. Nothing is written. dare-12 §5, §6. */
import { toHex } from "../../../base/bytes.ts";
import type { StreamContent } from "../../../dare/index.ts";
import { verifyStream } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { coveredText } from "./covered.ts";
import { signersOf } from "./decode.ts";
import { isSequence, naming } from "./kind.ts";
import type { Opening, OpeningFlags } from "./opening.ts";
import { openingOf } from "./opening.ts";

/** `dare verify IN`. Errors: ERR_VERIFICATION when a digest, a signature of a known key, or --signed-by does not hold. */
export async function dareVerify(call: Invocation, input: string, flags: OpeningFlags): Promise<void> {
  const opening = await openingOf(call, flags);
  const content = await contentOf(call, input);
  if (await isSequence(content)) return (await import("./verify-sequence.ts")).verifySequence(call, content, opening);
  const found = await naming(content, () => verifyStream({ ...opening, lenient: true, outside: true, source: content.read("verifying") }));
  tell(call, { file: content.name, found, opening });
}

function tell(
  { output }: Invocation,
  { file, found, opening }: { readonly file: string; readonly found: StreamContent; readonly opening: Opening },
): void {
  const { header, bodyLength, isOpened, contentMeta, cloakedMeta } = found;
  const { cty, Filename: filename } = { ...contentMeta, ...cloakedMeta };
  const encryption = header.enc === undefined ? "none" : header.enc;
  const digest = { algorithm: header.dig ?? "S512", value: toHex(found.digest).toUpperCase(), stated: hasDigest(found) };
  const recipients = (header.recipients ?? []).map(({ kid }) => kid ?? "not named");
  const signers = signersOf(found, opening);
  report(
    output,
    { file, bytes: bodyLength, encryption, opened: isOpened, recipients, digest, signers, covers: "content", contentType: cty, filename },
    () => {
      output.line(`File: ${file}`);
      output.line(`Bytes: ${bodyLength}`);
      if (cty !== undefined) output.line(`Content type: ${cty} (not covered)`);
      if (filename !== undefined) output.line(`Filename: ${filename} (not covered)`);
      output.line(`Encryption: ${encryption}${isOpened ? "" : " (no key of it is here)"}`);
      for (const recipient of recipients) output.line(`Recipient: ${recipient}`);
      output.line(`Digest: ${digest.algorithm} ${digest.value}${digest.stated ? "" : " (not stated in the envelope)"}`);
      for (const { kid, verified, name } of signers) output.line(`Signer: ${kid} ${verified ? `${name}` : "(its key is not known here)"}`);
    },
  );
  if (!digest.stated) output.say("nothing in it shows a change of its content");
  else if (signers.length === 0) output.say("the content is as the digest says; whoever changes both is not noticed, since nobody signed it");
  if (digest.stated) output.say(coveredText.envelope);
}

function hasDigest({ header, trailer }: StreamContent): boolean {
  return (header.PayloadDigest ?? trailer?.PayloadDigest) !== undefined;
}
