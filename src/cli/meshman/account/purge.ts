/** `account purge`: the secret of the account leaves this machine when a quorum of its shares was given and is good. schema-08 §9.4 */
import { purgeSeed, requireSeed } from "../../../account/index.ts";
import { recoverSeed } from "../../../crypto/index.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { houseOf } from "../house.ts";
import type { SharesGiven } from "../key/recover.ts";
import { givenShares } from "../key/recover.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `account purge` takes. */
export interface PurgeFlags extends Pick<SharesGiven, "file"> {
  readonly yes?: boolean;
}

/** `account purge SHARE…`. Errors: ERR_KEY for too few shares, ERR_VERIFICATION for wrong ones, ERR_NOT_AUTHORIZED without the secret here. */
export async function accountPurge(call: Invocation, shares: readonly string[], flags: PurgeFlags): Promise<void> {
  const { output, stdin } = call;
  await inAccount(call, { doing: "looking", sync: "none" }, async (context) => requireSeed(context));
  const seed = recoverSeed(await givenShares(call, { shares, ...(flags.file !== undefined && { file: flags.file }) }));
  if (!flags.yes) {
    const question = "Take the secret off this machine? From then on only the shares end the account, and publish new keys of it after a removal";
    await confirm({ output, input: stdin, question });
  }
  const { address, udf, others, kept } = await inAccount(call, { doing: "taking the secret off this machine", sync: "needed" }, async (context) => {
    const done = await purgeSeed(context, seed);
    const house = await houseOf(context);
    const supers = context.directory.withRole("super").filter((device) => device.udf !== context.deviceUdf);
    return {
      address: context.address,
      udf: context.accountUdf,
      others: supers.map((device) => house.byUdf.get(device.udf)?.name ?? device.udf),
      kept: done.kept.map(({ Container, Epoch }) => ({ store: Container, epoch: Epoch })),
    };
  });
  report(output, { account: address, udf, others, kept }, () => output.line(`purged: this machine has the role admin, and no secret of ${address}`));
  if (others.length > 0) output.say(`these machines have the secret, too: ${others.join(", ")}`);
  if (kept.length > 0)
    output.say(
      "the service keeps what it was sealed in for a day: 'meshman agent' or 'meshman account sync' on this machine lets it forget that then",
    );
  output.say("next: keep the shares; 'meshman account recover' with them makes a machine that can do what this one cannot any more");
}
