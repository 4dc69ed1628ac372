/** `hash digest`: the plain digest of a file, Base16. */
import { toHex } from "../../../base/bytes.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { algorithmOf, digestContent } from "./digest-content.ts";

export async function hashDigest(call: Invocation, file: string, flags: { readonly alg?: string }): Promise<void> {
  const { output } = call;
  const algorithm = algorithmOf(flags.alg, ["SHA-2-512", "SHA-2-256", "SHA-3-512"]);
  const digest = toHex(await digestContent(call, file, algorithm)).toUpperCase();
  report(output, { digest, algorithm }, () => output.line(digest));
}
