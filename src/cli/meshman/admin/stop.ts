/** `admin freeze`, `thaw` and `revoke`. */
import type { AccountContext, StandingSplit } from "../../../account/index.ts";
import { endSplit, findDevice, findSplit, freezeSplit, splitsOf, thawSplit } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { shortId } from "./list.ts";

/** The split of an id, or the one of a machine. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
function splitOf(context: AccountContext, text: string): StandingSplit {
  try {
    return findSplit(context, text);
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_FOUND")) throw error;
    const udf = findDevice(context, text).DeviceUdf;
    const [one, ...others] = splitsOf(context).filter(({ split, state }) => split.GranteeUdf === udf && state !== "ended");
    if (!one) throw error;
    if (others.length === 0) return one;
    const ids = [one, ...others].map(({ split }) => shortId(split.Id)).join(", ");
    throw new MeshError("ERR_AMBIGUOUS", `${text} has ${others.length + 1} splits: ${ids}`, { hint: "name one of them" });
  }
}

/** `admin freeze SPLIT`: at once, by any machine of the owner that uses devices. */
export async function adminFreeze(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { split } = await inAccount(call, { doing: "freezing", sync: "needed" }, async (context) => {
    const found = splitOf(context, text);
    await freezeSplit(context, found);
    return found;
  });
  report(output, { split: split.Id, state: "frozen" }, () => output.line(`frozen\t${shortId(split.Id)}`));
  output.say(`the service signs nothing of it any more; an administrator thaws it: 'meshman admin thaw ${shortId(split.Id)}', or ends it: 'revoke'`);
}

/** `admin thaw SPLIT`. */
export async function adminThaw(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { split } = await inAccount(call, { doing: "thawing", sync: "needed" }, async (context) => {
    const found = splitOf(context, text);
    if (found.state === "ended")
      throw new MeshError("ERR_USAGE", "the split was ended: that is for ever", { hint: "grant another: 'meshman admin split'" });
    await thawSplit(context, found);
    return found;
  });
  report(output, { split: split.Id, state: "open" }, () => output.line(`thawed\t${shortId(split.Id)}`));
}

/** `admin revoke SPLIT`. */
export async function adminRevoke(call: Invocation, text: string, flags: { readonly yes?: boolean }): Promise<void> {
  const { output, stdin } = call;
  if (!flags.yes) await confirm({ output, input: stdin, question: `End the split ${text}, for ever?` });
  const { split, serials } = await inAccount(call, { doing: "ending the split", sync: "needed" }, async (context) => {
    const found = splitOf(context, text);
    return { ...found, serials: await endSplit(context, found) };
  });
  report(output, { split: split.Id, state: "ended", connected: serials.length }, () => output.line(`ended\t${shortId(split.Id)}`));
  output.say(`${serials.length} of ${split.Count} devices were connected by it, and stay; its numbers connect nothing more, whoever signs`);
}
