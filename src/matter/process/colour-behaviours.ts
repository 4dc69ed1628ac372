/** What controllers tell lamps of their colour: how warm the white is, and for lamps of colour the hue as well. */
import type { BridgedWant } from "../line.ts";
import { percentOf } from "./attributes.ts";
import { hueOf } from "./colour-space.ts";
import type { ControllerAnswers } from "./controller-answers.ts";
import { isIgnored, type Moved } from "./ignored-while-off.ts";
import type { BehaviourClass, BehaviourInstance, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";

type Warmth = Moved & { readonly colorTemperatureMireds: number };

/** In kelvins, within what a lamp of the house may be asked for. */
const whitened = (mireds: number): BridgedWant => ({ white: Math.min(20_000, Math.max(1000, Math.round(1_000_000 / Math.max(1, mireds)))) });
/** In degrees. */
const degreesOf = (hue: number): number => (hue * 360) / 254;

/** Of lamps whose white is warmer or colder. */
export function makeWhite({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannot, cannotWrite }: ControllerAnswers): BehaviourClass {
  return class White extends behaviours.colour.with("ColorTemperature") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "colour", cannotWrite);
    }
    moveToColorTemperature(request: Warmth): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, whitened(request.colorTemperatureMireds));
    }
    moveColorTemperature(): void {
      cannot();
    }
    stepColorTemperature(): void {
      cannot();
    }
    stopMoveStep(): void {}
  };
}

/** Of lamps of colour. */
export function makeColour({ behaviours }: Pick<MatterModules, "behaviours">, { asked, cannot, cannotWrite }: ControllerAnswers): BehaviourClass {
  const moved = (lamp: BehaviourInstance, request: Moved, want: BridgedWant): Promise<void> =>
    isIgnored(lamp, request) ? Promise.resolve() : asked(lamp.endpoint, want);
  return class Colour extends behaviours.colour.with("HueSaturation", "Xy", "ColorTemperature") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "colour", cannotWrite);
    }
    moveToColorTemperature(request: Warmth): Promise<void> {
      return moved(this, request, whitened(request.colorTemperatureMireds));
    }
    moveToHueAndSaturation(request: Moved & { readonly hue: number; readonly saturation: number }): Promise<void> {
      return moved(this, request, { hue: degreesOf(request.hue), saturation: percentOf(request.saturation) });
    }
    moveToHue(request: Moved & { readonly hue: number }): Promise<void> {
      return moved(this, request, { hue: degreesOf(request.hue) });
    }
    moveToSaturation(request: Moved & { readonly saturation: number }): Promise<void> {
      return moved(this, request, { saturation: percentOf(request.saturation) });
    }
    moveToColor(request: Moved & { readonly colorX: number; readonly colorY: number }): Promise<void> {
      return moved(this, request, hueOf({ x: request.colorX / 65_536, y: request.colorY / 65_536 }));
    }
    moveHue(): void {
      cannot();
    }
    stepHue(): void {
      cannot();
    }
    moveSaturation(): void {
      cannot();
    }
    stepSaturation(): void {
      cannot();
    }
    moveColor(): void {
      cannot();
    }
    stepColor(): void {
      cannot();
    }
    moveColorTemperature(): void {
      cannot();
    }
    stepColorTemperature(): void {
      cannot();
    }
    stopMoveStep(): void {}
  };
}
