/** What a device has reported, as attributes of Matter: in its units, and null for what is not known. */
import type { BridgedDevice, BridgedKind, BridgedValues } from "../line.ts";
import { xyOf } from "./colour-space.ts";
import type { ClusterState } from "./matter-modules.ts";

type Limits = BridgedDevice["limits"];

/** 1 to 254, as Matter counts brightness. */
export function levelOf(percent: number): number {
  return Math.min(254, Math.max(1, Math.round((percent * 254) / 100)));
}

/** The reverse. */
export function percentOf(level: number): number {
  return Math.min(100, Math.max(0, (level * 100) / 254));
}

const miredsOf = (kelvin: number): number => Math.min(65_279, Math.max(1, Math.round(1_000_000 / kelvin)));

/** What does not change of an endpoint of a kind. */
export function fixedState(kind: BridgedKind, { whiteLeast = 2000, whiteMost = 6500, targetLeast = 5, targetMost = 30 }: Limits): ClusterState {
  const white = {
    colorTempPhysicalMinMireds: miredsOf(whiteMost),
    colorTempPhysicalMaxMireds: miredsOf(whiteLeast),
    coupleColorTempToLevelMinMireds: miredsOf(whiteMost),
    startUpColorTemperatureMireds: null,
    colorTemperatureMireds: miredsOf(whiteMost),
    numberOfPrimaries: null,
    options: {},
  };
  const level = { levelControl: { minLevel: 1, maxLevel: 254, onLevel: null, startUpCurrentLevel: null, options: {} } };
  switch (kind) {
    case "dimmable":
      return level;
    case "white":
      return { ...level, colorControl: { ...white, colorCapabilities: { colorTemperature: true } } };
    case "colour":
      return { ...level, colorControl: { ...white, colorCapabilities: { hueSaturation: true, xy: true, colorTemperature: true } } };
    case "lock":
      return {
        doorLock: {
          lockType: 0,
          actuatorEnabled: true,
          operatingMode: 0,
          // A bit that is set says that the mode is not there.
          supportedOperatingModes: { normal: false, vacation: true, privacy: true, noRemoteLockUnlock: true, passage: true, alwaysSet: 2047 },
        },
      };
    case "cover":
      return {
        windowCovering: {
          type: 0,
          endProductType: 0,
          configStatus: { operational: true, onlineReserved: true, liftPositionAware: true },
          operationalStatus: { global: 0, lift: 0, tilt: 0 },
          mode: {},
        },
      };
    case "fan":
      return { fanControl: { fanModeSequence: 0 } };
    case "thermostat": {
      const [least, most] = [targetLeast, targetMost].map((degrees) => Math.round(degrees * 100));
      return {
        thermostat: {
          absMinHeatSetpointLimit: least,
          absMaxHeatSetpointLimit: most,
          minHeatSetpointLimit: least,
          maxHeatSetpointLimit: most,
          occupiedHeatingSetpoint: Math.min(Math.max(2000, Number(least)), Number(most)),
          controlSequenceOfOperation: 2,
          systemMode: 4,
        },
      };
    }
    case "occupancy":
      return { occupancySensing: { occupancySensorType: 0, occupancySensorTypeBitmap: { pir: true } } };
    default:
      return {};
  }
}

/** As far as heating goes: what keeps a room at its target is heat, what cools does not heat. */
const systemModes = { off: 0, auto: 4, cool: 0, heat: 4 } as const;

/** What a device has reported, as attributes of an endpoint of a kind. */
export function reportedState(kind: BridgedKind, values: BridgedValues, limits: Limits): ClusterState {
  switch (kind) {
    case "light":
    case "outlet":
      return switched(values);
    case "dimmable":
      return { ...switched(values), ...levelled(values) };
    case "white":
      return { ...switched(values), ...levelled(values), ...whitened(values, limits) };
    case "colour":
      return { ...switched(values), ...levelled(values), ...coloured(values, limits) };
    case "cover": {
      const place = values.position === undefined ? null : Math.round((100 - values.position) * 100);
      return { windowCovering: { currentPositionLiftPercent100ths: place, targetPositionLiftPercent100ths: place } };
    }
    case "fan": {
      const speed = values.on === false ? 0 : Math.round(values.speed ?? 0);
      return { fanControl: { percentSetting: speed, percentCurrent: speed, fanMode: Math.ceil(speed / 34) } };
    }
    case "thermostat":
      return {
        thermostat: {
          localTemperature: values.temperature === undefined ? null : Math.round(values.temperature * 100),
          ...(values.target === undefined
            ? {}
            : { occupiedHeatingSetpoint: Math.round(within(values.target, limits.targetLeast, limits.targetMost) * 100) }),
          ...(values.mode === undefined ? {} : { systemMode: systemModes[values.mode] }),
        },
      };
    case "lock":
      return { doorLock: { lockState: values.locked === undefined ? null : values.locked ? 1 : 2 } };
    case "contact":
      // In contact is shut.
      return values.open === undefined ? {} : { booleanState: { stateValue: !values.open } };
    case "leak":
      return values.wet === undefined ? {} : { booleanState: { stateValue: values.wet } };
    case "occupancy":
      return values.occupied === undefined ? {} : { occupancySensing: { occupancy: { occupied: values.occupied } } };
    case "temperature":
      return { temperatureMeasurement: { measuredValue: values.temperature === undefined ? null : Math.round(values.temperature * 100) } };
    case "humidity":
      return { relativeHumidityMeasurement: { measuredValue: values.humidity === undefined ? null : Math.round(values.humidity * 100) } };
    case "illuminance":
      return { illuminanceMeasurement: { measuredValue: values.illuminance === undefined ? null : luxOf(values.illuminance) } };
  }
}

/** What the battery of a device says. */
export function batteryState({ battery }: BridgedValues): ClusterState {
  const level = battery === undefined || battery > 20 ? 0 : battery > 5 ? 1 : 2;
  return { powerSource: { batPercentRemaining: battery === undefined ? null : Math.round(battery * 2), batChargeLevel: level } };
}

function switched({ on }: BridgedValues): ClusterState {
  return on === undefined ? {} : { onOff: { onOff: on } };
}

function levelled({ level }: BridgedValues): ClusterState {
  return { levelControl: { currentLevel: level === undefined ? null : levelOf(level) } };
}

function whitened({ white }: BridgedValues, limits: Limits): ClusterState {
  return { colorControl: { colorMode: 2, enhancedColorMode: 2, ...whiteOf(white, limits) } };
}

function whiteOf(white: number | undefined, { whiteLeast, whiteMost }: Limits): Readonly<Record<string, number>> {
  return white === undefined ? {} : { colorTemperatureMireds: miredsOf(within(white, whiteLeast, whiteMost)) };
}

/** What a device says and what its maker says of it may differ; controllers are told what fits both. */
function within(value: number, least = value, most = value): number {
  return Math.min(most, Math.max(least, value));
}

/** A lamp that has both is white when nothing of its colour is left. */
function coloured({ hue, saturation, white }: BridgedValues, limits: Limits): ClusterState {
  const mode = hue !== undefined && saturation !== undefined && (saturation > 0 || white === undefined) ? 0 : 2;
  const at = hue === undefined || saturation === undefined ? undefined : xyOf(hue, saturation);
  return {
    colorControl: {
      colorMode: mode,
      enhancedColorMode: mode,
      ...whiteOf(white, limits),
      ...(hue === undefined ? {} : { currentHue: Math.round((hue * 254) / 360) }),
      ...(saturation === undefined ? {} : { currentSaturation: Math.round((saturation * 254) / 100) }),
      ...(at ? { currentX: Math.round(at.x * 65_536), currentY: Math.round(at.y * 65_536) } : {}),
    },
  };
}

/** Ten thousand times the logarithm, as Matter has it; 0 is too dark to say. */
function luxOf(lux: number): number {
  return lux < 1 ? 0 : Math.min(65_534, Math.round(10_000 * Math.log10(lux) + 1));
}
