/** `account repair`: stores that cannot go on are made whole, by an administrator. */
import type { AccountContext, LostAudit, LostGroupAudit, LostMessages, ProfileGivenBack, Repaired } from "../../../account/index.ts";
import { administratorOf, giveBackGroupAudits, giveBackProfile, repairAccount } from "../../../account/index.ts";
import { toHex } from "../../../base/bytes.ts";
import { asMeshError, isMeshError, type MeshError } from "../../../base/errors.ts";
import { exitStatusOf } from "../../../base/interruption.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

function told(how: Repaired["how"], brought: number): string {
  if (how === "cut") return "begun anew without its end";
  if (how === "replaced") return "begun anew with this machine's history: nobody can believe the service's";
  return how === "united" ? `united, ${brought} changes brought over` : `given back, ${brought} changes of the service's kept`;
}

/**
 * What a machine that is no administrator can do: it knows what it was shown of audits. What fails with the service of a group is added to `failed`.
 * Errors: ERR_NOT_AUTHORIZED when nothing of that is lost.
 */
async function ofMember(context: AccountContext, failed: MeshError[]): Promise<Done> {
  const audit = await context.powers.giveBackAudit();
  const groups = await groupAudits(context, failed);
  if (!audit && groups.length + failed.length === 0) administratorOf(context);
  return { repaired: [], profile: "there", given: [], lost: [], audit, groups };
}

async function groupAudits(context: AccountContext, failed: MeshError[]): Promise<readonly LostGroupAudit[]> {
  const found = await giveBackGroupAudits(context);
  for (const error of found.failed) failed.push(error);
  return found.lost;
}

interface Done {
  readonly repaired: readonly Repaired[];
  readonly profile: ProfileGivenBack;
  readonly given: readonly LostMessages[];
  readonly lost: readonly LostMessages[];
  readonly audit: LostAudit | undefined;
  readonly groups: readonly LostGroupAudit[];
}

function place(head: LostAudit["service"]): { readonly epoch: number; readonly index: number } | undefined {
  return head && { epoch: head.Epoch ?? 0, index: head.Index };
}

function placeText(head: LostAudit["service"]): string {
  return head ? `${head.Epoch ?? 0}:${head.Index}` : "nothing";
}

function tellAudit({ output }: Invocation, whose: string, { service, here }: LostAudit): void {
  output.say(`${whose} has lost a part of its audit: it had come to ${placeText(service)}, this machine was shown ${placeText(here)}.`);
  output.say("It goes on from there; what it did between with its shares of the keys is told nowhere any more");
}

/** `account repair`. */
export async function accountRepair(call: Invocation): Promise<number> {
  const { output } = call;
  const failed: MeshError[] = [];
  // A sync first would end with the very error that this mends.
  const { repaired, given, lost, profile, audit, groups } = await inAccount(
    call,
    { doing: "repairing", sync: "none" },
    async (context): Promise<Done> => {
      if (!context.keys.administrator) return ofMember(context, failed);
      const repaired = await repairAccount(context);
      // What was done is told, whatever becomes of the rest.
      const rest = async <T>(step: () => Promise<T>, otherwise: T): Promise<T> => {
        try {
          return await step();
        } catch (error) {
          if (isMeshError(error, "ERR_REVOKED")) throw error;
          failed.push(asMeshError(error));
          return otherwise;
        }
      };
      return {
        repaired,
        profile: await rest(() => giveBackProfile(context), "there"),
        ...(await rest(() => context.giveBackMessages(), { given: [], lost: [] })),
        audit: await rest(() => context.powers.giveBackAudit(), undefined),
        groups: await rest(() => groupAudits(context, failed), []),
      };
    },
  );
  const counts = (messages: typeof lost) => messages.map(({ store, service, here }) => ({ store, service, here }));
  const results = repaired.map(({ store, how, brought, heads, kept }) => ({
    store,
    how,
    brought,
    heads: heads.map(({ Epoch = 0, Index, TreeDigest }) => ({ epoch: Epoch, index: Index, digest: TreeDigest })),
    kept,
  }));
  report(
    output,
    {
      ...(failed.length === 0 ? {} : { success: false, failed }),
      repaired: results,
      ...(profile === "there" ? {} : { profile }),
      ...(given.length === 0 ? {} : { messages: counts(given) }),
      ...(lost.length === 0 ? {} : { lost: counts(lost) }),
      ...(audit ? { audit: { service: place(audit.service), here: place(audit.here) } } : {}),
      ...(groups.length === 0 ? {} : { groups: groups.map(({ group, service, here }) => ({ group, service: place(service), here: place(here) })) }),
    },
    () =>
      printTable(
        output,
        ["store", "what", "of the service", "of this machine"],
        results.map(({ store, how, brought, heads }) => [
          store,
          told(how, brought),
          ...[heads[0], heads[1]].map((head) => (head ? `${head.epoch}:${head.index} ${toHex(head.digest.subarray(0, 8))}` : "-")),
        ]),
      ),
  );
  for (const { store, service, here } of given) output.say(`the service has the messages of ${store} again that it had lost: ${here - service}`);
  for (const { store, service, here } of lost) {
    output.say(`the service has lost messages of ${store}, and has others since: it has ${service} frames, this machine ${here}. What came is still`);
    output.say("readable here, and a sync ends with ERR_ROLLBACK until the service's operator has put in a newer copy");
  }
  if (profile === "given back") output.say("the service had lost the newest profile of the account: it has it again");
  if (profile === "waits")
    output.say("the service has lost the newest profile of the account: run 'meshman account repair' on a machine that holds its root key, too");
  if (audit) tellAudit(call, "the service", audit);
  for (const each of groups) tellAudit(call, `the service of the group ${each.group}`, each);
  if (repaired.length + given.length + lost.length + failed.length + groups.length === 0 && profile === "there" && !audit)
    output.say("nothing to repair: every store of the service goes on from what this machine has");
  for (const { store, kept } of results) if (kept !== undefined) output.say(`this machine's history of ${store} is kept as ${kept}`);
  if (repaired.length > 0) output.say("next: 'meshman account sync' on the other machines, and 'meshman conflicts list' here");
  for (const { message, hint } of failed) {
    output.say(`error: ${message}`);
    output.say(`hint: ${hint}`);
  }
  const [first] = failed;
  return first ? exitStatusOf(first) : 0;
}
