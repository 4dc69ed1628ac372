/** The commands from afar of a hub, as its daemon puts them together, over devices that a test plays. */
import { join } from "node:path";
import type { AccountContext } from "../../src/account/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { MeshError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { CommandLog } from "../../src/hub/command/command-log.ts";
import { JudgedOrders } from "../../src/hub/command/judged-orders.ts";
import { Orders } from "../../src/hub/command/order.ts";
import { RemoteCommands } from "../../src/hub/command/remote.ts";
import { TrustedTime } from "../../src/hub/command/trusted-time.ts";
import type { DevicePort } from "../../src/hub/device/device-port.ts";
import { Outbox } from "../../src/hub/state/outbox.ts";
import { ShadowBook } from "../../src/hub/state/shadow-book.ts";
import { StateKeeper } from "../../src/hub/state/state-keeper.ts";
import type { DeviceDescription } from "../../src/schema/index.ts";
import { stateCatalog } from "../../src/schema/index.ts";
import { onCleanup } from "../harness/suite.ts";
import { ports } from "./household.ts";

/** What is played. */
export interface RemoteHubOptions {
  readonly hub: AccountContext;
  /** The same directory again is the hub after a restart. */
  readonly dir: string;
  readonly devices: DevicePort;
  readonly describeOwn: (deviceUdf: string) => DeviceDescription | undefined;
  /** The CommandEpoch of this start. */
  readonly epoch: string;
  readonly coalesceMs?: number | undefined;
}

/** Opens and starts; closed at the end of the test, or by `close`. */
export async function openRemote({ hub, dir, devices, describeOwn, epoch, coalesceMs = 10 }: RemoteHubOptions) {
  const book = await ShadowBook.open({ path: join(dir, "shadow.journal"), hubUdf: hub.deviceUdf });
  const outbox = await Outbox.open({ path: join(dir, "outbox.journal"), log: silentLog });
  const keeper = new StateKeeper({
    hubUdf: hub.deviceUdf,
    book,
    outbox,
    devices,
    describe: describeOwn,
    floor: (udf) => hub.get(stateCatalog, udf)?.Sequence ?? 0,
    coalesceMs,
    telemetryMs: 10,
    clock: systemClock,
    log: silentLog,
  });
  const log = await CommandLog.open({ path: join(dir, "command.journal") });
  const time = new TrustedTime(systemClock, log.time);
  time.offer(systemClock.now());
  const orders = new Orders({ devices, keeper, describe: describeOwn, placesOf: () => [], clock: systemClock, random: ports.random, log: silentLog });
  const judged = new JudgedOrders({ devices, orders, describe: describeOwn, clock: systemClock });
  const alarms: { error: MeshError; evidence: DareEnvelope }[] = [];
  const onAlarm = (error: MeshError, evidence: DareEnvelope): void => void alarms.push({ error, evidence });
  const remote = new RemoteCommands({
    account: hub,
    log,
    orders,
    judged,
    keeper,
    outbox,
    devices,
    describeOwn,
    commandEpoch: epoch,
    time,
    onAlarm,
  });
  keeper.start();
  remote.start();
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await remote.stop();
    await keeper.stop();
    await book.close();
    await outbox.close();
    await log.close();
  };
  onCleanup(close);
  const sync = async (): Promise<void> => {
    await hub.sync({ stores: ["MMM_Device", "MMM_Command"] });
    await remote.onSync();
  };
  return { log, remote, keeper, sync, alarms, close };
}
