/** `key recover`: the key of a quorum of shares. udf-13 §4.5. */
import { toHex } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { canonicalUdf, locator, parseShare, parseUdf, recoverEncryptionKey, udfEquals } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import type { Invocation } from "../surroundings.ts";

/** Shares of the command line, or of a file that has one on each line. */
export interface SharesGiven {
  readonly shares: readonly string[];
  /** "-" is stdin. */
  readonly file?: string;
}

/** The shares, canonical. Errors: ERR_USAGE when there are none, ERR_KEY and ERR_ENCODING for what is no share. */
export async function givenShares({ stdin }: Invocation, { shares, file }: SharesGiven): Promise<readonly string[]> {
  const text = file === undefined ? "" : await readSecretText({ kind: "shares", file, cwd: process.cwd(), stdin });
  const lines = text.split("\n").map((line) => line.replace(/^\s*share\s*:/i, "").trim());
  const all = [...shares, ...lines].filter((line) => line !== "" && !line.startsWith("#")).map(canonicalUdf);
  if (all.length === 0) throw new MeshError("ERR_USAGE", "no shares are given", { hint: "give them one after the other, or --file FILE" });
  for (const share of all) parseShare(share);
  return all;
}

/** How the seed of an account begins: its type and its specifier. udf-13 §4.4. */
const seedBeginning = "c80102";

/** What `key recover` takes. */
export interface RecoverFlags extends SharesGiven {
  /** The locator that `key share` printed. */
  readonly identifier?: string;
}

/**
 * `key recover SHARE…`. Nothing in exactly enough shares shows whether the key is the right one; its identifier does.
 * Errors: ERR_VERIFICATION when the identifier is another, and those of givenShares and recoverEncryptionKey.
 */
export async function keyRecover(call: Invocation, { identifier: expected, ...given }: RecoverFlags): Promise<void> {
  const { output } = call;
  const wanted = expected === undefined ? undefined : canonicalUdf(expected);
  const key = recoverEncryptionKey(await givenShares(call, given));
  if (
    toHex(parseUdf(key).data)
      .replace(/^(00)+/, "")
      .startsWith(seedBeginning)
  ) {
    throw new MeshError("ERR_KEY", "these are shares of an account, not of a key", { hint: "use 'meshman account recover'" });
  }
  const identifier = locator(key);
  if (wanted !== undefined && !udfEquals(wanted, identifier)) {
    throw new MeshError("ERR_VERIFICATION", `the shares give the key of ${identifier}, not of ${wanted}`, {
      hint: "one of them is mistyped, or they are of another key: compare each with what was printed, or give one more",
    });
  }
  report(output, { key, identifier, ...(wanted !== undefined && { verified: true }) }, () => {
    output.line(`Secret: ${key}`);
    output.line(`Identifier: ${identifier}`);
  });
  if (wanted === undefined)
    output.say("compare the identifier with the one that 'meshman key share' printed: if it differs, a share is mistyped and this is another key");
}
