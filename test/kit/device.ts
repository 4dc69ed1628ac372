/** A virtual device in this process: real image directory, links in memory. A power failure throws and leaves the image as it was. */
import { readFileSync } from "node:fs";
import { makeLight } from "../../firmware-stubs/virtual/appliance/light.ts";
import { DeviceCore } from "../../firmware-stubs/virtual/device/device-core.ts";
import type { JoinWifi } from "../../firmware-stubs/virtual/device/request.ts";
import type { PowerFault } from "../../firmware-stubs/virtual/image/flash.ts";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage, writeFactory } from "../../firmware-stubs/virtual/image/image.ts";
import { PoweredClock } from "../../firmware-stubs/virtual/image/powered-clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { TokenBucket } from "../../src/base/token-bucket.ts";
import type { Struct } from "../../src/codec/index.ts";
import { describeDevice, parseDriver } from "../../src/driver/index.ts";
import type { LinkMessage, LinkSession, LinkStream } from "../../src/link/index.ts";
import { streamPair } from "../../src/link/index.ts";
import type { DeviceDescription, ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import type { Dealt, Holding, Hub, Made, Owner, Tamper } from "./owner.ts";
import { dealTo, hold, linkLinked, linkOnboard, readContribution, sealFor, sign } from "./owner.ts";

/** Thrown where the process of a real device would end. */
export class PowerLost extends Error {}

/** Description of a device of a class of the package. */
export function descriptionOf(name: string): DeviceDescription {
  const file = `drivers/${name}/driver.json`;
  return describeDevice(parseDriver(readFileSync(file, "utf8"), file), { manufacturer: "virtual", model: name, version: "1" });
}

export const lightDescription = descriptionOf("light");

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
export function powerOn(dir: string, fault?: PowerFault, appliance = makeLight(lightDescription), wifi?: JoinWifi) {
  let cut: (reason: Error) => void = () => undefined;
  /** Rejects when power is lost. */
  const dead = new Promise<never>((_, reject) => {
    cut = reject;
  });
  dead.catch(() => undefined);
  const power = { lost: false };
  const flash = new Flash(dir, () => {
    power.lost = true;
    cut(new PowerLost("power lost"));
    return lost();
  });
  flash.losePower(fault);
  const image = new DeviceImage(flash);
  const powered = new PoweredClock(image, systemClock);
  const events: [string, Readonly<Record<string, unknown>> | undefined][] = [];
  const renewals: boolean[] = [];
  const core = new DeviceCore({
    image,
    appliance,
    powered,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    // Tests shake hands faster than hubs do.
    handshakes: new TokenBucket({ perSecond: 1000, burst: 100 }, systemClock),
    onEvent: (event, data) => events.push([event, data]),
    onHails: (reconnect) => renewals.push(reconnect),
    ...(wifi === undefined ? {} : { wifi }),
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
  return { flash, power, dead, image, powered, appliance, core, events, renewals, stream, off };
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

/** An order of the owner, signed and sealed to the device. */
export function order<T extends ResetDevice | ReleaseDevice>(
  struct: Struct<T>,
  value: T,
  holding: Holding,
  hub: Hub,
  signer = holding.owner.administrator,
) {
  return { Sealed: sealFor(holding, struct.tag, sign(struct, value, signer), { hubUdf: hub.udf, dealEpoch: value.DealEpoch }) };
}

/** ReleaseDevice with a new code. */
export function releaseTo(renewed: Made, DealEpoch: number): ReleaseDevice {
  const { PublicationId, KHail, KLink, Kd, SealedDescription } = renewed.factory;
  return { DeviceUdf: renewed.deviceUdf, DealEpoch, PublicationId, KHail, KLink, Kd, SealedDescription };
}
