/** `account compact`: stores begin anew with what they hold; with --purge the service forgets what they began from. */
import type { Compacted, Purged } from "../../../account/index.ts";
import { compactStores, purgeEpochs } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import type { CatalogLabel } from "../../../schema/index.ts";
import { catalogLabels, isCatalog, storeLabel } from "../../../schema/index.ts";
import { confirm } from "../../term/confirm.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `account compact` takes. */
export interface CompactFlags {
  readonly purge?: boolean;
  readonly yes?: boolean;
}

/** `account compact [STORE...] [--purge]`. */
export async function accountCompact(call: Invocation, texts: readonly string[], { purge = false, yes = false }: CompactFlags): Promise<void> {
  const { output, stdin } = call;
  const named = texts.map(catalogOf);
  if (purge && !yes) {
    await confirm({
      output,
      input: stdin,
      question: "Let the service forget former epochs? A machine that was away longer cannot compare with them",
    });
  }
  const { compacted, purged } = await inAccount(call, { doing: "compacting", sync: "needed" }, async (context) => {
    // First: a full account has no room to begin anything anew before.
    const before = purge ? await purgeEpochs(context) : undefined;
    const compacted = await compactStores(context, named.length === 0 ? undefined : named).catch((error: unknown) => {
      throw before ? withTimeHint(error, before) : error;
    });
    const after = purge ? await purgeEpochs(context) : undefined;
    return { compacted, purged: after && { purged: [...(before?.purged ?? []), ...after.purged], kept: after.kept } };
  });
  report(output, { compacted, ...(purged && { purged: purged.purged.map(epochResult), kept: purged.kept.map(epochResult) }) }, () => {
    printTable(
      output,
      ["store", "before", "after"],
      compacted.map(({ store, before, after }) => [store, String(before), String(after)]),
    );
    for (const { Container, Epoch } of purged?.purged ?? []) output.line(`${Container} epoch ${Epoch} forgotten`);
  });
  tell(output, compacted, purged);
}

/** Of an account that is full though it was purged. */
function withTimeHint(error: unknown, { kept }: Purged): unknown {
  if (!isMeshError(error, "ERR_QUOTA") || kept.length === 0) return error;
  const hint = "what was in force until less than a day ago is kept: run this again tomorrow, or ask whoever runs the service for a larger budget";
  return new MeshError("ERR_QUOTA", error.message, { detail: error.detail, hint, cause: error });
}

function tell(output: Output, compacted: readonly Compacted[], purged: Purged | undefined): void {
  if (compacted.length === 0) output.say("no store has grown to much more than it holds; name one to compact it nevertheless");
  else if (!purged) output.say("next: the service keeps what they began from, until 'meshman account compact --purge' a day from now or later");
  if (purged && purged.kept.length > 0) {
    const kept = purged.kept.map(({ Container, Epoch }) => `epoch ${Epoch} of ${Container}`).join(", ");
    output.say(`kept: ${kept}, in force until less than a day ago; other machines may still ask for it`);
    output.say("next: 'meshman account compact --purge' tomorrow");
  }
}

function epochResult({ Container, Epoch }: Purged["kept"][number]): { readonly store: string; readonly epoch: number } {
  return { store: Container, epoch: Epoch };
}

function catalogOf(text: string): CatalogLabel {
  const label = storeLabel(/^mmm_/i.test(text) ? text : `MMM_${text}`);
  if (isCatalog(label)) return label;
  throw new MeshError("ERR_USAGE", `${label} is a spool: only catalogs begin anew`, { hint: `catalogs are ${catalogLabels.join(", ")}` });
}
