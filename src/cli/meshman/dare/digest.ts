/** `dare digest`: the digest that stands for an envelope (of its body as carried) or a sequence (its last tree digest). dare-12 §5, §4.2. */
import { toHex } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { verifyStream } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { isSequence } from "./kind.ts";

/** `dare digest IN`. No key is needed. Errors: ERR_VERIFICATION when another digest is stated. */
export async function dareDigest(call: Invocation, input: string): Promise<void> {
  const { output } = call;
  const content = await contentOf(call, input);
  if (await isSequence(content)) return (await import("./verify-sequence.ts")).digestSequence(call, content);
  const found = await verifyStream({ lenient: true, outside: true, keysFor: nobody, source: content.read("reading") });
  const digest = toHex(found.digest).toUpperCase();
  report(output, { file: content.name, digest, algorithm: found.header.dig ?? "S512" }, () => output.line(digest));
}

function nobody(): never {
  throw new MeshError("ERR_KEY", "no key is asked for");
}
