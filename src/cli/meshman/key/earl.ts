/** `key earl`: a key, and the locator under which what it encrypts is published. udf-13 §6.2.2. */
import { locator, newEncryptionKey } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import { printFields } from "../../term/table.ts";
import type { Invocation } from "../surroundings.ts";
import { keyOctets } from "./bits.ts";
import type { KeyFlags } from "./given.ts";
import { givenKeyText, keyOctetsOf } from "./given.ts";

/** Without a key a new one of so many bits, 144 unless given: 30 digits of key, as in the drafts. */
export async function keyEarl(call: Invocation, flags: KeyFlags & { readonly bits?: string }): Promise<void> {
  const { output, ports } = call;
  const key = (await givenKeyText(call, flags)) ?? newEncryptionKey(ports.random, keyOctets(flags.bits, 144));
  keyOctetsOf(key);
  const identifier = locator(key);
  report(output, { key, identifier }, () =>
    printFields(output, [
      ["EARL", key],
      ["Locator", identifier],
    ]),
  );
}
