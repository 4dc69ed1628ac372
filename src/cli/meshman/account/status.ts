/** `account status`. */
import type { AccountContext, Doubt } from "../../../account/index.ts";
import {
  administratorsOf,
  auditLossAt,
  conflicts,
  outstanding,
  pendingConnections,
  pendingOffers,
  syncWhatHolds,
  waitingStores,
} from "../../../account/index.ts";
import { toHex } from "../../../base/bytes.ts";
import { catalogue, isMeshError, type MeshError } from "../../../base/errors.ts";
import { appendAll } from "../../../base/list.ts";
import { deviceCatalog } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printFields } from "../../term/table.ts";
import { doubtResult, tellDoubts } from "../doubts.ts";
import { outstandingText, takeableText } from "../outstanding.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/**
 * `account status`: health first, then this machine, then the stores.
 * @returns the exit status: 69 when the service is away, that of the cause when the end of a store is not believed
 */
export async function accountStatus(call: Invocation): Promise<number> {
  const { output } = call;
  return inAccount(call, { doing: "asking the service", sync: "none" }, async (context) => {
    const doubts: Doubt[] = [];
    let auditLost: string | undefined;
    const away = await awayOf(async () => {
      await syncWhatHolds(
        () => context.sync(),
        (doubt) => appendAll(doubts, doubt.doubts),
      );
      auditLost = await auditLossAt(context);
    });
    const waiting = context.keys.administrator ? (await pendingConnections(context)).length + (await pendingOffers(context)).length : undefined;
    const lost = conflicts(context).length;
    const own = context.get(deviceCatalog, context.deviceUdf);
    const heads = context.heads();
    const result = {
      success: !away,
      service: { udf: context.profile.ServiceUdf, reachable: !away, ...(away ? { error: away } : {}) },
      account: context.address,
      udf: context.accountUdf,
      device: { udf: context.deviceUdf, localName: own?.LocalName, roles: context.roles },
      waiting,
      conflicts: lost,
      ...(auditLost === undefined ? {} : { auditLost }),
      lacking: waitingStores(context),
      remains: outstanding(context),
      stores: heads.map(({ Store, Epoch = 0, Index, TreeDigest }) => ({ store: Store, epoch: Epoch, index: Index, digest: TreeDigest })),
      ...doubtResult(doubts),
    };
    report(output, result, () => {
      printFields(output, [
        ["service", away ? `away: ${away.message}` : "reachable"],
        ["account", `${context.address}  ${context.accountUdf}`],
        ["device", [own?.LocalName, context.deviceUdf].filter(Boolean).join("  ")],
        ["roles", context.roles.join(", ")],
        ["no key yet", keysMissing(context)],
        ["to be replaced", outstandingText(context)],
        ["can be taken over", takeableText(context)],
        ["waiting", waiting === undefined ? undefined : waiting === 0 ? "nothing" : `${waiting} (see 'meshman device pending')`],
        ["audit", auditLost === undefined ? undefined : `a part was lost before ${auditLost} (see 'meshman account audit')`],
        ["conflicts", lost === 0 ? undefined : `${lost} (see 'meshman conflicts list')`],
      ]);
      for (const { Store, Epoch, Index, TreeDigest } of heads) {
        const place = Epoch === undefined ? String(Index) : `${Epoch}:${Index}`;
        output.line(`   [${Store}] ${place}  ${toHex(TreeDigest.subarray(0, 16))}`);
      }
    });
    if (away) output.say(`hint: ${away.hint}`);
    const status = tellDoubts(output, doubts);
    return away ? catalogue[away.code].exit : status;
  });
}

/** Stores that an administrator is to hand the key of, and who that is. */
function keysMissing(context: AccountContext): string | undefined {
  const stores = waitingStores(context);
  return stores.length === 0 ? undefined : `${stores.join(", ")} (waits for ${administratorsOf(context).join(" or ")})`;
}

async function awayOf(task: () => Promise<unknown>): Promise<MeshError | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    if (isMeshError(error, "ERR_SERVICE_UNREACHABLE") || isMeshError(error, "ERR_TIMEOUT")) return error;
    throw error;
  }
}
