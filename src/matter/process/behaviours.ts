/**
 * What controllers may tell devices. None of it changes what a device is shown to be: each asks the hub, waits for what came of it, and the state follows
 * from the device's own report. So they build on behaviours without logic, not on the package's servers, which would show at once what was asked.
 */
import type { BridgedWant, WantOutcome } from "../line.ts";
import { percentOf } from "./attributes.ts";
import { hueOf } from "./colour-space.ts";
import type { BehaviourClass, MatterEndpoint, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";
import type { WrittenBehaviours } from "./written-behaviours.ts";
import { makeWrittenBehaviours } from "./written-behaviours.ts";

/**
 * Asks the hub for what a controller wants of the device that an endpoint belongs to.
 * @param isWritten the state is held by who writes it until this resolves; otherwise the device's report is shown by then
 */
export type Ask = (endpoint: MatterEndpoint, want: BridgedWant, isWritten: boolean) => Promise<WantOutcome>;

/** The behaviours of devices that can be told something. */
export interface ToldBehaviours extends WrittenBehaviours {
  readonly onOff: BehaviourClass;
  readonly level: BehaviourClass;
  readonly white: BehaviourClass;
  readonly colour: BehaviourClass;
  readonly cover: BehaviourClass;
  readonly lock: BehaviourClass;
}

/** Status codes of Matter. */
const status = { failed: 0x01, refused: 0x7e, unknown: 0x81, unwritable: 0x88, busy: 0x9c } as const;

interface Options {
  readonly executeIfOff?: boolean;
}

interface Moved {
  readonly optionsMask?: Options;
  readonly optionsOverride?: Options;
}

/** Makes them. */
export function makeBehaviours(
  { behaviours, StatusResponseError }: Pick<MatterModules, "behaviours" | "StatusResponseError">,
  ask: Ask,
): ToldBehaviours {
  const asked = async (endpoint: MatterEndpoint, want: BridgedWant, isWritten = false): Promise<void> => {
    const outcome = await ask(endpoint, want, isWritten);
    if (outcome !== "done") throw new StatusResponseError(`the hub answered: ${outcome}`, status[outcome]);
  };
  /** What a device of the house cannot do by itself, such as to change bit by bit. */
  const cannot = (): never => {
    throw new StatusResponseError("the device cannot do that", status.unknown);
  };
  const cannotWrite = (): never => {
    throw new StatusResponseError("the device has no such setting", status.unwritable);
  };
  /** What is told to a lamp that is off counts only where it is said to. */
  const isIgnored = (
    { endpoint, state }: { readonly endpoint: MatterEndpoint; readonly state: Readonly<Record<string, unknown>> },
    moved: Moved,
  ): boolean => {
    const { onOff } = (endpoint as unknown as { readonly state: { readonly onOff?: { readonly onOff?: boolean } } }).state;
    const own = (state.options as Options | undefined)?.executeIfOff === true;
    const counts = moved.optionsMask?.executeIfOff === true ? moved.optionsOverride?.executeIfOff === true : own;
    return onOff?.onOff === false && !counts;
  };

  class OnOff extends behaviours.onOff.with("Lighting") {
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
  }

  class Level extends behaviours.level.with("OnOff", "Lighting") {
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
    step(request: Moved & { readonly stepMode: number; readonly stepSize: number }): Promise<void> {
      return this.moveToLevel({ ...request, level: this.#stepped(request) });
    }
    stepWithOnOff(request: { readonly stepMode: number; readonly stepSize: number }): Promise<void> {
      return this.moveToLevelWithOnOff({ level: this.#stepped(request) });
    }
    #stepped({ stepMode, stepSize }: { readonly stepMode: number; readonly stepSize: number }): number {
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
  }

  const whitened = (mireds: number): BridgedWant => ({ white: Math.min(20_000, Math.max(1000, Math.round(1_000_000 / Math.max(1, mireds)))) });

  class White extends behaviours.colour.with("ColorTemperature") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "colour", cannotWrite);
    }
    moveToColorTemperature(request: Moved & { readonly colorTemperatureMireds: number }): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, whitened(request.colorTemperatureMireds));
    }
    moveColorTemperature(): void {
      cannot();
    }
    stepColorTemperature(): void {
      cannot();
    }
    stopMoveStep(): void {}
  }

  class Colour extends behaviours.colour.with("HueSaturation", "Xy", "ColorTemperature") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      refuseWrites(this, "colour", cannotWrite);
    }
    moveToColorTemperature(request: Moved & { readonly colorTemperatureMireds: number }): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, whitened(request.colorTemperatureMireds));
    }
    moveToHueAndSaturation(request: Moved & { readonly hue: number; readonly saturation: number }): Promise<void> {
      if (isIgnored(this, request)) return Promise.resolve();
      return asked(this.endpoint, { hue: (request.hue * 360) / 254, saturation: percentOf(request.saturation) });
    }
    moveToHue(request: Moved & { readonly hue: number }): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, { hue: (request.hue * 360) / 254 });
    }
    moveToSaturation(request: Moved & { readonly saturation: number }): Promise<void> {
      return isIgnored(this, request) ? Promise.resolve() : asked(this.endpoint, { saturation: percentOf(request.saturation) });
    }
    moveToColor(request: Moved & { readonly colorX: number; readonly colorY: number }): Promise<void> {
      if (isIgnored(this, request)) return Promise.resolve();
      return asked(this.endpoint, hueOf({ x: request.colorX / 65_536, y: request.colorY / 65_536 }));
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
  }

  class Cover extends behaviours.cover.with("Lift", "PositionAwareLift") {
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
  }

  class Lock extends behaviours.lock {
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
  }

  const written = makeWrittenBehaviours({ behaviours }, (endpoint, want) => asked(endpoint, want, true), { cannot, cannotWrite });
  return { ...written, onOff: OnOff, level: Level, white: White, colour: Colour, cover: Cover, lock: Lock };
}
