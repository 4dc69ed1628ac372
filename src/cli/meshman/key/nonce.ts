/** `key nonce`: a fresh nonce, which is no secret. udf-13 §4.1. */
import { presentWhole, udfType } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { keyOctets } from "./bits.ts";

export async function keyNonce({ output, ports }: Invocation, flags: { readonly bits?: string }): Promise<void> {
  const nonce = presentWhole(udfType.nonce, ports.random.bytes(keyOctets(flags.bits, 128)));
  report(output, { key: nonce }, () => output.line(nonce));
}
