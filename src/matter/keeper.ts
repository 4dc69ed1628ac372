/**
 * Keeps a Matter process going and shows it the house. It may be killed, hang or say anything: it is ended, another one is started after a pause, and
 * is shown everything anew. It holds no keys; whatever it asks for is judged by the hub, and bounded here.
 */
import type { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import { Keeper } from "../base/keeper.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { Tally } from "../base/tally.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import { Lines } from "../transport/lines.ts";
import { lines, mostAtOnce, mostEach, mostWaiting, orders } from "./bounds.ts";
import type { BridgedDevice, BridgedValues, BridgedWant, MatterCall, MatterFabric, MatterTold, PairingCodes, WantOutcome } from "./line.ts";
import { lineOf, mostLine, readTold } from "./line.ts";

/** A process. */
export interface MatterProcess {
  readonly socket: Socket;
  /** Resolves when it is over, with the reason as far as it says one. */
  readonly ended: Promise<string>;
  /** Ends it. */
  end(): void;
}

/** What the bridge is to those who find it, and who is let in. */
export type MatterIdentity = Omit<Extract<MatterCall, { call: "start" }>, "call" | "id">;

/** What an order led to, and how the device is now by its own word. */
export interface AnsweredWant {
  readonly outcome: WantOutcome;
  readonly isReachable: boolean;
  readonly values: BridgedValues;
}

/** How it is kept. */
export interface MatterKeeperOptions {
  /** Why there is no use in trying, in words for the owner; undefined when there is. */
  readonly absent: () => string | undefined;
  readonly open: () => MatterProcess;
  readonly identity: () => MatterIdentity;
  /** Judges and carries out what a controller wants. Never rejects. */
  readonly order: (udf: string, want: BridgedWant) => Promise<AnsweredWant>;
  /** Told of the ecosystems that the bridge belongs to, by their numbers. */
  readonly onFabrics: (indices: readonly number[]) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How it is. Sixteen ecosystems are described; `indices` are the numbers of all. */
export interface MatterKeeperStatus {
  readonly state: "up" | "down" | "unavailable";
  readonly detail?: string;
  readonly fabrics: readonly MatterFabric[];
  readonly indices: readonly number[];
  /** Devices that the process could not show. */
  readonly refused: readonly string[];
}

/** A busy machine takes a third of this. */
const startMs = 120_000;
const callMs = 20_000;
const pingMs = 30_000;
const pauses = { firstMs: 1000, mostMs: 60_000 } as const;
type Unnumbered = Exclude<MatterCall, { call: "answer" }> extends infer C ? (C extends { id: number } ? Omit<C, "id"> : never) : never;
type Done = Extract<MatterTold, { tell: "done" }>;

interface Pending {
  readonly resolve: (done: Done) => void;
  readonly reject: (error: MeshError) => void;
}

/** One process, from its start to its end. */
interface Running {
  readonly process: MatterProcess;
  readonly pending: Map<number, Pending>;
  readonly spoken: TokenBucket;
  readonly asked: TokenBucket;
  readonly underWay: Tally;
  /** Devices whose state is being told, and whether there is a later one by now. */
  readonly telling: Map<string, boolean>;
  /** It has started and is shown what changes. */
  isUp: boolean;
  over: string | undefined;
}

/** The Matter process of a hub, for as long as the hub runs. */
export class MatterKeeper {
  readonly #options: MatterKeeperOptions;
  readonly #refused = new Set<string>();
  #devices = new Map<string, BridgedDevice>();
  #ecosystems: Pick<MatterKeeperStatus, "fabrics" | "indices"> = { fabrics: [], indices: [] };
  readonly #keeper: Keeper;
  #running: Running | undefined;
  #state: MatterKeeperStatus["state"] = "down";
  #detail: string | undefined;
  #next = 1;

  constructor(options: MatterKeeperOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#keeper = new Keeper({
      isPossible: () => this.#isPossible(),
      live: (signal) => this.#live(signal),
      ended: (why) => this.#ended(why),
      clock,
      random,
      pauses,
    });
  }

  start(): void {
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    const stopped = this.#keeper.stop();
    if (this.#running) this.#over(this.#running, "the hub stops");
    await stopped;
    this.#state = "down";
    this.#detail = undefined;
    this.#ecosystems = { fabrics: [], indices: [] };
  }

  status(): MatterKeeperStatus {
    const detail = this.#detail === undefined ? {} : { detail: this.#detail };
    return { state: this.#state, ...detail, ...this.#ecosystems, refused: [...this.#refused] };
  }

  /** The devices that go out from here on, in the place of any before. */
  show(devices: readonly BridgedDevice[]): void {
    const before = this.#devices;
    this.#devices = new Map(devices.map((device) => [device.udf, device]));
    if (this.#running?.isUp !== true) return;
    for (const udf of before.keys()) if (!this.#devices.has(udf)) void this.#tell({ call: "gone", udf }, udf);
    for (const device of devices) this.#showOne(before.get(device.udf), device);
  }

  /** What a device has reported since; nothing for one that does not go out. */
  report(udf: string, now: { readonly isReachable: boolean; readonly values: BridgedValues }): void {
    const before = this.#devices.get(udf);
    if (!before) return;
    const device = { ...before, ...now };
    this.#devices.set(udf, device);
    if (this.#running?.isUp === true) this.#showOne(before, device);
  }

  /** Lets in whoever has the code, or nobody. Errors: ERR_ADAPTER without a process, and when it cannot. */
  async window(window: Pick<MatterIdentity, "passcode" | "discriminator" | "isOpen">): Promise<PairingCodes | undefined> {
    return (await this.#call({ call: "window", ...window })).codes;
  }

  /** Takes the bridge out of every ecosystem. Errors: as `window`. */
  async leave(): Promise<void> {
    await this.#call({ call: "leave" });
  }

  #showOne(before: BridgedDevice | undefined, device: BridgedDevice): void {
    const { isReachable, values, ...form } = device;
    const { isReachable: was, values: had, ...formerly } = before ?? {};
    if (JSON.stringify(form) !== JSON.stringify(formerly)) void this.#tell({ call: "device", device }, device.udf);
    else if (was !== isReachable || JSON.stringify(had) !== JSON.stringify(values)) void this.#tellState(device.udf);
  }

  /** Tells the latest state of a device, one at a time: however often it reports, the process gets what it can take. */
  async #tellState(udf: string): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const { telling } = running;
    const isBusy = telling.has(udf);
    telling.set(udf, isBusy);
    if (isBusy) return;
    for (let device = this.#devices.get(udf); device && this.#running === running; device = this.#devices.get(udf)) {
      telling.set(udf, false);
      const { isReachable, values } = device;
      await this.#tell({ call: "state", udf, isReachable, values }, udf);
      if (telling.get(udf) !== true) break;
    }
    telling.delete(udf);
  }

  /** Tells of a device; what cannot be shown is noted and holds up nothing else. */
  #tell(call: Unnumbered, udf: string): Promise<void> {
    return this.#call(call).then(
      () => void this.#refused.delete(udf),
      (error: unknown) => {
        if (this.#running?.isUp !== true) return;
        this.#refused.add(udf);
        this.#options.log.warn("matter.device_refused", { device: udf, reason: asMeshError(error).message });
      },
    );
  }

  async #isPossible(): Promise<boolean> {
    const missing = this.#options.absent();
    if (missing === undefined) return true;
    this.#state = "unavailable";
    this.#detail = missing;
    return false;
  }

  #ended(why: string): void {
    this.#state = "down";
    this.#detail = why;
    this.#options.log.warn("matter.process_ended", { reason: why });
  }

  /** The life of one process. @returns why it is over */
  async #live(signal: AbortSignal): Promise<string> {
    const { open, identity, clock, log } = this.#options;
    const running: Running = {
      process: open(),
      pending: new Map(),
      spoken: new TokenBucket(lines, clock),
      asked: new TokenBucket(orders, clock),
      underWay: new Tally(),
      telling: new Map(),
      isUp: false,
      over: undefined,
    };
    this.#running = running;
    this.#refused.clear();
    const { socket, ended } = running.process;
    const read = new Lines((line) => this.#take(running, line), mostLine);
    socket.on("data", (chunk: Buffer) => {
      try {
        read.read(chunk);
      } catch (error) {
        this.#over(running, `the Matter process does not speak as it should: ${asMeshError(error).message.slice(0, 200)}`);
      }
    });
    socket.on("error", () => undefined);
    // Its own words, once they are all there, say more than the end of the socket.
    void ended.then((reason) => this.#over(running, reason));
    try {
      await this.#call({ call: "start", ...identity() }, startMs);
      this.#state = "up";
      this.#detail = undefined;
      running.isUp = true;
      log.info("matter.up", { devices: this.#devices.size });
      for (const device of this.#devices.values()) void this.#tell({ call: "device", device }, device.udf);
      const over = AbortSignal.any([signal, closing(socket)]);
      while (running.over === undefined) {
        await clock.sleep(pingMs, over).catch(() => undefined);
        if (running.over === undefined && !signal.aborted) await this.#call({ call: "ping" });
      }
    } catch (error) {
      this.#over(running, asMeshError(error).message);
    }
    this.#running = undefined;
    await ended;
    return running.over ?? "it ended";
  }

  /** It is of no use any more; the first reason counts. */
  #over(running: Running, reason: string): void {
    if (running.over !== undefined) return;
    running.over = reason;
    running.isUp = false;
    for (const { reject } of running.pending.values()) reject(new MeshError("ERR_ADAPTER", `the Matter process is not there: ${reason}`));
    running.pending.clear();
    running.process.end();
    running.process.socket.destroy();
  }

  async #call(call: Unnumbered, ms = callMs): Promise<Done> {
    const running = this.#running;
    if (!running || running.over !== undefined || (!running.isUp && call.call !== "start")) {
      throw new MeshError("ERR_ADAPTER", `the Matter process is not there: ${this.#detail ?? "it starts"}`);
    }
    const id = this.#next++;
    const answer = new Promise<Done>((resolve, reject) => running.pending.set(id, { resolve, reject }));
    this.#write(running, { ...call, id } as MatterCall);
    const done = new AbortController();
    const late = this.#options.clock.sleep(ms, done.signal).then(
      () => this.#over(running, `no answer to ${call.call} within ${ms / 1000} s`),
      () => undefined,
    );
    try {
      return await answer;
    } finally {
      done.abort();
      await late;
    }
  }

  #write(running: Running, message: MatterCall): void {
    const { socket } = running.process;
    if (socket.writableLength > mostWaiting) this.#over(running, "the Matter process does not read");
    else socket.write(lineOf(message));
  }

  #take(running: Running, line: string): void {
    if (running.over !== undefined) return;
    const told = readTold(line);
    // An answer that it owes is as frequent as the hub's calls.
    const isOwed = (told.tell === "done" || told.tell === "failed") && running.pending.has(told.id);
    if (!isOwed && !running.spoken.take()) {
      this.#over(running, `the Matter process says more than ${lines.perSecond} lines a second`);
      return;
    }
    switch (told.tell) {
      case "done":
        running.pending.get(told.id)?.resolve(told);
        running.pending.delete(told.id);
        return;
      case "failed":
        running.pending.get(told.id)?.reject(new MeshError("ERR_ADAPTER", told.reason));
        running.pending.delete(told.id);
        return;
      case "fabrics":
        this.#ecosystems = { fabrics: told.fabrics, indices: [...told.fabrics.map(({ index }) => index), ...told.more] };
        this.#options.onFabrics(this.#ecosystems.indices);
        return;
      case "order":
        void this.#order(running, told);
    }
  }

  async #order(running: Running, { order, udf, want }: Extract<MatterTold, { tell: "order" }>): Promise<void> {
    const { asked, underWay } = running;
    if (!asked.take() || underWay.of(udf) >= mostEach || underWay.total >= mostAtOnce) return this.#answer(running, order, { outcome: "busy" });
    const answered = await underWay.during(udf, () => this.#options.order(udf, want));
    const device = this.#devices.get(udf);
    const { outcome, isReachable, values } = answered;
    if (device) this.#devices.set(udf, { ...device, isReachable, values });
    this.#answer(running, order, device ? answered : { outcome });
  }

  #answer(running: Running, order: number, answer: Omit<Extract<MatterCall, { call: "answer" }>, "call" | "order">): void {
    if (running.over === undefined) this.#write(running, { call: "answer", order, ...answer });
  }
}

/** Aborted when the socket is over. */
function closing(socket: Socket): AbortSignal {
  const over = new AbortController();
  if (socket.destroyed) over.abort();
  else socket.once("close", () => over.abort());
  return over.signal;
}
