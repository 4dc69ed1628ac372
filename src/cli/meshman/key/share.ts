/** `key share`: a symmetric key in shares, of which a quorum gives it back. udf-13 §4.5. */
import { locator, newEncryptionKey, splitEncryptionKey } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";
import { keyOctets } from "./bits.ts";
import type { KeyFlags } from "./given.ts";
import { givenKeyText } from "./given.ts";

/** What `key share` takes. */
export interface ShareFlags extends KeyFlags {
  readonly bits?: string;
  readonly quorum?: string;
  readonly shares?: string;
}

/** How many shares, and how many of them are needed. Errors: ERR_USAGE. */
export function shareCounts({ quorum = "2", shares = "3" }: Pick<ShareFlags, "quorum" | "shares">): {
  readonly threshold: number;
  readonly shares: number;
} {
  const count = numberOf(shares, { name: "--shares", least: 2, most: 15 });
  return { threshold: numberOf(quorum, { name: "--quorum", least: 2, most: count }), shares: count };
}

/** `key share [SECRET]`: of the key that is given ("-" reads it from stdin), or of a new one. */
export async function keyShare(call: Invocation, secret: string | undefined, flags: ShareFlags): Promise<void> {
  const { output, ports } = call;
  const counts = shareCounts(flags);
  const given = await givenKeyText(call, secret === undefined ? flags : { ...flags, key: secret });
  const key = given ?? newEncryptionKey(ports.random, keyOctets(flags.bits, 128));
  const shares = splitEncryptionKey(key, { ...counts, random: ports.random });
  const identifier = locator(key);
  report(output, { key, identifier, quorum: counts.threshold, shares }, () => {
    output.line(`Secret: ${key}`);
    output.line(`Identifier: ${identifier}`);
    for (const share of shares) output.line(`Share: ${share}`);
  });
  output.say("keep the identifier, which is no secret: one mistyped share gives another key, and only the identifier shows it");
  output.say(
    `next: give each share to somebody else; ${counts.threshold} of them give the key back by 'meshman key recover --identifier ${identifier} SHARE...'`,
  );
}
