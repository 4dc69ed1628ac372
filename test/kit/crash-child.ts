/**
 * A machine of the account that is killed at its nth write: `node crash-child.ts DIR COUNT begin LABELS...`, `follow`, `over`, `repair`, `ask ADDRESS`
 * or `accept ADDRESS`; with the account's seed in MESH_TEST_SEED `recover ADDRESS URL`, `purge` or `escrow`. Every call of node:fs that changes the disk counts; the process dies by SIGKILL in front of it, as a machine does that loses its
 * power.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [dir = "", count = "0", deed = "", ...labels] = process.argv.slice(2);
let left = Number(count);
const step = (): void => {
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
};
const changing = ["rename", "rm", "unlink", "writeFile", "open", "mkdir"] as const;
const promises = fs.promises as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
for (const name of changing) {
  const real = promises[name]?.bind(fs.promises);
  if (!real) continue;
  promises[name] = async (...given) => {
    const isReading = name === "open" && (given[1] === "r" || given[1] === fs.constants.O_RDONLY);
    if (!isReading && String(given[0]).startsWith(dir)) step();
    const result = await real(...given);
    if (name === "open" && !isReading && String(given[0]).startsWith(dir)) hook(result as Record<string, (...given: unknown[]) => unknown>);
    return result;
  };
}
function hook(handle: Record<string, (...given: unknown[]) => unknown>): void {
  for (const name of ["write", "writev", "datasync", "sync", "truncate"]) {
    const real = handle[name]?.bind(handle);
    if (!real) continue;
    handle[name] = (...given) => {
      step();
      return real(...given);
    };
  }
}
syncBuiltinESMExports();

const {
  AccountContext,
  acceptContact,
  attend,
  keepRecovery,
  pendingContacts,
  publishRecord,
  purgeSeed,
  recoverAccount,
  repairAccount,
  requestContact,
} = await import("../../src/account/index.ts");
const { ports } = await import("./household.ts");
const seed = process.env.MESH_TEST_SEED ?? "";
const [address = "", serviceUrl = ""] = labels;
const context = await (deed === "recover" ? recoverAccount({ dir, seed, address, serviceUrl, ports }) : AccountContext.open({ dir, ports }));
// A sync first would end with the very error that a repair mends.
if (deed === "repair") await repairAccount(context);
else await context.sync();
if (deed === "ask") await requestContact(context, labels[0] ?? "");
if (deed === "accept") for (const pending of await pendingContacts(context)) await acceptContact(context, pending);
if (deed === "ask" || deed === "accept") await attend(context, { claim: false });
if (deed === "begin") {
  const outcome =
    (await context.resumeEpochs()) ??
    (await context.beginEpochs({ reason: "Compact", stores: labels.map((label) => ({ label: label as "MMM_Place", keyEpoch: 0 })) }));
  process.stdout.write(`${outcome}\n`);
}
if (deed === "over") await context.goOver();
if (deed === "purge") await purgeSeed(context, seed);
if (deed === "escrow") {
  await keepRecovery(context);
  await publishRecord(context, { Quorum: 2, Shares: 3 });
}
await context.close();
process.stdout.write(`whole ${Number(count) - left}\n`);
