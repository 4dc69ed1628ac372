/** What controllers are answered: what they want is asked of the hub, and what no device of the house does is refused here. */
import type { BridgedWant, WantOutcome } from "../line.ts";
import type { MatterEndpoint, MatterModules } from "./matter-modules.ts";

/**
 * Asks the hub for what a controller wants of the device that an endpoint belongs to.
 * @param isWritten the state is held by who writes it until this resolves; otherwise the device's report is shown by then
 */
export type Ask = (endpoint: MatterEndpoint, want: BridgedWant, isWritten: boolean) => Promise<WantOutcome>;

/** All of them; each refusal throws what the controller is answered. */
export interface ControllerAnswers {
  /** Asks the hub; resolves when it is done. */
  readonly asked: (endpoint: MatterEndpoint, want: BridgedWant) => Promise<void>;
  /** The same for what is written. */
  readonly askedByWriting: (endpoint: MatterEndpoint, want: BridgedWant) => Promise<void>;
  /** What no device of the house can do by itself, such as to change bit by bit. */
  readonly cannot: () => never;
  /** A setting that no device of the house has. */
  readonly cannotWrite: () => never;
}

/** Status codes of Matter. */
const status = { failed: 0x01, refused: 0x7e, unknown: 0x81, unwritable: 0x88, busy: 0x9c } as const;

/** The answers of a bridge. */
export function makeAnswers({ StatusResponseError }: Pick<MatterModules, "StatusResponseError">, ask: Ask): ControllerAnswers {
  const asking = (isWritten: boolean) => async (endpoint: MatterEndpoint, want: BridgedWant) => {
    const outcome = await ask(endpoint, want, isWritten);
    if (outcome !== "done") throw new StatusResponseError(`the hub answered: ${outcome}`, status[outcome]);
  };
  return {
    asked: asking(false),
    askedByWriting: asking(true),
    cannot: () => {
      throw new StatusResponseError("the device cannot do that", status.unknown);
    },
    cannotWrite: () => {
      throw new StatusResponseError("the device has no such setting", status.unwritable);
    },
  };
}
