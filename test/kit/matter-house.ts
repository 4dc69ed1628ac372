/** A house for Matter with a process that is played: devices that do as they are told, what is asked of the owner, and what came of it. */
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { describeDevice } from "../../src/driver/index.ts";
import { Orders } from "../../src/hub/command/order.ts";
import type { MatterOptions } from "../../src/hub/matter/matter.ts";
import { Matter } from "../../src/hub/matter/matter.ts";
import { MatterBook } from "../../src/hub/matter/matter-book.ts";
import type { StateChange } from "../../src/hub/state/state-keeper.ts";
import type { BookDevice } from "../../src/names/name-book.ts";
import type { CatalogedGrant, StateValue } from "../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { catalogue, udfOf } from "./named-things.ts";
import { PlayedMatter } from "./played-matter.ts";

const named = (number: number, name: string, deviceClass: string): BookDevice => {
  const driver = catalogue.drivers.get(deviceClass);
  if (!driver) throw new Error(`no driver ${deviceClass}`);
  const description = describeDevice(driver, { manufacturer: "Lumen Works", model: "L1", version: "1" });
  return { udf: udfOf(number), name, description, own: true, entry: {} } as unknown as BookDevice;
};

/** What a test may change. */
export interface MatterHouseOptions {
  readonly dir?: string;
  readonly isEnabled?: boolean;
  /** No process is played: the hub has its own way to one. */
  readonly own?: Pick<MatterOptions, "env">;
  readonly clock?: Clock;
  /** Names and classes of its devices, which are numbered from 1. */
  readonly classes?: Readonly<Record<string, string>>;
}

/** A house of devices that do as they are told when they are not deaf. */
export async function matterHouse({
  dir = tempDirectory(),
  isEnabled = true,
  own,
  clock = systemClock,
  classes = { lamp: "light", "front door": "lock", siren: "siren" },
}: MatterHouseOptions = {}) {
  const devices = Object.entries(classes).map(([name, deviceClass], at) => named(at + 1, name, deviceClass));
  const state = new Map<string, StateValue[]>([
    [udfOf(1), [{ Name: "On", Value: false }]],
    [udfOf(2), [{ Name: "Locked", Value: true }]],
  ]);
  const listeners: ((change: StateChange) => void)[] = [];
  const asked: string[] = [];
  const grants: CatalogedGrant[] = [];
  const house = { isDeaf: false, isRefusing: false };
  const shadow = (udf: string) => ({
    deviceUdf: udf,
    status: "Online" as const,
    updated: 0,
    restored: false,
    reported: { DeviceUdf: udf, Sequence: 1, Time: "2026-01-01T00:00:00Z", Values: state.get(udf) ?? [] },
  });
  const report = (udf: string, values: readonly StateValue[]): void => {
    const others = (state.get(udf) ?? []).filter(({ Name }) => values.every((value) => value.Name !== Name));
    state.set(udf, [...others, ...values]);
    for (const listener of listeners) listener({ shadow: shadow(udf), changed: values.map(({ Name }) => Name) });
  };
  const keeper = {
    shadow,
    onChange: (listener: (change: StateChange) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
    want: () => undefined,
    unwant: () => undefined,
  };
  const given: string[] = [];
  const told: { readonly deviceUdf: string; readonly command: string; readonly values: readonly StateValue[] }[] = [];
  const orders = new Orders({
    devices: {
      status: () => "Online",
      command: async ({ deviceUdf, command, arguments: values }: { deviceUdf: string; command: string; arguments: readonly StateValue[] }) => {
        if (house.isDeaf) throw new MeshError("ERR_TIMEOUT", "the device does not answer");
        given.push(`${command} ${deviceUdf}`);
        told.push({ deviceUdf, command, values });
        if (house.isRefusing) return { Result: "Reject", ErrorReport: "too hot" };
        report(deviceUdf, values);
        return { Result: "Accept", State: {} };
      },
    },
    keeper,
    describe: (udf: string) => devices.find((device) => device.udf === udf)?.description,
    placesOf: () => [],
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  } as unknown as ConstructorParameters<typeof Orders>[0]);
  const processes = await PlayedMatter.make(3);
  let opened = 0;
  const book = await MatterBook.open({ dir, clock, random: systemRandom, log: silentLog });
  const matter = new Matter({
    book,
    config: { stateDir: dir, matter: { enabled: isEnabled, port: 0 } },
    names: { devices: () => devices },
    keeper,
    orders,
    questions: {
      askOrder: ({ principal, command, deviceUdf }) => {
        asked.push(`${principal.name}: ${command} ${deviceUdf}`);
        return { outcome: new Promise(() => undefined) } as never;
      },
    },
    grants: { list: () => grants },
    clock,
    random: systemRandom,
    log: silentLog,
    ...(own ?? { env: {}, open: () => processes[opened++] as PlayedMatter }),
  });
  onCleanup(() => matter.stop());
  return { dir, matter, book, processes, devices, grants, asked, given, told, report, house };
}
