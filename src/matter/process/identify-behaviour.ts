/** A device that makes itself known: its own order, as any other. Nothing counts down here: for how long it blinks the device knows. */
import type { ControllerAnswers } from "./controller-answers.ts";
import type { BehaviourClass, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";

/** Makes it. */
export function makeIdentify({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class Identify extends behaviours.identify {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "identify", cannotWrite);
    }
    async identify({ identifyTime }: { readonly identifyTime: number }): Promise<void> {
      if (identifyTime > 0) await asked(this.endpoint, { identify: true });
    }
    triggerEffect(): Promise<void> {
      return asked(this.endpoint, { identify: true });
    }
  };
}
