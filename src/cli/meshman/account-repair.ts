/** `account repair`: stores that cannot go on are made whole, by an administrator. */
import { administratorOf } from "../../account/index.ts";
import { toHex } from "../../base/bytes.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** `account repair`. */
export async function accountRepair(call: Invocation): Promise<void> {
  const { output } = call;
  // A sync first would end with the very error that this mends.
  const { repaired, lost } = await inAccount(call, { doing: "repairing", sync: "none" }, async (context) => {
    administratorOf(context);
    return { repaired: await context.repair(), lost: await context.lostMessages() };
  });
  const results = repaired.map(({ store, how, brought, heads, kept }) => ({
    store,
    how,
    brought,
    heads: heads.map(({ Epoch = 0, Index, TreeDigest }) => ({ epoch: Epoch, index: Index, digest: TreeDigest })),
    kept,
  }));
  report(output, { repaired: results, ...(lost.length === 0 ? {} : { lost }) }, () =>
    printTable(
      output,
      ["store", "what", "of the service", "of this machine"],
      results.map(({ store, how, brought, heads }) => [
        store,
        how === "united" ? `united, ${brought} changes brought over` : "begun anew without its end",
        ...[heads[0], heads[1]].map((head) => (head ? `${head.epoch}:${head.index} ${toHex(head.digest.subarray(0, 8))}` : "-")),
      ]),
    ),
  );
  for (const { store, service, here } of lost) {
    output.say(
      `the service has lost messages of ${store}: it has ${service} frames, this machine ${here}. They are not repaired: what came is still`,
    );
    output.say("readable here, and a sync ends with ERR_ROLLBACK until the service's operator has put in a newer copy");
  }
  if (repaired.length + lost.length === 0) output.say("nothing to repair: every store of the service goes on from what this machine has");
  for (const { store, kept } of results) if (kept !== undefined) output.say(`this machine's history of ${store} is kept as ${kept}`);
  if (repaired.length > 0) output.say("next: 'meshman account sync' on the other machines, and 'meshman conflicts list' here");
}
