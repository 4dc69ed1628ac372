/**
 * What controllers may tell devices. None of it changes what a device is shown to be: each asks the hub, waits for what came of it, and the state follows
 * from the device's own report. So they build on behaviours without logic, not on the package's servers, which would show at once what was asked.
 */
import { makeColour, makeWhite } from "./colour-behaviours.ts";
import { type Ask, type ControllerAnswers, makeAnswers } from "./controller-answers.ts";
import { makeInformation, makeScenes } from "./house-only.ts";
import { makeIdentify } from "./identify-behaviour.ts";
import { makeLevel, makeOnOff } from "./lamp-behaviours.ts";
import type { BehaviourClass, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";
import { makeFan, makeThermostat } from "./written-behaviours.ts";

/** The behaviours of devices that can be told something. */
export interface ToldBehaviours {
  readonly onOff: BehaviourClass;
  readonly level: BehaviourClass;
  readonly white: BehaviourClass;
  readonly colour: BehaviourClass;
  readonly cover: BehaviourClass;
  readonly lock: BehaviourClass;
  readonly fan: BehaviourClass;
  readonly thermostat: BehaviourClass;
  readonly information: BehaviourClass;
  readonly scenes: BehaviourClass;
  readonly identify: BehaviourClass;
}

/** Makes them. */
export function makeBehaviours(modules: Pick<MatterModules, "behaviours" | "StatusResponseError">, ask: Ask): ToldBehaviours {
  const answers = makeAnswers(modules, ask);
  return {
    onOff: makeOnOff(modules, answers),
    level: makeLevel(modules, answers),
    white: makeWhite(modules, answers),
    colour: makeColour(modules, answers),
    cover: makeCover(modules, answers),
    lock: makeLock(modules, answers),
    fan: makeFan(modules, answers),
    thermostat: makeThermostat(modules, answers),
    information: makeInformation(modules, answers),
    scenes: makeScenes(modules, answers),
    identify: makeIdentify(modules, answers),
  };
}

function makeCover({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class Cover extends behaviours.cover.with("Lift", "PositionAwareLift") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "cover", cannotWrite);
    }
    upOrOpen(): Promise<void> {
      return asked(this.endpoint, { position: 100 });
    }
    downOrClose(): Promise<void> {
      return asked(this.endpoint, { position: 0 });
    }
    stopMotion(): Promise<void> {
      return asked(this.endpoint, { stop: true });
    }
    goToLiftPercentage({ liftPercent100thsValue }: { readonly liftPercent100thsValue: number }): Promise<void> {
      return asked(this.endpoint, { position: Math.min(100, Math.max(0, 100 - liftPercent100thsValue / 100)) });
    }
  };
}

function makeLock({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class Lock extends behaviours.lock {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "lock", cannotWrite);
    }
    lockDoor(): Promise<void> {
      return asked(this.endpoint, { locked: true });
    }
    /** The hub refuses it, and asks its owner. */
    unlockDoor(): Promise<void> {
      return asked(this.endpoint, { locked: false });
    }
  };
}
