/** `account escrow`: the secret of the account in shares, of which a quorum recovers it on a bare machine. schema-08 §9.4. */
import { isOfSurroundings, isRecoverable, keepRecovery, requireSeed } from "../../account/index.ts";
import { qrForTerminal } from "../../codec/qr/index.ts";
import { splitSeed } from "../../crypto/index.ts";
import { report } from "../term/output.ts";
import { shareCounts } from "./key/share.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** What `account escrow` takes. */
export interface EscrowFlags {
  readonly quorum?: string;
  readonly shares?: string;
  readonly qr?: boolean;
}

/** Nothing is kept or sent: the shares are on stdout alone, and each run makes others, of which none fit those of another run. */
export async function accountEscrow(call: Invocation, flags: EscrowFlags): Promise<void> {
  const { output, ports } = call;
  const counts = shareCounts(flags);
  const { recovers, address, udf, service, shares } = await inAccount(call, { doing: "splitting the secret", sync: "wanted" }, async (context) => {
    requireSeed(context);
    const seed = context.keys.accountSeed ?? "";
    await keepRecovery(context).catch((error: unknown) => {
      if (!isOfSurroundings(error)) throw error;
    });
    return {
      recovers: isRecoverable(context),
      address: context.address,
      udf: context.accountUdf,
      service: context.serviceUrlOf(context.address),
      shares: splitSeed(seed, { ...counts, random: ports.random }),
    };
  });
  report(output, { account: address, udf, service, quorum: counts.threshold, shares, recovers }, () => {
    for (const share of shares) {
      output.line(`Share: ${share}`);
      if (flags.qr) output.raw(`${qrForTerminal(share)}\n`);
    }
  });
  if (!recovers) {
    output.say("warning: the service does not have yet what keys need that were replaced: these shares recover the account when it has");
    output.say("next: 'meshman account sync' once the service can be reached, then this command once more");
  }
  output.say(`any ${counts.threshold} of them are the account ${address} (${udf}): give each to somebody else, on paper, with the address`);
  output.say(
    `next: 'meshman account recover --verify --file FILE' tells whether shares are good; 'meshman account recover --account ${address}' uses them`,
  );
}
