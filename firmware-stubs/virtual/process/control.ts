/** Orders to a virtual device, one a line: what a person at the device does, and the faults that a test asks for. */
import { MeshError } from "../../../src/base/errors.ts";
import type { Appliance } from "../appliance/appliance.ts";
import { useSwitch } from "../appliance/light.ts";
import { pressButton } from "../appliance/watching.ts";
import type { DeviceCore } from "../device/device-core.ts";
import type { Flash } from "../image/flash.ts";
import type { PoweredClock } from "../image/powered-clock.ts";

/** What the orders act on. */
export interface Controlled {
  readonly core: DeviceCore;
  readonly appliance: Appliance;
  readonly flash: Flash;
  readonly powered: PoweredClock;
  /** Cuts the network for so many milliseconds. */
  readonly loseNetwork: (ms: number) => void;
  readonly stop: () => void;
  /** More to say in the status. */
  readonly status: () => Readonly<Record<string, unknown>>;
}

/** Carries out one line; gives what to answer. Throws ERR_USAGE, ERR_COMMAND, ERR_OWNED. */
export function control(line: string, device: Controlled): Readonly<Record<string, unknown>> {
  const [order = "", ...words] = line.trim().split(/\s+/);
  const { core, appliance, powered } = device;
  switch (order) {
    case "switch":
      useSwitch(appliance, words[0]);
      return { values: core.values };
    case "push":
      pressButton(appliance, words[0]);
      return { values: core.values };
    case "set": {
      const [name, ...value] = words;
      if (name === undefined || value.length === 0) throw new MeshError("ERR_USAGE", "set NAME VALUE");
      appliance.change(name, value.join(" "));
      return { values: core.values };
    }
    case "button":
      core.press();
      return {};
    case "factory-reset":
      core.factoryReset();
      return {};
    case "recover":
      return { secondsLeft: core.recover() };
    case "powered":
      powered.skip(amount(words[0]));
      return { poweredSeconds: powered.seconds };
    case "fault":
      return fault(words, device);
    case "status":
      return { ...core.status(), ...device.status() };
    case "stop":
      device.stop();
      return {};
    default:
      throw new MeshError("ERR_USAGE", `unknown order ${JSON.stringify(order.slice(0, 32))}`);
  }
}

function fault([kind, value, fraction]: readonly string[], { core, flash, loseNetwork }: Controlled): Readonly<Record<string, unknown>> {
  switch (kind) {
    case "lose-power-at-write":
      flash.losePower({ at: amount(value), ...(fraction === undefined ? {} : { fraction: amount(fraction) }) });
      return {};
    case "lose-network":
      loseNetwork(amount(value));
      return {};
    case "late":
      core.setFault({ lateMs: amount(value) });
      return {};
    case "lie":
      core.setFault({ lie: value !== "off" });
      return {};
    case "none":
      flash.losePower(undefined);
      core.setFault({ lateMs: 0, lie: false });
      return {};
    default:
      throw new MeshError("ERR_USAGE", `unknown fault ${JSON.stringify((kind ?? "").slice(0, 32))}`);
  }
}

function amount(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !Number.isFinite(value) || value < 0) throw new MeshError("ERR_USAGE", `${text ?? "nothing"} is not a number`);
  return value;
}
