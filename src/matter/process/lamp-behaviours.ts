/** What controllers tell lamps and outlets: on and off, and how bright. */
import { percentOf } from "./attributes.ts";
import type { ControllerAnswers } from "./controller-answers.ts";
import { isIgnored, type Moved } from "./ignored-while-off.ts";
import type { BehaviourClass, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";

interface Step {
  /** 0 is up. */
  readonly stepMode: number;
  readonly stepSize: number;
}

/** On and off. */
export function makeOnOff({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannot, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class OnOff extends behaviours.onOff.with("Lighting") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "onOff", cannotWrite);
    }
    on(): Promise<void> {
      return asked(this.endpoint, { on: true });
    }
    off(): Promise<void> {
      return asked(this.endpoint, { on: false });
    }
    toggle(): Promise<void> {
      return asked(this.endpoint, { on: this.state.onOff !== true });
    }
    offWithEffect(): Promise<void> {
      return this.off();
    }
    onWithRecallGlobalScene(): Promise<void> {
      return this.on();
    }
    onWithTimedOff(): void {
      cannot();
    }
  };
}

/** How bright. */
export function makeLevel({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannot, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class Level extends behaviours.level.with("OnOff", "Lighting") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "level", cannotWrite);
    }
    moveToLevel(request: Moved & { readonly level: number }): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, { level: percentOf(request.level) });
    }
    moveToLevelWithOnOff({ level }: { readonly level: number }): Promise<void> {
      // The least level is off for this one.
      return asked(this.endpoint, level <= 1 ? { on: false } : { on: true, level: percentOf(level) });
    }
    step(request: Moved & Step): Promise<void> {
      return this.moveToLevel({ ...request, level: this.stepped(request) });
    }
    stepWithOnOff(request: Step): Promise<void> {
      return this.moveToLevelWithOnOff({ level: this.stepped(request) });
    }
    /** No command of Matter's: what a step leads to. */
    stepped({ stepMode, stepSize }: Step): number {
      const { currentLevel } = this.state;
      if (typeof currentLevel !== "number") return cannot();
      return Math.min(254, Math.max(1, currentLevel + (stepMode === 0 ? stepSize : -stepSize)));
    }
    move(): void {
      cannot();
    }
    moveWithOnOff(): void {
      cannot();
    }
    /** Nothing moves bit by bit. */
    stop(): void {}
    stopWithOnOff(): void {}
  };
}
