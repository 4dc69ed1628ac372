/**
 * A house: a real service, alice with her agent, a hub with its links and its onboarding, and light bulbs that run the firmware of the virtual
 * light inside the process, on a medium inside the process.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Appliance } from "../../firmware-stubs/virtual/appliance/appliance.ts";
import { makeLight, useSwitch } from "../../firmware-stubs/virtual/appliance/light.ts";
import { DeviceCore } from "../../firmware-stubs/virtual/device/device-core.ts";
import type { JoinWifi } from "../../firmware-stubs/virtual/device/request.ts";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage, writeFactory } from "../../firmware-stubs/virtual/image/image.ts";
import { PoweredClock } from "../../firmware-stubs/virtual/image/powered-clock.ts";
import type { AccountContext, Preconfigured } from "../../src/account/index.ts";
import { addPlace, attend, openWindow, preconfigureDevice } from "../../src/account/index.ts";
import { asMeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { TokenBucket } from "../../src/base/token-bucket.ts";
import { describeDevice, parseDriver } from "../../src/driver/index.ts";
import { DeviceLinks } from "../../src/hub/device/device-links.ts";
import type { DeviceReport } from "../../src/hub/device/device-port.ts";
import { Onboarding } from "../../src/hub/onboarding/onboarding.ts";
import type { OnboardingTimes } from "../../src/hub/onboarding/run-surroundings.ts";
import type { OnboardProgress } from "../../src/hub/onboarding/step.ts";
import type { Medium } from "../../src/transport/medium.ts";
import type { Household } from "./household.ts";
import { ports, startHousehold } from "./household.ts";
import { MemoryMedium } from "./memory-medium.ts";

const driverFile = packagePath("drivers", "light", "driver.json");
export const lightDescription = describeDevice(parseDriver(readFileSync(driverFile, "utf8"), driverFile), {
  manufacturer: "Lumen Works",
  model: "L1",
  version: "1",
});

/** A bulb on the memory medium. */
export interface Bulb {
  readonly core: DeviceCore;
  readonly events: string[];
  readonly address: string;
  /** Its own switch. */
  turn(position: "on" | "off"): void;
  /** Comes to the medium, or hails anew. */
  on(): void;
  off(): void;
  /** Lets it be powered for so long at once. */
  skipHours(hours: number): void;
}

/** Puts a preconfigured bulb into a house; the same directory again is the same bulb after a power cut. */
export function makeBulb(options: {
  dir: string;
  address: string;
  medium: MemoryMedium;
  made?: Preconfigured;
  handshakes?: TokenBucket;
  /** Another thing than a light. */
  appliance?: Appliance;
  wifi?: JoinWifi;
}): Bulb {
  const { dir, address, medium, made, handshakes, wifi, appliance: light = makeLight(lightDescription) } = options;
  const { clock, random, log } = ports;
  const flash = new Flash(dir, () => {
    throw new Error("no power failure was asked for");
  });
  if (made) writeFactory(flash, made.image);
  const image = new DeviceImage(flash);
  const powered = new PoweredClock(image, clock);
  const events: string[] = [];
  const core = new DeviceCore({
    image,
    appliance: light,
    powered,
    clock,
    random,
    log,
    ...(handshakes ? { handshakes } : {}),
    ...(wifi ? { wifi } : {}),
    onEvent: (event) => events.push(event),
    onHails: (reconnect) => {
      if (reconnect) medium.leave(address);
      bulb.on();
    },
  });
  const bulb: Bulb = {
    core,
    events,
    address,
    turn: (position) => useSwitch(light, position),
    on: () => medium.join(address, (stream) => core.attach(stream), core.hails()),
    off: () => medium.leave(address),
    skipHours: (hours) => powered.skip(hours),
  };
  return bulb;
}

/** A hub process, as far as links and onboarding go. */
export interface Hub {
  readonly context: AccountContext;
  readonly links: DeviceLinks;
  readonly onboarding: Onboarding;
  readonly reports: DeviceReport[];
  stop(): Promise<void>;
}

export const times: OnboardingTimes = { findSeconds: 4, offerSeconds: 30 };

/** Starts the parts of a hub and keeps them in step with the account. */
export async function startHub(options: { context: AccountContext; media: readonly Medium[]; dir: string; times?: OnboardingTimes }): Promise<Hub> {
  const { context, media, dir } = options;
  const links = new DeviceLinks({ account: context, media, dir });
  const reports: DeviceReport[] = [];
  links.onReport((report) => void reports.push(report));
  await links.start();
  const onboarding = new Onboarding({ account: context, media, links, dir, times: options.times ?? times });
  await onboarding.start();
  const loop = pump(async () => {
    await onboarding.onSync(await context.sync());
  });
  return {
    context,
    links,
    onboarding,
    reports,
    async stop() {
      // In one turn, so that nothing of the hub goes on after it was told to stop.
      await Promise.all([onboarding.stop(), loop.stop()]);
      await links.stop();
    },
  };
}

/** Runs a task again and again until it is stopped; a failing task is told and goes on. */
export function pump(task: () => Promise<unknown>): { stop(): Promise<void> } {
  let stopped = false;
  const run = (async () => {
    while (!stopped) {
      await task().catch((error: unknown) => console.error("pump:", asMeshError(error).message));
      await ports.clock.sleep(40);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await run;
    },
  };
}

/** The whole house. */
export interface World {
  readonly household: Household;
  readonly alice: AccountContext;
  readonly maker: AccountContext;
  readonly hubContext: AccountContext;
  readonly medium: MemoryMedium;
  readonly dir: string;
  /** Alice's agent; stops and starts. */
  agent(on: boolean): Promise<void>;
  preconfigure(): Promise<Preconfigured>;
  bulb(name: string): Promise<Bulb & { readonly made: Preconfigured }>;
  stop(): Promise<void>;
}

/** Builds a house with an agent that accepts lights, at a service of one's own if wanted. */
export async function startWorld(startService?: Parameters<typeof startHousehold>[0]): Promise<World> {
  const household = await startHousehold(startService);
  const alice = await household.create("alice", "alice@example.com");
  const maker = await household.create("maker", "maker@example.com");
  const hubContext = await household.join(alice, "hub", ["hub"]);
  await addPlace(alice, { name: "kitchen" });
  await openWindow({ dir: alice.dir, minutes: 60, ports });
  await hubContext.sync();
  const medium = new MemoryMedium(ports.clock);
  const dir = join(household.dir, "house");
  mkdirSync(dir);
  let running: { stop(): Promise<void> } | undefined;
  const preconfigure = (): Promise<Preconfigured> => preconfigureDevice(maker, { description: lightDescription, hailing: ["tcp"] });
  const world: World = {
    household,
    alice,
    maker,
    hubContext,
    medium,
    dir,
    async agent(on) {
      await running?.stop();
      running = on
        ? pump(async () => {
            await alice.sync();
            await attend(alice, { claim: false });
          })
        : undefined;
    },
    preconfigure,
    async bulb(name) {
      const made = await preconfigure();
      return { ...makeBulb({ dir: join(dir, name), address: name, medium, made }), made };
    },
    async stop() {
      await running?.stop();
      await household.stop();
    },
  };
  await world.agent(true);
  return world;
}

/** All progress of an onboarding. */
export async function collect(progress: AsyncIterable<OnboardProgress>): Promise<OnboardProgress[]> {
  const events: OnboardProgress[] = [];
  for await (const event of progress) events.push(event);
  return events;
}
