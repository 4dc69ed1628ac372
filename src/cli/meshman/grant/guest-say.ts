/** `guest say` and `guest houses`: what a guest does on his own machine. */
import type { AccountContext, GuestOutcome, SentGuestOrder } from "../../../account/index.ts";
import { guestAnswer, guestHouses, guestOrderSeconds, sendGuestOrder, syncWhatHolds } from "../../../account/index.ts";
import type { ErrorCode } from "../../../base/errors.ts";
import { catalogue, MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { Turn } from "../session.ts";
import { besideOthers, inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

/** What `guest say` takes. */
export interface GuestSayFlags {
  readonly hub?: string;
  readonly language?: string;
  readonly wait?: string;
}

/** What an answer may take after its order has expired. */
const answerMs = 3000;

/** `guest say ADDRESS SENTENCE`. Errors: why the hub did not do it, by its own word. */
export async function guestSay(call: Invocation, address: string, text: string, { hub, language, wait }: GuestSayFlags): Promise<void> {
  const { output } = call;
  const seconds = wait === undefined ? guestOrderSeconds.usual : durationOf(wait, "s");
  const options = { address, text, seconds, ...(hub === undefined ? {} : { hub }), ...(language === undefined ? {} : { language }) };
  const { sent, outcome } = await besideOthers(call, { doing: `waiting for the hub of ${address}`, sync: "wanted" }, async (context, turn) => {
    const order = await turn(() => sendGuestOrder(context, options));
    return { sent: order, outcome: await answerTo(call, { context, turn, order }) };
  });
  if (!outcome)
    throw new MeshError("ERR_TIMEOUT", `no answer from the hub of ${sent.house.address}`, {
      hint: "its hub, or a service between, is away, or you are its guest no more; the order has expired and will not be carried out later",
    });
  const { result, errorCode } = outcome;
  if (result !== "Accept")
    throw new MeshError(codeOf(errorCode, result), outcome.text, {
      ...(result === "Pending" ? { hint: "nothing is done before the owner has confirmed it, or the hub says otherwise" } : {}),
      detail: { result, hub: sent.hubUdf },
    });
  report(output, { result, text: outcome.text, hub: sent.hubUdf }, () => output.line(outcome.text));
}

async function answerTo(
  { ports, signal }: Invocation,
  { context, turn, order }: { readonly context: AccountContext; readonly turn: Turn; readonly order: SentGuestOrder },
): Promise<GuestOutcome | undefined> {
  for (;;) {
    const left = order.expires + answerMs - ports.clock.now();
    const found = await turn(async () => {
      await context.refresh();
      await syncWhatHolds(
        () => context.sync(),
        ({ message }) => ports.log.warn("store.doubted", { reason: message }),
      );
      return guestAnswer(context, order);
    });
    if (found || left <= 0) return found;
    await context.wait({ stores: ["MMM_Inbound"], seconds: Math.min(50, Math.max(1, Math.ceil(left / 1000))), signal });
  }
}

/** The hub's code where it is one that is known here; of what waits, that it waits. */
function codeOf(code: string | undefined, result: string): ErrorCode {
  if (result !== "Pending" && code !== undefined && Object.hasOwn(catalogue, code)) return code as ErrorCode;
  return result === "Pending" ? "ERR_PENDING" : result === "Expired" ? "ERR_COMMAND_EXPIRED" : "ERR_REJECTED";
}

/** `guest houses`. */
export async function guestHouseList(call: Invocation): Promise<void> {
  const { output } = call;
  const houses = await inAccount(call, { doing: "synchronising", sync: "wanted" }, guestHouses);
  const rows = houses.map(({ address, name, hubs, until }) => ({ address, name, hubs: hubs.map(({ udf }) => udf), until }));
  report(output, { houses: rows }, () =>
    printTable(
      output,
      ["address", "name", "until", "hubs"],
      rows.map(({ address, name, until, hubs }) => [address, name, until ?? "no end", hubs.map((udf) => udf.slice(0, 14)).join(" ")]),
    ),
  );
  if (rows.length === 0) output.say("no house has let you in");
  else output.say(`next: meshman guest say ${rows[0]?.address} "turn on the light"`);
}
