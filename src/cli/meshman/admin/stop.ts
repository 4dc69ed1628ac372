/**
 * `admin freeze`, `thaw` and `revoke`, of one split by its id, or of every one that a machine has: whoever lost a phone need not know what it was granted.
 * What was done is told split by split; one that fails keeps none of the others back.
 */
import type { AccountContext, StandingSplit } from "../../../account/index.ts";
import { endSplit, findDevice, findSplit, freezeSplit, leastOfSplitId, splitsOf, thawSplit } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { shortId } from "./list.ts";

type State = StandingSplit["state"];

/** The split of an id, or those of a machine that are in one of the states. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
function splitsNamed(context: AccountContext, text: string, states: readonly State[]): readonly StandingSplit[] {
  try {
    return [findSplit(context, text)];
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_FOUND")) throw error;
  }
  const udf = machineOf(context, text);
  const found = splitsOf(context).filter(({ split, state }) => split.GranteeUdf === udf && states.includes(state));
  if (found.length === 0)
    throw new MeshError("ERR_NOT_FOUND", `${text} has no split that is ${states.join(" or ")}`, { hint: "see 'meshman admin list'" });
  return found;
}

function machineOf(context: AccountContext, text: string): string {
  try {
    return findDevice(context, text).DeviceUdf;
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_FOUND")) throw error;
    throw new MeshError("ERR_NOT_FOUND", `no split begins with ${JSON.stringify(text.slice(0, 80))}, and no machine is called so`, {
      hint: `type at least ${leastOfSplitId} characters of a split's id, or the name of a machine; see 'meshman admin list'`,
    });
  }
}

/** Does it to each of them, the others too when one fails. Errors: the first one, after all were tried. */
async function each<T>(splits: readonly StandingSplit[], task: (standing: StandingSplit) => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  const failures: unknown[] = [];
  for (const standing of splits) {
    try {
      done.push(await task(standing));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

/** `admin freeze SPLIT`: at once, by any machine of the owner that uses devices. */
export async function adminFreeze(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const ids = await inAccount(call, { doing: "freezing", sync: "needed" }, (context) =>
    each(splitsNamed(context, text, ["open", "frozen"]), async (standing) => {
      await freezeSplit(context, standing);
      return standing.split.Id;
    }),
  );
  report(output, { splits: ids.map((split) => ({ split, state: "frozen" })) }, () => {
    for (const id of ids) output.line(`frozen\t${shortId(id)}`);
  });
  output.say(`the service signs nothing of it any more; an administrator thaws it: 'meshman admin thaw ${named(text, ids)}', or ends it: 'revoke'`);
}

/** How the same are named once more. */
function named(text: string, [id = "", ...others]: readonly string[]): string {
  return others.length === 0 ? shortId(id) : text;
}

/** `admin thaw SPLIT`. */
export async function adminThaw(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const ids = await inAccount(call, { doing: "thawing", sync: "needed" }, (context) =>
    each(splitsNamed(context, text, ["frozen"]), async (standing) => {
      if (standing.state === "ended")
        throw new MeshError("ERR_USAGE", "the split was ended: that is for ever", { hint: "grant another: 'meshman admin split'" });
      await thawSplit(context, standing);
      return standing.split.Id;
    }),
  );
  report(output, { splits: ids.map((split) => ({ split, state: "open" })) }, () => {
    for (const id of ids) output.line(`thawed\t${shortId(id)}`);
  });
}

/** `admin revoke SPLIT`. */
export async function adminRevoke(call: Invocation, text: string, flags: { readonly yes?: boolean }): Promise<void> {
  const { output, stdin } = call;
  if (!flags.yes) await confirm({ output, input: stdin, question: `End the split ${text}, or every one of the machine ${text}, for ever?` });
  const ended = await inAccount(call, { doing: "ending the split", sync: "needed" }, (context) =>
    each(splitsNamed(context, text, ["open", "frozen", "over"]), async (standing) => ({
      split: standing.split,
      connected: (await endSplit(context, standing)).length,
    })),
  );
  report(output, { splits: ended.map(({ split, connected }) => ({ split: split.Id, state: "ended", connected })) }, () => {
    for (const { split } of ended) output.line(`ended\t${shortId(split.Id)}`);
  });
  for (const { split, connected } of ended)
    output.say(`${shortId(split.Id)}: ${connected} of ${split.Count} devices were connected by it, and stay; its numbers connect nothing more`);
}
