/** The automations of a hub, over its parts. */
import type { AccountContext } from "../../account/hub.ts";
import type { HubConfig } from "../../config/index.ts";
import type { NameBook } from "../../names/name-book.ts";
import { automationsOf } from "../../names/name-book.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Orders } from "../command/order.ts";
import type { SignedIn } from "../command/standing-principal.ts";
import { makerOf } from "../command/standing-principal.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { OpenFile } from "../salvage.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { speakerOf } from "../wyoming/satellite.ts";
import { openAutomationBook } from "./automation-book.ts";
import { Automations } from "./automations.ts";
import { openLaterBook } from "./later-orders.ts";
import type { Position } from "./sun.ts";

/** The automations, and where they go on when the hub ends. */
export interface OpenedAutomations {
  readonly automations: Automations;
  /** The house stands elsewhere, or nobody knows where. */
  readonly takeHouse: (house: HubConfig["house"]) => void;
  readonly close: () => Promise<void>;
}

/** Opens the file and makes the runner, which has not started. Errors: those of openAutomationBook. */
export async function openAutomations({
  paths,
  openFile,
  config,
  orders,
  book,
  grants,
  signedIn,
  account,
  keeper,
  questions,
}: {
  readonly paths: { readonly book: string; readonly later: string };
  readonly openFile: OpenFile;
  readonly config: HubConfig;
  readonly orders: Orders;
  readonly book: NameBook;
  readonly grants: GrantBook;
  readonly signedIn: SignedIn;
  readonly account: AccountContext;
  readonly keeper: StateKeeper;
  readonly questions: OwnerQuestions;
}): Promise<OpenedAutomations> {
  const kept = await openAutomationBook(paths.book, openFile);
  const later = await openLaterBook(paths.later, openFile);
  let { house } = config;
  const { clock, random, log } = account.ports;
  const satellite = (name: string) => speakerOf({ satellite: name, address: "" }, { grants, names: book, places: config.wyoming.places })?.principal;
  const automations = new Automations({
    book: kept,
    later,
    orders,
    keeper,
    questions,
    // Without the names of all others, which are verified one by one at a start.
    classOf: (udf) => book.describeOwn(udf)?.Class,
    known: () => automationsOf(account),
    principalOf: (made) => makerOf(made, { grants, account, signedIn, satellite }),
    position: () => positionOf(house),
    clock,
    random,
    log,
  });
  const takeHouse = (now: HubConfig["house"]): void => {
    house = now;
    automations.moved();
  };
  const close = async (): Promise<void> => {
    await Promise.all([kept.close(), later.close()]);
  };
  return { automations, takeHouse, close };
}

function positionOf({ latitude, longitude }: HubConfig["house"]): Position | undefined {
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
}
