/** A chip in qemu with its maker, its owner and its hub as a script: connected over its UART, which the hub's serial medium opens. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeObjectB } from "../../src/codec/index.ts";
import { encodeEnvelopeB, parseEnvelope } from "../../src/dare/index.ts";
import type { LinkSession, LinkStream } from "../../src/link/index.ts";
import { matchesHail } from "../../src/link/index.ts";
import { ConnectionDevice, DevicePreconfigurationPrivate, peekObject } from "../../src/schema/index.ts";
import { SerialMedium } from "../../src/transport/serial/serial-medium.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { pause, ports } from "../kit/broker.ts";
import { listen } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import type { Owned } from "../kit/lock-house.ts";
import type { Dealt, Holding } from "../kit/owner.ts";
import { dealTo, hold, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, readContribution } from "../kit/owner.ts";
import type { Machine } from "./machine.ts";
import { startMachine } from "./machine.ts";

/** It takes four handshakes at once, and one more each two seconds. */
const handshakeMs = 2100;
const lookMs = 1000;

/** One chip. */
export class Chip {
  /** Its flash. */
  readonly dir = join(tempDirectory(), "chip");
  readonly made;
  readonly owner = makeOwner("alice@example.com");
  readonly hub = makeHub();
  holding: Holding | undefined;
  dealt: Dealt | undefined;
  readonly #image: string;
  #machine: Machine | undefined;
  #medium: SerialMedium | undefined;
  #stream: LinkStream | undefined;

  constructor(image: string, className: string) {
    this.#image = image;
    this.made = makeDevice(className);
    mkdirSync(this.dir);
    writeFileSync(join(this.dir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, this.made.factory));
  }

  get machine(): Machine {
    if (this.#machine === undefined) throw new Error("the chip is not powered");
    return this.#machine;
  }

  async powerOn(): Promise<void> {
    this.#machine = await startMachine(this.#image, this.dir);
    this.#medium = new SerialMedium({ ports: [this.#machine.uart], baud: 115_200, ...ports });
    const medium = this.#medium;
    await medium.start();
    onCleanup(() => medium.stop());
  }

  async powerOff(): Promise<void> {
    await this.#medium?.stop();
    await this.machine.kill();
  }

  /** The first connection. */
  async connect(): Promise<LinkSession> {
    const session = await this.#handshake(this.made.factory.KHail, (stream) => linkOnboard(stream, this.made, this.hub));
    const contribution = readContribution((await session.request("Describe", {}, { timeoutMs: 30_000 })).Contribution, this.made);
    this.holding = hold(this.owner, this.made, contribution);
    this.dealt = dealTo(this.holding, this.hub, contribution.DealEpoch + 1);
    const { Result, ErrorReport } = await session.request("Deliver", { Sealed: this.dealt.sealed }, { timeoutMs: 30_000 });
    if (Result !== "Accept") throw new Error(ErrorReport);
    return this.link();
  }

  /** A session of its hub, which accepts what the device says unless `hear` answers. */
  async link(hear: (session: LinkSession) => unknown = listen): Promise<LinkSession> {
    const { holding, dealt, hub } = this;
    if (holding === undefined || dealt === undefined) throw new Error("the chip is not connected");
    const session = await this.#handshake(dealt.hailKey, (stream) => linkLinked(stream, holding, hub, dealt));
    hear(session);
    return session;
  }

  owned(): Owned {
    const { made, owner, hub, dealt } = this;
    if (dealt === undefined) throw new Error("the chip is not connected");
    return { made, owner, hub, dealt, connection: peekObject(ConnectionDevice, parseEnvelope(encodeEnvelopeB(dealt.connectionDevice))) };
  }

  async #handshake(key: Uint8Array, open: (stream: LinkStream) => Promise<LinkSession>): Promise<LinkSession> {
    let isOver = false;
    void this.machine.ended.then(() => {
      isOver = true;
    });
    for (let attempt = 0; ; attempt++) {
      try {
        return await open(await this.#open(key, () => isOver));
      } catch (error) {
        if (attempt === 8 || isOver) throw error;
        await pause(handshakeMs);
      }
    }
  }

  async #open(key: Uint8Array, isOver: () => boolean): Promise<LinkStream> {
    const medium = this.#medium;
    await this.#stream?.close();
    let asked = -lookMs;
    let found: LinkStream | undefined;
    await eventually("the chip hails and answers", async () => {
      const peer = medium?.hails().find(({ octets }) => matchesHail(key, octets))?.peer;
      if (isOver()) return true;
      if (peer === undefined && performance.now() - asked > lookMs) {
        asked = performance.now();
        medium?.refresh?.();
      }
      if (peer === undefined) return false;
      found = await medium?.open(peer);
      return true;
    });
    if (found === undefined) throw new Error("the chip is gone");
    this.#stream = found;
    return found;
  }
}
