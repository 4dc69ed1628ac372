/**
 * What controllers would keep at a bridge by the package's own servers, and no device of the house would carry out: a name of their own for a device, and
 * scenes, which would be told as done. Both are refused.
 */
import type { ControllerAnswers } from "./controller-answers.ts";
import type { BehaviourClass, BehaviourInstance, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";

type Initialized = new () => BehaviourInstance & { initialize(): Promise<void> };

/** What a device is called: the house says it. */
export function makeInformation({ behaviours }: Pick<MatterModules, "behaviours">, { cannotWrite }: ControllerAnswers): BehaviourClass {
  class Information extends (behaviours.information as unknown as Initialized) {
    override async initialize(): Promise<void> {
      await super.initialize();
      refuseWrites(this, "information", cannotWrite);
    }
  }
  return Information as unknown as BehaviourClass;
}

/** Scenes are the hub's own. */
export function makeScenes({ behaviours }: Pick<MatterModules, "behaviours">, { cannot }: ControllerAnswers): BehaviourClass {
  return class Scenes extends behaviours.scenes {
    addScene = cannot;
    storeScene = cannot;
    recallScene = cannot;
    copyScene = cannot;
  };
}
