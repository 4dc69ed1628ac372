/**
 * Behaviours whose state controllers write: fans and thermostats are told by their attributes. What is written waits until the device has reported it; when
 * it does not, the write is refused and nothing has changed.
 */
import type { BridgedWant } from "../line.ts";
import type { ControllerAnswers } from "./controller-answers.ts";
import { hold, isFromOutside } from "./held-writes.ts";
import type { BehaviourClass, BehaviourInstance, MatterModules } from "./matter-modules.ts";
import { refuseWrites } from "./refused-writes.ts";

/** Speeds of a fan that is told in words: low, medium, high. */
const speeds: readonly number[] = [0, 33, 66, 100];
/** System modes of Matter. */
const modes: ReadonlyMap<unknown, NonNullable<BridgedWant["mode"]>> = new Map([
  [0, "off"],
  [4, "heat"],
]);

/** Of fans: how fast, in percent or in words. */
export function makeFan({ behaviours }: Pick<MatterModules, "behaviours">, { askedByWriting, cannot }: ControllerAnswers): BehaviourClass {
  return class Fan extends behaviours.fan {
    static readonly lockOnInvoke = false;
    initialize(): void {
      hold(this, "percentSetting", this.turned);
      hold(this, "fanMode", this.told);
    }
    async turned(value: unknown, before: unknown, context: unknown): Promise<void> {
      if (!isFromOutside(context) || value === before) return;
      if (typeof value !== "number") return cannot();
      await askedByWriting(this.endpoint, value === 0 ? { on: false } : { on: true, speed: value });
    }
    async told(value: unknown, before: unknown, context: unknown): Promise<void> {
      if (!isFromOutside(context) || value === before) return;
      const speed = typeof value === "number" ? speeds[value] : undefined;
      if (speed === undefined) return cannot();
      await askedByWriting(this.endpoint, speed === 0 ? { on: false } : { on: true, speed });
    }
  };
}

/** Of thermostats: the wanted temperature, and whether it heats. */
export function makeThermostat(
  { behaviours }: Pick<MatterModules, "behaviours">,
  { askedByWriting, cannot, cannotWrite }: ControllerAnswers,
): BehaviourClass {
  return class Thermostat extends behaviours.thermostat.with("Heating") {
    static readonly lockOnInvoke = false;
    initialize(): void {
      hold(this, "occupiedHeatingSetpoint", this.wanted);
      hold(this, "systemMode", this.turned);
      refuseWrites(this, "thermostat", cannotWrite);
    }
    async wanted(value: unknown, before: unknown, context: unknown): Promise<void> {
      if (!isFromOutside(context) || value === before) return;
      await askedByWriting(this.endpoint, { target: Number(value) / 100 });
    }
    async turned(value: unknown, before: unknown, context: unknown): Promise<void> {
      if (!isFromOutside(context) || value === before) return;
      const mode = modes.get(value);
      if (mode === undefined) return cannot();
      await askedByWriting(this.endpoint, { mode });
    }
    /** By tenths of a degree. */
    async setpointRaiseLower({ amount }: { readonly amount: number }): Promise<void> {
      const target = targetOf(this);
      if (target === undefined) return cannot();
      await askedByWriting(this.endpoint, { target: target + amount / 10 });
    }
  };
}

function targetOf({ state }: BehaviourInstance): number | undefined {
  const { occupiedHeatingSetpoint } = state;
  return typeof occupiedHeatingSetpoint === "number" ? occupiedHeatingSetpoint / 100 : undefined;
}
