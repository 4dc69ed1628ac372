/**
 * `account sync`: newest state, newest keys, and what was allowed in advance. A slow line needs several turns: it goes on for as long as each brings
 * something, and others have the directory between them.
 */
import type { AccountContext, AgentEvent, Doubt, StoreSync } from "../../../account/index.ts";
import { attend, offerCommandKey, syncWhatHolds } from "../../../account/index.ts";
import { isMeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { doubtResult, tellDoubts } from "../doubts.ts";
import { eventResult, tellEvent } from "../event.ts";
import type { Turn } from "../session.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** Whoever waits for the directory gets it meanwhile. */
const betweenMs = 500;

/**
 * With `auto` it does what was allowed in advance. A store whose end is not believed keeps nothing else back.
 * @returns the exit status
 */
export async function accountSync(call: Invocation, options: { readonly auto: boolean; readonly claim: boolean }): Promise<number> {
  const { output } = call;
  return besideOthers(call, { doing: "synchronising", sync: "none" }, async (context, turn) => {
    const { stores, doubts, events } = await bring(call, { context, turn, attending: () => attended(context, options) });
    const result = {
      stores: stores.map(({ store, from, to }) => ({ store, from, to })),
      events: events.map(eventResult),
      ...doubtResult(doubts),
    };
    report(output, result, () => {
      printTable(
        output,
        ["store", "from", "to"],
        stores.map(({ store, from, to }) => [store, String(from), String(to)]),
      );
    });
    if (stores.length + events.length === 0) output.say("nothing new");
    for (const event of events) tellEvent((line) => output.say(line), event);
    if (events.some(({ kind }) => kind === "connected")) output.say("next: 'meshman device complete' on the machine that was let in");
    return tellDoubts(output, doubts);
  });
}

async function attended(
  context: AccountContext,
  { auto, claim }: { readonly auto: boolean; readonly claim: boolean },
): Promise<readonly AgentEvent[]> {
  if (!auto) return [];
  if (context.keys.administrator) return attend(context, { claim });
  await offerCommandKey(context);
  return [];
}

interface Brought {
  readonly stores: readonly StoreSync[];
  readonly doubts: readonly Doubt[];
  readonly events: readonly AgentEvent[];
}

async function bring(
  { output, ports: { clock }, signal }: Invocation,
  { context, turn, attending }: { readonly context: AccountContext; readonly turn: Turn; readonly attending: () => Promise<readonly AgentEvent[]> },
): Promise<Brought> {
  const soFar = new Map<string, StoreSync>();
  const add = (stores: readonly StoreSync[]): void => {
    for (const sync of stores.filter(({ from, to }) => from < to)) soFar.set(sync.store, { ...sync, from: soFar.get(sync.store)?.from ?? sync.from });
  };
  for (;;) {
    const done = await turn(async () => {
      await context.refresh();
      const before = placesOf(context);
      try {
        let doubts: readonly Doubt[] = [];
        add(
          await syncWhatHolds(
            () => context.sync(),
            (doubt) => (doubts = doubt.doubts),
          ),
        );
        return { doubts, events: await attending() };
      } catch (error) {
        const grown = grownSince(before, context);
        if (!isMeshError(error, "ERR_TIMEOUT") || grown.length === 0) throw error;
        add(grown);
        return undefined;
      }
    });
    if (done) return { stores: [...soFar.values()], ...done };
    output.say(`the line is slow; so far ${[...soFar.values()].map(({ store, to }) => `${to} frames of ${store}`).join(", ")}; going on`);
    await clock.sleep(betweenMs, signal);
  }
}

type Places = ReadonlyMap<string, { readonly epoch: number; readonly count: number }>;

function placesOf(context: AccountContext): Places {
  return new Map(context.heads().map(({ Store, Epoch: epoch = 0, Index }) => [Store, { epoch, count: Index + 1 }]));
}

/** What a turn brought that ended early. */
function grownSince(before: Places, context: AccountContext): readonly StoreSync[] {
  return context.heads().flatMap(({ Store, Epoch = 0, Index }) => {
    const { epoch, count } = before.get(Store) ?? { epoch: 0, count: 0 };
    if (Epoch === epoch && Index + 1 <= count) return [];
    return [{ store: Store as StoreSync["store"], from: Epoch === epoch ? count : 0, to: Index + 1 }];
  });
}
