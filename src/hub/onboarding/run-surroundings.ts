/** What all onboardings of a hub share: its account, its ways to devices, the journal, the time limits. */
import type { AccountContext } from "../../account/hub.ts";
import type { Condition } from "../../base/condition.ts";
import type { Medium } from "../../transport/medium.ts";
import type { DeviceLinks } from "../device/device-links.ts";
import type { DescriptionCache } from "./description-cache.ts";
import type { OfferAnswers } from "./offer.ts";
import type { RunJournal } from "./run-state.ts";

/** Time limits, in seconds. */
export interface OnboardingTimes {
  /** How long a device is sought. */
  readonly findSeconds: number;
  /** How long an offer waits for an administration device. */
  readonly offerSeconds: number;
  /** How long peers that hail are tried before describe or link fails; `findSeconds`, at least 10, when absent. */
  readonly meetSeconds?: number;
}

/** What a run shares with the others. */
export interface RunSurroundings {
  readonly account: AccountContext;
  readonly media: readonly Medium[];
  readonly links: DeviceLinks;
  readonly journal: RunJournal;
  readonly cache: DescriptionCache;
  readonly answers: OfferAnswers;
  readonly changed: Condition;
  readonly times: OnboardingTimes;
  readonly signal: AbortSignal;
}
