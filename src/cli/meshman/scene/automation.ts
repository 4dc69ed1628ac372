/** `automation …`: what the house does by itself. It is understood when it is made; what is stored is times, tests and orders of devices. */
import type { AccountContext } from "../../../account/index.ts";
import { addAutomations, automationsOf, deleteAutomation, findAutomation, findPlace, pauseAutomation } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Interpretation } from "../../../driver/index.ts";
import { interpret } from "../../../driver/index.ts";
import { devicesOf, explainAutomation, knownAutomation, storedAutomations } from "../../../names/automation.ts";
import type { CatalogedAutomation } from "../../../schema/index.ts";
import { isRiskyOrder } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { refusedWords } from "../device/say.ts";
import type { House } from "../house.ts";
import { houseOf } from "../house.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What these commands take. */
export interface AutomationFlags {
  readonly place?: string;
  readonly language?: string;
}

/** `automation add WORDS`. */
export async function automationAdd(call: Invocation, words: string, flags: AutomationFlags): Promise<void> {
  const { output } = call;
  const { made, risky } = await inAccount(call, { doing: "making the automation", sync: "needed" }, async (context) => {
    const house = await houseOf(context, flags.language);
    const place = flags.place === undefined ? undefined : findPlace(context, flags.place).Key;
    const meant = understood(house, words, place);
    const stored = storedAutomations(meant);
    if (stored === undefined)
      throw new MeshError("ERR_COMMAND", `${JSON.stringify(words.slice(0, 80))} is for once, and an automation is for what comes again`, {
        hint: 'say what is for once at the hub: mesh-hub say, for example "turn off the kitchen light in ten minutes"',
      });
    if (meant.kind === "rule") for (const one of stored) checkHub(house, one);
    const added = await addAutomations(
      context,
      stored.map((one) => ({ Said: words, ...one })),
    );
    return { made: added.map((one) => shownAutomation(house, one)), risky: riskyOf(house, meant) };
  });
  const [first, next] = made;
  report(output, { ...first, ...(next === undefined ? {} : { next }) }, () => {
    for (const { does } of made) output.line(does);
  });
  if (risky.length > 0) output.say(`can do harm, and is asked on the owner's devices each time: ${risky.join(", ")}`);
  output.say("hubs know of it within a minute; 'mesh-hub automations' tells what came of it");
}

/** `automation list`. */
export async function automationList(call: Invocation, flags: AutomationFlags): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const rows = await shownAutomations(context, automationsOf(context), flags);
    report(output, { automations: rows }, () =>
      printTable(
        output,
        ["does", "said", "state", "key"],
        rows.map(({ does, said, paused, key }) => [does, said, paused ? "paused" : "", key.slice(0, 14)]),
      ),
    );
    if (rows.length === 0) output.say("no automations; 'meshman automation add \"every day at sunset turn on the hall light\"' makes one");
  });
}

/** `automation get KEY`. */
export async function automationGet(call: Invocation, text: string, flags: AutomationFlags): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const [shown] = await shownAutomations(context, [findAutomation(context, text)], flags);
    if (shown) report(output, { ...shown }, () => output.line(`${shown.does}${shown.paused ? " (paused)" : ""}`));
  });
}

/** `automation delete KEY`. */
export async function automationDelete(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { Key, Said } = await inAccount(call, { doing: "deleting", sync: "needed" }, async (context) => {
    const found = findAutomation(context, text);
    await deleteAutomation(context, found);
    return found;
  });
  report(output, { key: Key, said: Said }, () => output.line(Said));
}

/** `automation pause KEY` and `automation resume KEY`. */
export async function automationPause(call: Invocation, text: string, isPaused: boolean): Promise<void> {
  const { output } = call;
  const { Key, Said } = await inAccount(call, { doing: isPaused ? "pausing" : "resuming", sync: "needed" }, async (context) => {
    const found = findAutomation(context, text);
    await pauseAutomation(context, found, isPaused);
    return found;
  });
  report(output, { key: Key, said: Said, paused: isPaused }, () => output.line(`${isPaused ? "paused" : "goes on"}: ${Said}`));
  output.say("hubs know of it within a minute");
}

function understood({ book }: House, words: string, place: string | undefined): Extract<Interpretation, { kind: "timed" | "rule" }> {
  const meaning = interpret(words, book.index, { place });
  if (meaning.kind === "timed" || meaning.kind === "rule") return meaning;
  if (meaning.kind === "question" || meaning.kind === "unknown") throw refusedWords(meaning, `${JSON.stringify(words.slice(0, 80))}: `);
  throw new MeshError("ERR_COMMAND", `${JSON.stringify(words.slice(0, 80))} has no time and no condition`, {
    hint: 'say when: "every day at sunset turn on the hall light", "when the hall door opens turn on the hall light"',
  });
}

/** What becomes so is seen by the hub of those devices, and that hub gives the orders. */
function checkHub({ byUdf }: House, stored: Pick<CatalogedAutomation, "If" | "Orders" | "After">): void {
  const { If, Orders, After = [] } = stored;
  const told = [...Orders, ...After].flatMap(({ Targets }) => Targets.map(({ DeviceUdf }) => DeviceUdf));
  const hubs = new Set([...(If?.Tests ?? []).map(({ DeviceUdf }) => DeviceUdf), ...told].map((udf) => byUdf.get(udf)?.entry.HubUdf));
  if (hubs.size > 1)
    throw new MeshError("ERR_COMMAND", "these devices are behind different hubs: what a device of one sets off, another hub does not see", {
      hint: "make it of devices of one hub",
    });
}

function riskyOf({ byUdf }: House, meant: Extract<Interpretation, { kind: "timed" | "rule" }>): readonly string[] {
  const next = meant.kind === "timed" ? (meant.next?.orders ?? []) : [];
  return [...meant.orders, ...next].flatMap(({ command, targets, spoken }) => {
    const isRisky = targets.some(({ udf, arguments: args }) => {
      const { Class, Properties: properties } = byUdf.get(udf)?.description ?? {};
      return isRiskyOrder({ class: Class, command, arguments: args, properties });
    });
    return isRisky ? [spoken] : [];
  });
}

interface ShownAutomation {
  readonly key: string;
  readonly said: string;
  /** In words. */
  readonly does: string;
  readonly paused: boolean;
}

async function shownAutomations(
  context: AccountContext,
  automations: readonly CatalogedAutomation[],
  { language }: AutomationFlags,
): Promise<readonly ShownAutomation[]> {
  const house = await houseOf(context, language);
  return automations.map((automation) => shownAutomation(house, automation));
}

function shownAutomation({ book, byUdf }: House, entry: CatalogedAutomation): ShownAutomation {
  const { Key: key, Said: said, Paused: paused = false } = entry;
  const known = knownAutomation(entry);
  if (known === undefined) return { key, said, does: "not understood by this version: no hub of it runs this", paused };
  const gone = devicesOf(known).filter((udf) => !byUdf.has(udf)).length;
  const does = explainAutomation(known, book.index);
  return { key, said, paused, does: gone === 0 ? does : `${does}; ${gone} of its devices ${gone === 1 ? "is" : "are"} not there any more` };
}
