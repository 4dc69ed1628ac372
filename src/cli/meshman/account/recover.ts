/** `account recover`: an account from its shares on a bare machine, or a check of shares. schema-08 §9.4. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedRecord } from "../../../account/index.ts";
import { accountOfSeed, exclusively, fetchRecord, groupsOfOthers, parseRecordCode, recoverAccount } from "../../../account/index.ts";
import { MeshError, verificationError } from "../../../base/errors.ts";
import { recoverSeed } from "../../../crypto/index.ts";
import { accountAddress } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { withProgress } from "../../term/progress.ts";
import { machineName } from "../device/delete-groups.ts";
import type { SharesGiven } from "../key/recover.ts";
import { givenShares } from "../key/recover.ts";
import { inAccount, serviceOf } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `account recover` takes. */
export interface RecoverFlags extends Pick<SharesGiven, "file"> {
  readonly account?: string;
  readonly record?: string;
  readonly name?: string;
  readonly verify?: boolean;
}

/** Where the account is, by its record or as it is given. */
interface Place {
  readonly address: string;
  readonly serviceUrl: string;
  readonly record?: OpenedRecord;
}

/**
 * `account recover SHARE…`; with a record and no shares it tells what is needed. Errors: ERR_KEY for too few, ERR_VERIFICATION for wrong ones or a
 * record of another account, ERR_ROLLBACK when the service shows less than the record names.
 */
export async function accountRecover(call: Invocation, shares: readonly string[], flags: RecoverFlags): Promise<void> {
  const { output, dir, ports } = call;
  const recorded = flags.record === undefined ? undefined : await recordAt(call, flags.record);
  if (recorded && shares.length === 0 && flags.file === undefined) return showRecord(call, recorded);
  const seed = recoverSeed(await givenShares(call, { shares, ...(flags.file !== undefined && { file: flags.file }) }));
  const udf = accountOfSeed(seed);
  if (recorded && recorded.record.record.AccountUdf !== udf)
    throw verificationError(`shares of ${udf}: the record is of ${recorded.record.record.AccountUdf}, and they`);
  if (flags.verify) return verify(call, udf, recorded !== undefined);
  const { address, serviceUrl, record } = recorded ?? (await placeOf(call, flags.account));
  const { deviceUdf, groups } = await withProgress({ output, clock: ports.clock, doing: `recovering ${address}` }, () =>
    exclusively({ dir, purpose: "meshman account recover", clock: ports.clock }, async () => {
      const { name: localName } = flags;
      const context = await recoverAccount({
        dir,
        seed,
        address,
        serviceUrl,
        ports,
        ...(record && { record }),
        ...(localName !== undefined && { localName }),
      });
      try {
        const others = await groupsOfOthers(context);
        return {
          deviceUdf: context.deviceUdf,
          groups: others.map(({ address: group, machines }) => ({ group, machines: machines.map((udf) => machineName(context, udf)) })),
        };
      } finally {
        await context.close();
      }
    }),
  );
  report(output, { account: address, udf, deviceUdf, groups }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${udf}`);
  });
  output.say("this machine administers the account; places, devices and contacts are as they were");
  if (!record)
    output.say("compare 'meshman device list' with what you remember: without the record the service could have shown the account of an earlier day");
  for (const { group, machines } of groups) {
    const names = machines.length > 0 ? machines.join(" or ") : "a machine that administers it";
    output.say(
      `this machine does not administer ${group}, whose keys no share gives: 'meshman group pin ${group}' on ${names} lets it in; if that is lost, make another group for its members`,
    );
  }
  output.say("next: 'meshman device list', then 'meshman device delete NAME' for each machine that was lost");
}

async function placeOf(call: Invocation, account: string | undefined): Promise<Place> {
  if (account === undefined)
    throw new MeshError("ERR_USAGE", "the address of the account is not given", {
      hint: "say --record URI or --account ADDRESS; they were printed with the shares",
    });
  const address = accountAddress(account);
  return { address, serviceUrl: await serviceOf(call, address) };
}

/** The record is asked for where the address leads, unless a service is named; it says itself where the account is. */
async function recordAt(call: Invocation, code: string): Promise<Required<Place>> {
  const { address } = parseRecordCode(code);
  const serviceUrl = await serviceOf(call, address);
  const record = await fetchRecord(code, { serviceUrl, ports: call.ports });
  return { address, serviceUrl, record };
}

function showRecord({ output }: Invocation, { address, serviceUrl, record: { record } }: Required<Place>): void {
  const runs = record.Runs.map(({ Quorum, Shares, Time }) => ({ quorum: Quorum, shares: Shares, time: Time }));
  report(output, { account: address, udf: record.AccountUdf, service: serviceUrl, runs, updated: record.Time }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${record.AccountUdf}`);
    output.line(`Service=${serviceUrl}`);
    for (const { quorum, shares, time } of runs) output.line(`Shares: ${quorum} of ${shares}, made ${time}`);
  });
  output.say("next: the same with shares of one day: 'meshman account recover --record URI SHARE...'");
}

/** The shares are compared with the account of this machine, if it has one. Errors: ERR_VERIFICATION when they are of another. */
async function verify(call: Invocation, udf: string, isRecorded: boolean): Promise<void> {
  const { output } = call;
  const own = (await hasAccount(call.dir))
    ? await inAccount(call, { doing: "comparing", sync: "none" }, async (context) => context.accountUdf)
    : undefined;
  if (own !== undefined && own !== udf) throw verificationError(`shares of ${udf}: this machine's account is ${own}, and they`);
  report(output, { udf, verified: own !== undefined || isRecorded }, () => output.line(`UDF=${udf}`));
  if (own !== undefined) output.say("they recover the account of this machine");
  else output.say(isRecorded ? "they recover the account of the record" : "compare this fingerprint with that of the account");
}

async function hasAccount(dir: string): Promise<boolean> {
  return stat(join(dir, "account.json")).then(
    () => true,
    () => false,
  );
}
