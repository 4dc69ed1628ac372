/** What a Transact says of catalogs that go on in their next epoch, checked before anything is written (extensions §5). */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { ContainerStatus, StageSwitch, TransactRequest } from "../../protocol/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { takeOver } from "../access/access-reading.ts";
import { AccessTable } from "../access/access-table.ts";
import type { Account } from "../account/account.ts";
import { catalogLabel } from "../account/catalog-check.ts";
import { checkStagedEnd } from "../account/epoch-check.ts";
import type { StageName, Switch } from "../store/service-store.ts";
import type { ServiceContext } from "./context.ts";
import { requireAccessOctets } from "./entry-check.ts";

/** Where every catalog of a request is expected to end; each stands once. ERR_USAGE. */
export function placesOf({ Updates = [], Switch: switches = [] }: TransactRequest): readonly ContainerStatus[] {
  const places: readonly ContainerStatus[] = [...Updates.map(({ Envelopes: _, ...place }) => place), ...switches.map(formerOf)];
  if (new Set(places.map(({ Container }) => catalogLabel(Container))).size !== places.length)
    throw new MeshError("ERR_USAGE", "a catalog stands twice in one request");
  return places;
}

function formerOf({ Container, Former }: StageSwitch): ContainerStatus {
  if (catalogLabel(Former.Container) !== catalogLabel(Container))
    throw new MeshError("ERR_USAGE", `a switch of ${Container} names a former end of ${Former.Container}`);
  return Former;
}

/** The switches of a request whose former ends were compared. ERR_NOT_FOUND (no such stage), ERR_VERIFICATION, ERR_SCHEMA, ERR_USAGE, ERR_QUOTA. */
export async function checkSwitches(
  context: ServiceContext,
  account: Account,
  options: { readonly switches: readonly StageSwitch[]; readonly sender: string },
): Promise<readonly Switch[]> {
  const time = context.clock.now();
  const checked: Switch[] = [];
  for (const change of options.switches) {
    const label = catalogLabel(change.Container);
    const stage = { sender: options.sender, name: change.Stage };
    await checkStage(account, label, { stage, change });
    if (label === "MMM_Access") await checkAccess(context, account, stage);
    const { Epoch = 0, Index } = change.Former;
    checked.push({ store: label, stage, former: { epoch: Epoch, index: Index }, count: change.Index, time });
  }
  return checked;
}

async function checkStage(
  account: Account,
  label: CatalogLabel,
  { stage, change }: { readonly stage: StageName; readonly change: StageSwitch },
): Promise<void> {
  const { Epoch: epoch, Index: count, Digest } = change;
  const end = epoch === (change.Former.Epoch ?? 0) + 1 ? await account.stages.end(label, stage, epoch) : undefined;
  if (end === undefined) {
    throw new MeshError("ERR_NOT_FOUND", `this device has staged no ${JSON.stringify(stage.name.slice(0, 64))} for epoch ${epoch} of ${label}`, {
      hint: "stage it again: what is staged is dropped after a day, and when another epoch comes in force",
    });
  }
  if (end.count !== count || end.digest === undefined || !equalBytes(end.digest, Digest)) {
    throw new MeshError(
      "ERR_VERIFICATION",
      `what is staged for epoch ${epoch} of ${label} has ${end.count} frames and another end than the switch names`,
    );
  }
  await checkStagedEnd(account, stage, { label, epoch, accountUdf: account.accountUdf, count });
}

/** The table that the new epoch gives is made before it comes in force: it must be small enough, and let somebody in. */
async function checkAccess({ limits }: ServiceContext, account: Account, stage: StageName): Promise<void> {
  const table = new AccessTable();
  const reader = account.reader("MMM_Access", { stage });
  try {
    await takeOver(table, (range) => account.stages.frames("MMM_Access", stage, range), { reader });
  } finally {
    reader.wipe();
  }
  requireAccessOctets(table.octetsWith(new Map()), limits);
  if (!table.letsAnybodyIn)
    throw new MeshError("ERR_USAGE", "the new epoch of MMM_Access has no active entry: nobody could use the account any more");
}
