/**
 * The configuration that counts while the hub runs. It is read anew when somebody asks: what the hub can do otherwise from then on is taken in, the rest
 * waits for a restart, and is told by its keys.
 */
import type { Reloaded } from "../api/index.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import { changedKeys, type HubConfig } from "../config/index.ts";

/** What it works with. */
export interface ConfigInForceOptions {
  /** That of the start. */
  readonly config: HubConfig;
  /** Reads it anew, from where it came at the start. Errors: ERR_CONFIG. */
  readonly read: () => HubConfig;
  /** Takes in what is of speech. Errors: ERR_CONFIG; then all is as before. */
  readonly takeSpeech: (speech: HubConfig["speech"]) => Promise<void>;
  /** Takes in where the house stands. */
  readonly takeHouse: (house: HubConfig["house"]) => void;
  readonly log: Log;
}

/** Keys that the hub takes in while it runs. */
const ofSpeech: readonly string[] = ["speech.recogniser", "speech.recogniserUrl", "speech.microphone"];
const ofHouse: readonly string[] = ["house.latitude", "house.longitude"];
const whileRunning: ReadonlySet<string> = new Set([...ofSpeech, ...ofHouse]);

/** True for a key that counts from the next start alone. */
export function needsRestart(key: string): boolean {
  return !whileRunning.has(key);
}

/** The configuration of a running hub. */
export class ConfigInForce {
  readonly #options: ConfigInForceOptions;
  readonly #turns = new Mutex();
  #current: HubConfig;

  constructor(options: ConfigInForceOptions) {
    this.#options = options;
    this.#current = options.config;
  }

  /** What counts now. */
  get current(): HubConfig {
    return this.#current;
  }

  /** Reads it anew and takes in what can be. Errors: ERR_CONFIG; then all is as before. */
  reload(): Promise<Reloaded> {
    return this.#turns.run(async () => {
      const { read, takeSpeech, takeHouse, log } = this.#options;
      const wanted = read();
      const changed = changedKeys(this.#current, wanted);
      const taken = changed.filter((key) => whileRunning.has(key));
      const waiting = changed.filter((key) => !whileRunning.has(key));
      if (taken.some((key) => ofSpeech.includes(key))) {
        const { recogniser, recogniserUrl, microphone } = wanted.speech;
        const speech = { ...this.#current.speech, recogniser, recogniserUrl, microphone };
        await takeSpeech(speech);
        this.#current = { ...this.#current, speech };
      }
      if (taken.some((key) => ofHouse.includes(key))) {
        const { house } = wanted;
        takeHouse(house);
        this.#current = { ...this.#current, house };
      }
      log.info("config.reloaded", { taken, waiting });
      return { taken, waiting };
    });
  }
}
