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

/** Who is told. */
interface Told {
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
}

/** Tells the parts what a sync brought. */
export async function passOn(brought: readonly StoreSync[], parts: Told): Promise<void> {
  if (brought.some(({ store }) => store === "MMM_Automation")) parts.book.changed();
  if (brought.some(({ store }) => store === "MMM_Device" || store === "MMM_Joined" || store === "MMM_Place")) {
    parts.book.changed();
    for (const { deviceUdf } of parts.keeper.shadows()) if (parts.book.device(deviceUdf)?.own !== true) parts.keeper.forget(deviceUdf);
  }
  if (brought.some(({ store }) => ["MMM_Automation", "MMM_Device", "MMM_Joined", "MMM_Place"].includes(store))) parts.voice.namesChanged();
  if (brought.some(({ store }) => store === "MMM_Automation" || store === "MMM_Device")) parts.automations.changed();
  parts.publisher.nudge();
  if (brought.some(({ store }) => store === "MMM_Device")) {
    // Whom it ends gets in no more, written or not: a full disk holds up nothing of what follows.
    await parts.door.onSync().catch((error: unknown) => parts.log.error("web.credentials.unwritten", { reason: asMeshError(error).message }));
  }
  await parts.onboarding.onSync();
  await parts.joins.onSync();
  // Before the commands of the account: where those are noted to have been looked at, orders of guests have been, too.
  await parts.guests.onSync();
  await parts.remote.onSync();
  parts.bridges.onSync(brought);
  if (brought.some(({ store }) => ["MMM_Device", "MMM_Joined", "MMM_Place", "MMM_Grant"].includes(store))) {
    parts.homeAssistant.changed();
    parts.matter.changed();
  }
  await parts.questions.onSync();
  if (brought.some(({ store }) => store === "MMM_Network" || store === "MMM_Device" || store === "MMM_Place")) parts.networks.changed();
}
