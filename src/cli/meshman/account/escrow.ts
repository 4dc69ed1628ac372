/** `account escrow`: the secret of the account in shares, of which a quorum recovers it on a bare machine. schema-08 §9.4. */
import type { AccountContext } from "../../../account/index.ts";
import { isOfSurroundings, isRecoverable, keepRecovery, publishRecord, requireSeed } from "../../../account/index.ts";
import { qrForTerminal } from "../../../codec/qr/index.ts";
import { splitSeed } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import { shareCounts } from "../key/share.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `account escrow` takes. */
export interface EscrowFlags {
  readonly quorum?: string;
  readonly shares?: string;
  readonly qr?: boolean;
}

/**
 * Nothing of the shares is kept or sent: they are on stdout alone, and each run makes others, of which none fit those of another run. The record at the
 * service says how many are needed, and of what account.
 */
export async function accountEscrow(call: Invocation, flags: EscrowFlags): Promise<void> {
  const { output, ports } = call;
  const counts = shareCounts(flags);
  const { recovers, address, udf, service, shares, record } = await inAccount(
    call,
    { doing: "splitting the secret", sync: "wanted" },
    async (context) => {
      requireSeed(context);
      const seed = context.keys.accountSeed ?? "";
      const record = await kept(context, counts);
      return {
        recovers: isRecoverable(context),
        address: context.address,
        udf: context.accountUdf,
        service: context.serviceUrlOf(context.address),
        record,
        shares: splitSeed(seed, { ...counts, random: ports.random }),
      };
    },
  );
  report(output, { account: address, udf, service, quorum: counts.threshold, shares, recovers, ...(record !== undefined && { record }) }, () => {
    for (const share of shares) {
      output.line(`Share: ${share}`);
      if (flags.qr) output.raw(`${qrForTerminal(share)}\n`);
    }
    if (record !== undefined) {
      output.line(`Record: ${record}`);
      if (flags.qr) output.raw(`${qrForTerminal(record)}\n`);
    }
  });
  if (!recovers) {
    output.say("warning: the service does not have yet what keys need that were replaced: these shares recover the account when it has");
    output.say("next: 'meshman account sync' once the service can be reached, then this command once more");
  }
  output.say(
    `any ${counts.threshold} of them are the account ${address} (${udf}): give each to somebody else, on paper, with the ${record === undefined ? "address" : "record"}`,
  );
  if (record === undefined) output.say("the service is away, so that its recovery record is as it was: run this once more to have it renewed");
  const by = record === undefined ? `--account ${address}` : `--record '${record}'`;
  output.say(
    `next: 'meshman account recover --verify --file FILE' tells whether shares are good; 'meshman account recover ${by} --file FILE' uses them`,
  );
}

/** Brings what the service keeps for recovery up to date. @returns the code of the record; undefined when the service is away */
async function kept(context: AccountContext, { threshold, shares }: ReturnType<typeof shareCounts>): Promise<string | undefined> {
  try {
    await keepRecovery(context);
    return await publishRecord(context, { Quorum: threshold, Shares: shares });
  } catch (error) {
    if (!isOfSurroundings(error)) throw error;
    return undefined;
  }
}
