/** A virtual device in this process: real image directory, links in memory. A power failure throws and leaves the image as it was. */
import { readFileSync } from "node:fs";
import { DeviceCore } from "../../firmware-stubs/virtual/device-core.ts";
import type { PowerFault } from "../../firmware-stubs/virtual/flash.ts";
import { Flash } from "../../firmware-stubs/virtual/flash.ts";
import { DeviceImage, writeFactory } from "../../firmware-stubs/virtual/image.ts";
import { makeLight } from "../../firmware-stubs/virtual/light.ts";
import { PoweredClock } from "../../firmware-stubs/virtual/powered-clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { describeDevice, parseDriver } from "../../src/driver/index.ts";
import type { LinkMessage, LinkSession, LinkStream } from "../../src/link/index.ts";
import { streamPair } from "../../src/link/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import type { Dealt, Holding, Hub, Made, Owner, Tamper } from "./owner-kit.ts";
import { dealTo, hold, linkLinked, linkOnboard, readContribution } from "./owner-kit.ts";

/** Thrown where the process of a real device would end. */
export class PowerLost extends Error {}

const driver = parseDriver(readFileSync("drivers/light/driver.json", "utf8"), "drivers/light/driver.json");
export const lightDescription = describeDevice(driver, { manufacturer: "virtual", model: "light", version: "1" });

/** An image directory with the factory slot of a device. */
export function newImage(made: Made): string {
  const dir = tempDirectory();
  writeFactory(new Flash(dir, lost), made.factory);
  return dir;
}

function lost(): never {
  throw new PowerLost("power lost");
}

/** A device that runs from an image. */
export function powerOn(dir: string, fault?: PowerFault) {
  const flash = new Flash(dir, lost);
  flash.losePower(fault);
  const image = new DeviceImage(flash);
  const powered = new PoweredClock(image, systemClock);
  const appliance = makeLight(lightDescription);
  const events: [string, Readonly<Record<string, unknown>> | undefined][] = [];
  const renewals: boolean[] = [];
  const core = new DeviceCore({
    image,
    appliance,
    powered,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    onEvent: (event, data) => events.push([event, data]),
    onHails: (reconnect) => renewals.push(reconnect),
  });
  const streams: LinkStream[] = [];
  const stream = (): LinkStream => {
    const [hubEnd, deviceEnd] = streamPair("tcp");
    core.attach(deviceEnd);
    streams.push(hubEnd);
    return hubEnd;
  };
  const off = async (): Promise<void> => {
    await Promise.all(streams.map((end) => end.close()));
  };
  onCleanup(off);
  return { flash, image, powered, appliance, core, events, renewals, stream, off };
}

export type Running = ReturnType<typeof powerOn>;

/** A hub's end of a session: answers Accept to what the device sends, and keeps it. */
export function listen(session: LinkSession, result: "Accept" | "Pending" = "Accept"): LinkMessage[] {
  const seen: LinkMessage[] = [];
  session.onMessage((message) => {
    seen.push(message);
    return { tag: "Result", value: { Result: result } };
  });
  return seen;
}

/** Describe and deal: what owner and hub do before the delivery. */
export async function prepare(device: Running, made: Made, owner: Owner, hub: Hub, tamper?: Tamper) {
  const session = await linkOnboard(device.stream(), made, hub);
  const { Contribution } = await session.request("Describe", {});
  const contribution = readContribution(Contribution, made);
  const holding = hold(owner, made, contribution);
  const dealt = dealTo(holding, hub, contribution.DealEpoch + 1, tamper);
  return { session, contribution, holding, dealt };
}

/** The whole first connection. */
export async function connect(device: Running, made: Made, owner: Owner, hub: Hub) {
  const prepared = await prepare(device, made, owner, hub);
  const stored = await prepared.session.request("Deliver", { Sealed: prepared.dealt.sealed });
  if (stored.Result !== "Accept") throw new Error(stored.ErrorReport);
  return { ...prepared, ...(await join(device, prepared.holding, hub, prepared.dealt)) };
}

/** A linked session of the hub, with everything the device said in it. */
export async function join(device: Running, holding: Holding, hub: Hub, dealt: Pick<Dealt, "psk" | "epoch">) {
  const linked = await linkLinked(device.stream(), holding, hub, dealt);
  return { linked, seen: listen(linked) };
}

/** Waits until something is so. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}
