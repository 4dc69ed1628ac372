/**
 * A device as a process of whatever implementation, with its maker, its owner and its hub as a script (test/kit/owner.ts): what they know of it outlasts
 * its losses of power, and each step can be tried again.
 */
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { fromHex } from "../../src/base/bytes.ts";
import { encodeEnvelopeB, parseEnvelope } from "../../src/dare/index.ts";
import type { LinkMessage, LinkSession, LinkStream } from "../../src/link/index.ts";
import { matchesHail } from "../../src/link/index.ts";
import { ConnectionDevice, peekObject, publicKeyOf } from "../../src/schema/index.ts";
import { onCleanup } from "../harness/suite.ts";
import { pause } from "../kit/broker.ts";
import { listen, newImage } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import type { Owned } from "../kit/lock-house.ts";
import type { Dealt, Holding, Hub, Made, Owner, Tamper } from "../kit/owner.ts";
import { dealTo, hold, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, random, readContribution } from "../kit/owner.ts";
import type { RawLink } from "../kit/raw-link.ts";
import { openRaw } from "../kit/raw-link.ts";
import type { Implementation } from "./implementation.ts";
import type { Reach } from "./reach.ts";

/** Exit status after a power failure that was asked for. */
export const powerLost = 86;
/** How fast the machine is, is not what is tested. */
const patienceMs = 120_000;
/** A device takes eight handshakes at once, and one more each second. */
const handshakeMs = 1100;

/** What the hub has heard in a session. */
export interface Heard {
  readonly session: LinkSession;
  readonly seen: LinkMessage[];
}

/** One device and its people. */
export class DeviceUnderTest {
  readonly implementation: Implementation;
  readonly className: string;
  readonly reach: Reach;
  readonly dir: string;
  made: Made;
  owner: Owner = makeOwner("alice@example.com");
  hub: Hub = makeHub();
  holding: Holding | undefined;
  dealt: Dealt | undefined;
  #process: VirtualDevice | undefined;

  constructor(options: { readonly implementation: Implementation; readonly className: string; readonly reach: Reach }) {
    this.implementation = options.implementation;
    this.className = options.className;
    this.reach = options.reach;
    this.made = makeDevice(this.className);
    this.dir = newImage(this.made);
    onCleanup(async () => void (await this.#process?.kill()));
  }

  get process(): VirtualDevice {
    if (this.#process === undefined) throw new Error("the device is not powered");
    return this.#process;
  }

  async powerOn(...args: string[]): Promise<void> {
    const program = this.implementation.program(this.className);
    this.#process = await startVirtualDevice({
      imageDir: this.dir,
      medium: this.reach.name,
      args: [...this.reach.args, ...args],
      patienceMs,
      ...(program ? { program } : {}),
    });
  }

  /** Power off and on. */
  async powerCycle(): Promise<void> {
    await this.process.kill();
    await this.powerOn();
  }

  async values(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.process.status()).values as Record<string, unknown>;
  }

  /** The device's own name for an owner's key is in what it hailed last. */
  hailed(key: Uint8Array): boolean {
    const shown = this.process.events.filter(({ event }) => event === "hail").at(-1)?.hails;
    return ((shown ?? []) as string[]).some((hail) => matchesHail(key, fromHex(hail) ?? new Uint8Array()));
  }

  /** A session of whoever has read the code. */
  async onboard(): Promise<LinkSession> {
    return this.#handshake(this.made.factory.KHail, (stream) => linkOnboard(stream, this.made, this.hub));
  }

  /** Describe and deal. */
  async prepare(owner = this.owner, tamper?: Tamper): Promise<{ session: LinkSession; holding: Holding; dealt: Dealt }> {
    const session = await this.onboard();
    const contribution = readContribution((await session.request("Describe", {})).Contribution, this.made);
    const holding = hold(owner, this.made, contribution);
    return { session, holding, dealt: dealTo(holding, this.hub, contribution.DealEpoch + 1, tamper) };
  }

  /** A session of the hub in force; it accepts what the device says, unless `hear` answers. */
  async link(hear: (session: LinkSession) => LinkMessage[] = listen): Promise<Heard> {
    const { holding, hub, dealt } = this.#connection();
    const session = await this.#handshake(dealt.hailKey, (stream) => linkLinked(stream, holding, hub, dealt));
    return { session, seen: hear(session) };
  }

  /** The same hub with a session that says whatever it is given. */
  async linkRaw(): Promise<RawLink> {
    const { holding, hub, dealt } = this.#connection();
    const { psk, epoch: dealEpoch } = dealt;
    const remote = publicKeyOf(holding.contribution.Link25519);
    const who = { mode: "linked", id: this.made.deviceUdf, local: hub.link, remote, psk, hubUdf: hub.udf, dealEpoch } as const;
    return this.#handshake(dealt.hailKey, (stream) => openRaw({ stream, ...who, random }));
  }

  /** The first connection from wherever it stands, to the end. */
  async connect(): Promise<Heard> {
    if (this.dealt === undefined || !this.hailed(this.dealt.hailKey)) {
      const { session, holding, dealt } = await this.prepare();
      [this.holding, this.dealt, this.reach.psk] = [holding, dealt, dealt.psk];
      const { Result, ErrorReport } = await session.request("Deliver", { Sealed: dealt.sealed }, { timeoutMs: 30_000 });
      if (Result !== "Accept") throw new Error(ErrorReport);
      await session.close();
    }
    const heard = await this.link();
    await eventually("accepted", async () => (await this.process.status()).accepted === true);
    return heard;
  }

  /** The same for the parts of the kit that act as its hub. */
  owned(): Owned {
    const { dealt, hub } = this.#connection();
    const connection = peekObject(ConnectionDevice, parseEnvelope(encodeEnvelopeB(dealt.connectionDevice)));
    return { made: this.made, owner: this.owner, hub, dealt, connection };
  }

  #connection(): { readonly holding: Holding; readonly hub: Hub; readonly dealt: Dealt } {
    const { holding, hub, dealt } = this;
    if (holding === undefined || dealt === undefined) throw new Error("the device is not connected");
    return { holding, hub, dealt };
  }

  /** Again while the device has had enough handshakes for the moment; not after it has lost its power. */
  async #handshake<T>(hailKey: Uint8Array, open: (stream: LinkStream) => Promise<T>): Promise<T> {
    const { process } = this.process;
    const isOver = (): boolean => process.exitCode !== null || process.signalCode !== null;
    for (let attempt = 0; ; attempt++) {
      try {
        return await open(await this.reach.open(hailKey, isOver));
      } catch (error) {
        if (attempt === 8 || isOver()) throw error;
        await pause(handshakeMs);
      }
    }
  }
}
