/** `conflicts …`: changes that lost against another machine's, beside what stands, until their owner keeps one of the two. */
import type { AccountContext, Conflict } from "../../account/index.ts";
import { conflicts, findConflict, keepStanding, takeLost } from "../../account/index.ts";
import type { Datum } from "../../codec/index.ts";
import { isObject } from "../../codec/index.ts";
import { deviceCatalog, placeCatalog } from "../../schema/index.ts";
import { showTime } from "../term/age.ts";
import { report } from "../term/output.ts";
import { printFields, printTable } from "../term/table.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** A member of an entry, as it lost and as it stands. */
interface Member {
  readonly member: string;
  readonly lost: string;
  readonly stands: string | undefined;
}

/** `conflicts list`: one line for each. */
export async function conflictsList(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const all = conflicts(context);
    report(output, { conflicts: all.map((conflict) => resultOf(context, conflict)) }, () =>
      printTable(
        output,
        ["conflict", "of", "lost", "stands", "found"],
        all.map((conflict) => {
          const members = membersOf(context, conflict);
          const lost = conflict.isRemoved ? "all of it" : members.map(({ member, lost: text }) => `${member}: ${text}`).join("; ");
          const stands = conflict.isRemoved ? "removed" : members.map(({ stands: text }) => text ?? "-").join("; ");
          return [shortId(conflict), conflict.name, lost, stands, showTime(output, conflict.found, ports.clock.now())];
        }),
      ),
    );
    if (all.length === 0) output.say("no conflicts: nothing that two machines changed at once was lost");
    else output.say("next: 'meshman conflicts keep CONFLICT' leaves what stands, 'meshman conflicts resolve CONFLICT' takes what lost");
  });
}

/** `conflicts get CONFLICT`: every member of one. */
export async function conflictsGet(call: Invocation, text: string): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const conflict = findConflict(context, text);
    report(output, resultOf(context, conflict), () => {
      printFields(output, [
        ["conflict", conflict.id],
        ["of", `${conflict.name}  ${conflict.of}`],
        ["store", conflict.store],
        ["found", `${showTime(output, conflict.found, ports.clock.now())} by ${finderOf(context, conflict)}`],
        ["removed", conflict.isRemoved ? "yes: another machine had changed it" : undefined],
      ]);
      for (const { member, lost, stands } of membersOf(context, conflict)) output.line(`   ${member}: lost ${lost}, stands ${stands ?? "nothing"}`);
    });
  });
}

/** `conflicts keep CONFLICT`: what stands stays, what lost is forgotten. */
export async function conflictsKeep(call: Invocation, text: string): Promise<void> {
  await settle(call, text, { doing: "forgetting what lost", task: keepStanding, said: "what stands was kept" });
}

/** `conflicts resolve CONFLICT`: what lost takes the place of what stands. */
export async function conflictsResolve(call: Invocation, text: string): Promise<void> {
  await settle(call, text, { doing: "taking what lost", task: takeLost, said: "what had lost was taken" });
}

interface Settling {
  readonly doing: string;
  readonly task: (context: AccountContext, conflict: Conflict) => Promise<void>;
  readonly said: string;
}

async function settle(call: Invocation, text: string, { doing, task, said }: Settling): Promise<void> {
  const { output } = call;
  const { conflict, left } = await inAccount(call, { doing, sync: "needed" }, async (context) => {
    const found = findConflict(context, text);
    await task(context, found);
    return { conflict: found, left: conflicts(context).length };
  });
  report(output, { id: conflict.id, of: conflict.of, left }, () => output.line(`${conflict.name}: ${said}`));
  if (left > 0) output.say(`next: ${left} more, see 'meshman conflicts list'`);
}

function resultOf(context: AccountContext, conflict: Conflict): Readonly<Record<string, unknown>> {
  const { id, store, of, name, isRemoved: removed, found, deviceUdf } = conflict;
  return { id, store, of, localName: name, removed, found, deviceUdf, members: membersOf(context, conflict) };
}

function membersOf(context: AccountContext, { lost, stands }: Conflict): readonly Member[] {
  return Object.entries(lost).flatMap(([name, value]): Member[] => {
    if (value === undefined) return [];
    const now = stands[name];
    const member = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
    return [{ member, lost: textOf(context, name, value), stands: now === undefined ? undefined : textOf(context, name, now) }];
  });
}

/** A member's value as people read it. */
function textOf(context: AccountContext, name: string, value: Datum): string {
  if (Array.isArray(value)) return value.map((item) => textOf(context, name, item)).join(", ");
  if (isObject(value) && typeof value.Name === "string") return value.Name;
  if (typeof value !== "string") return JSON.stringify(value);
  const isPlace = name === "Place" || name === "Parent";
  return (isPlace && context.keys.storeKeys.has(placeCatalog.label) ? context.get(placeCatalog, value)?.LocalName : undefined) ?? value;
}

function finderOf(context: AccountContext, { deviceUdf }: Conflict): string {
  return (context.keys.storeKeys.has(deviceCatalog.label) ? context.get(deviceCatalog, deviceUdf)?.LocalName : undefined) ?? deviceUdf;
}

/** What follows the type letter of a nonce is random from the first character on. */
function shortId({ id }: Conflict): string {
  return id.slice(0, 9);
}
