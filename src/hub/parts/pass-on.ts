/** What a sync of the account brought, told to the parts of the hub in their order. */
import type { StoreSync } from "../../account/hub.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { NameBook } from "../../names/name-book.ts";
import type { Automations } from "../automation/automations.ts";
import type { GuestOrders } from "../command/guest-orders.ts";
import type { RemoteCommands } from "../command/remote.ts";
import type { NetworkRollout } from "../device/network-rollout.ts";
import type { HomeAssistant } from "../home-assistant/home-assistant.ts";
import type { Bridges } from "../hosted/bridges.ts";
import type { Matter } from "../matter/matter.ts";
import type { JoinRequests } from "../onboarding/join-requests.ts";
import type { Onboarding } from "../onboarding/onboarding.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { Publisher } from "../state/publisher.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { Voice } from "../voice/voice.ts";
import type { Door } from "../web/door.ts";

/** Tells the parts what a sync brought. */
export async function passOn(
  brought: readonly StoreSync[],
  parts: {
    readonly book: NameBook;
    readonly keeper: StateKeeper;
    readonly publisher: Publisher;
    readonly onboarding: Onboarding;
    readonly joins: JoinRequests;
    readonly remote: RemoteCommands;
    readonly guests: GuestOrders;
    readonly bridges: Bridges;
    readonly homeAssistant: HomeAssistant;
    readonly matter: Matter;
    readonly questions: OwnerQuestions;
    readonly networks: NetworkRollout;
    readonly voice: Voice;
    readonly automations: Automations;
    readonly door: Pick<Door, "onSync">;
    readonly log: Log;
  },
): Promise<void> {
  const {
    book,
    keeper,
    publisher,
    onboarding,
    joins,
    remote,
    guests,
    bridges,
    homeAssistant,
    matter,
    questions,
    networks,
    voice,
    automations,
    door,
    log,
  } = parts;
  if (brought.some(({ store }) => store === "MMM_Automation")) book.changed();
  if (brought.some(({ store }) => store === "MMM_Device" || store === "MMM_Joined" || store === "MMM_Place")) {
    book.changed();
    for (const { deviceUdf } of keeper.shadows()) if (book.device(deviceUdf)?.own !== true) keeper.forget(deviceUdf);
  }
  if (brought.some(({ store }) => ["MMM_Automation", "MMM_Device", "MMM_Joined", "MMM_Place"].includes(store))) voice.namesChanged();
  if (brought.some(({ store }) => store === "MMM_Automation" || store === "MMM_Device")) automations.changed();
  publisher.nudge();
  if (brought.some(({ store }) => store === "MMM_Device")) {
    // Whom it ends gets in no more, written or not: a full disk holds up nothing of what follows.
    await door.onSync().catch((error: unknown) => log.error("web.credentials.unwritten", { reason: asMeshError(error).message }));
  }
  await onboarding.onSync();
  await joins.onSync();
  // Before the commands of the account: where those are noted to have been looked at, orders of guests have been, too.
  await guests.onSync();
  await remote.onSync();
  bridges.onSync(brought);
  if (brought.some(({ store }) => ["MMM_Device", "MMM_Joined", "MMM_Place", "MMM_Grant"].includes(store))) {
    homeAssistant.changed();
    matter.changed();
  }
  await questions.onSync();
  if (brought.some(({ store }) => store === "MMM_Network" || store === "MMM_Device" || store === "MMM_Place")) networks.changed();
}
