/** `account recover`: an account from its shares on a bare machine, or a check of shares. schema-08 §9.4. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { accountOfSeed, exclusively, recoverAccount } from "../../account/index.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { recoverSeed } from "../../crypto/index.ts";
import { accountAddress } from "../../schema/index.ts";
import { report } from "../term/output.ts";
import { withProgress } from "../term/progress.ts";
import type { SharesGiven } from "./key/recover.ts";
import { givenShares } from "./key/recover.ts";
import { inAccount, serviceOf } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** What `account recover` takes. */
export interface RecoverFlags extends Pick<SharesGiven, "file"> {
  readonly account?: string;
  readonly name?: string;
  readonly verify?: boolean;
}

/** `account recover SHARE…`. Errors: ERR_KEY for too few, ERR_VERIFICATION for wrong ones. */
export async function accountRecover(call: Invocation, shares: readonly string[], flags: RecoverFlags): Promise<void> {
  const { output, dir, ports } = call;
  const seed = recoverSeed(await givenShares(call, { shares, ...(flags.file !== undefined && { file: flags.file }) }));
  const udf = accountOfSeed(seed);
  if (flags.verify) return verify(call, udf);
  if (flags.account === undefined)
    throw new MeshError("ERR_USAGE", "the address of the account is not given", { hint: "say --account ADDRESS; it was printed with the shares" });
  const address = accountAddress(flags.account);
  const serviceUrl = await serviceOf(call, address);
  const deviceUdf = await withProgress({ output, clock: ports.clock, doing: `recovering ${address}` }, () =>
    exclusively({ dir, purpose: "meshman account recover", clock: ports.clock }, async () => {
      const context = await recoverAccount({ dir, seed, address, serviceUrl, ports, ...(flags.name === undefined ? {} : { localName: flags.name }) });
      await context.close();
      return context.deviceUdf;
    }),
  );
  report(output, { account: address, udf, deviceUdf }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${udf}`);
  });
  output.say("this machine administers the account; places, devices and contacts are as they were");
  output.say("next: 'meshman device list', then 'meshman device delete NAME' for each machine that was lost");
}

/** The shares are compared with the account of this machine, if it has one. Errors: ERR_VERIFICATION when they are of another. */
async function verify(call: Invocation, udf: string): Promise<void> {
  const { output } = call;
  const own = (await hasAccount(call.dir))
    ? await inAccount(call, { doing: "comparing", sync: "none" }, async (context) => context.accountUdf)
    : undefined;
  if (own !== undefined && own !== udf) throw verificationError(`shares of ${udf}: this machine's account is ${own}, and they`);
  report(output, { udf, verified: own !== undefined }, () => output.line(`UDF=${udf}`));
  output.say(own === undefined ? "compare this fingerprint with that of the account" : "they recover the account of this machine");
}

async function hasAccount(dir: string): Promise<boolean> {
  return stat(join(dir, "account.json")).then(
    () => true,
    () => false,
  );
}
