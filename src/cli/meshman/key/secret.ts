/** `key secret`: a fresh symmetric key. udf-13 §4.2. */
import { newEncryptionKey } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { keyOctets } from "./bits.ts";

export async function keySecret({ output, ports }: Invocation, flags: { readonly bits?: string }): Promise<void> {
  const key = newEncryptionKey(ports.random, keyOctets(flags.bits, 128));
  report(output, { key }, () => output.line(key));
  output.say("next: keep it where only you can read it; 'meshman dare encode FILE --key-file -' encrypts under it, 'meshman key share -' splits it");
}
