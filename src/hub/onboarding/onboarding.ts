/**
 * Connects new devices: any number at once, each journalled step by step and taken up again after a crash. The same code twice joins the
 * run that is under way. The hub offers; it never accepts by itself (docs/design.md §3, §4).
 */

import { join } from "node:path";
import type { AccountContext, StoreSync } from "../../account/hub.ts";
import type { OnboardRequest } from "../../api/index.ts";
import { Condition } from "../../base/condition.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { least } from "../../base/list.ts";
import type { Medium } from "../../transport/medium.ts";
import type { DeviceLinks } from "../device/device-links.ts";
import { brought } from "../device/device-links.ts";
import type { OpenFile } from "../salvage.ts";
import { DescriptionCache } from "./description-cache.ts";
import { explain } from "./error-table.ts";
import { OfferAnswers } from "./offer.ts";
import { Run } from "./run.ts";
import type { Joiner } from "./run-state.ts";
import { RunJournal } from "./run-state.ts";
import type { OnboardingTimes, RunSurroundings } from "./run-surroundings.ts";
import type { ScannedCode } from "./scan.ts";
import { parseDeviceCode } from "./scan.ts";
import type { OnboardProgress } from "./step.ts";
import type { Wanted } from "./wanted.ts";
import { checkWanted } from "./wanted.ts";

/** Onboardings at once; each may have four handshakes under way. */
const mostRuns = 64;

/** What onboarding needs. */
export interface OnboardingOptions {
  readonly account: AccountContext;
  readonly media: readonly Medium[];
  readonly links: DeviceLinks;
  /** Directory of the hub's own files; made when absent. */
  readonly dir: string;
  readonly times: OnboardingTimes;
  /** How the journal is opened. */
  readonly openFile?: OpenFile;
}

/** All onboardings of a hub. */
export class Onboarding {
  readonly #options: OnboardingOptions;
  readonly #changed: Condition;
  readonly #runs = new Map<string, Run>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #around: RunSurroundings | undefined;
  #undo: (() => void)[] = [];

  constructor(options: OnboardingOptions) {
    this.#options = options;
    this.#changed = new Condition(options.account.ports.clock);
  }

  /** Opens the journal and takes up what a crash or stop has left. The links must be started. Errors: ERR_STORE_DAMAGED, ERR_STORE. */
  async start(): Promise<void> {
    if (this.#around) return;
    const { account, media, links, times } = this.#options;
    const dir = join(this.#options.dir, "onboarding");
    const journal = await RunJournal.open(dir, this.#options.openFile);
    const from = least(
      account.spoolCount("MMM_Command"),
      journal.states.flatMap(({ offer }) => (offer ? [offer.from] : [])),
    );
    this.#around = {
      account,
      media,
      links,
      journal,
      cache: new DescriptionCache(join(dir, "description")),
      answers: new OfferAnswers(account, from, (udf) => [...this.#runs.values()].some(({ state }) => state.joiner?.udf === udf)),
      changed: this.#changed,
      times,
      signal: this.#stopping.signal,
    };
    this.#undo = [
      links.onStatus(() => this.#changed.notify()),
      links.onCommitted(async ({ deviceUdf, dealEpoch }) => {
        for (const run of this.#runs.values()) if (run.state.deviceUdf === deviceUdf) await run.committed(dealEpoch);
      }),
    ];
    for (const state of journal.states) this.#launch(new Run(this.#around, state));
    await this.onSync();
  }

  /** Stops the runs where they are; the journal takes them up at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new MeshError("ERR_HUB_NOT_RUNNING", "the hub is stopping; the onboarding goes on when it starts again"));
    for (const undo of this.#undo.splice(0)) undo();
    await Promise.all(this.#tasks);
    await this.#around?.journal.close();
    this.#around = undefined;
  }

  /** PublicationIds of the onboardings under way, with the device where it is known. */
  get running(): readonly { readonly id: string; readonly deviceUdf?: string; readonly localName?: string }[] {
    return [...this.#runs.values()].map(({ state: { id, deviceUdf, localName } }) => ({
      id,
      ...(deviceUdf === undefined ? {} : { deviceUdf }),
      ...(localName === undefined ? {} : { localName }),
    }));
  }

  /** Offers that wait for the owner. */
  offers(): readonly { readonly id: string; readonly device?: string; readonly name?: string; readonly expires: number }[] {
    return [...this.#runs.values()].flatMap(({ state: { offer, joiner, dealEpoch, deviceUdf, localName } }) =>
      offer?.sent === true && joiner === undefined && dealEpoch === undefined
        ? {
            id: offer.messageId,
            expires: offer.expires,
            ...(deviceUdf === undefined ? {} : { device: deviceUdf }),
            ...(localName === undefined ? {} : { name: localName }),
          }
        : [],
    );
  }

  /** After a sync of the account, or when it gives its copy anew: answers to offers, accepted and registered devices. Calls the links' onSync too. */
  async onSync(reports?: readonly StoreSync[]): Promise<void> {
    this.#options.links.onSync(reports);
    if (brought(reports, "MMM_Command")) await this.#around?.answers.read();
    this.#changed.notify();
  }

  /**
   * Connects a device. The last event is `register done`, or the one that failed; a stop of the hub ends the events early,
   * the signal the listening and not the onboarding. Never throws.
   * @param joiner the machine that is asked in the place of the administrators
   */
  async *onboard(request: OnboardRequest, signal?: AbortSignal, joiner?: Joiner): AsyncGenerator<OnboardProgress, void, undefined> {
    let wanted: Wanted;
    try {
      wanted = await this.#check(request);
    } catch (cause) {
      const error = asMeshError(cause);
      yield { step: "scan", state: "failed", message: error.message, error };
      return;
    }
    yield { step: "scan", state: "started", message: "reading the code" };
    let run: Run;
    try {
      run = await this.#begin(parseDeviceCode(request.uri), wanted, joiner);
    } catch (cause) {
      const error = asMeshError(cause);
      const { cause: message, remedy } = explain("scan", error);
      yield {
        step: "scan",
        state: "failed",
        message,
        error: new MeshError(error.code, `scan: ${error.message}`, { hint: remedy, detail: { step: "scan" }, cause }),
      };
      return;
    }
    yield* run.progress.read(signal);
  }

  /** Name and place as they may be wanted; whether the code is good is told by step scan. */
  async #check(request: OnboardRequest): Promise<Wanted> {
    const around = this.#around;
    return around ? checkWanted(request, around) : request;
  }

  async #begin(code: ScannedCode, { name, place }: Wanted, joiner: Joiner | undefined): Promise<Run> {
    const around = this.#around;
    if (!around || this.#stopping.signal.aborted) throw new MeshError("ERR_HUB_NOT_RUNNING", "onboarding has not been started");
    const running = this.#runs.get(code.publicationId);
    if (running && running.state.joiner?.udf !== joiner?.udf)
      throw new MeshError("ERR_CONFLICT", "the device is being connected already, and others were asked", { hint: "wait until that is over" });
    if (running) return running;
    if (this.#runs.size >= mostRuns)
      throw new MeshError("ERR_USAGE", `${mostRuns} devices are being connected already`, { hint: "wait until some of them are done" });
    const run = new Run(around, {
      id: code.publicationId,
      uri: code.uri,
      ...(name === undefined ? {} : { localName: name }),
      ...(place === undefined ? {} : { place }),
      ...(joiner === undefined ? {} : { joiner }),
    });
    this.#runs.set(code.publicationId, run);
    try {
      await around.journal.record(run.state);
    } catch (error) {
      this.#runs.delete(code.publicationId);
      throw error;
    }
    this.#launch(run);
    return run;
  }

  #launch(run: Run): void {
    this.#runs.set(run.state.id, run);
    const task = run
      .run()
      .finally(() => this.#runs.delete(run.state.id))
      .then(() => run.noted.settled())
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }
}
