/** A Matter process as the hub sees it, played in the test: a socket, what it was told, and what it says. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { MatterProcess } from "../../src/matter/keeper.ts";
import type { BridgedDevice, BridgedWant, MatterCall, MatterTold } from "../../src/matter/line.ts";
import { lineOf, readCall } from "../../src/matter/line.ts";
import { Lines } from "../../src/transport/lines.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";

/** One process. */
export class PlayedMatter implements MatterProcess {
  readonly told: MatterCall[] = [];
  readonly socket: Socket;
  readonly ended: Promise<string>;
  /** The devices that it shows, as it was told of them. */
  readonly shown = new Map<string, BridgedDevice>();
  /** Kinds of calls that it does not answer. */
  mute: readonly MatterCall["call"][] = [];
  /** A device that it says it cannot show. */
  refuses: string | undefined;
  readonly #own: Socket;
  #over: (reason: string) => void = () => undefined;

  private constructor(socket: Socket, own: Socket) {
    this.socket = socket;
    this.#own = own;
    this.ended = new Promise((resolve) => {
      this.#over = resolve;
    });
    const lines = new Lines((line) => this.#take(readCall(line)));
    own.on("data", (chunk) => lines.read(chunk));
    own.on("error", () => undefined);
    own.on("close", () => this.die("it ended"));
  }

  /** Processes to be started one after the other. */
  static async make(count = 1): Promise<PlayedMatter[]> {
    const path = join(tempDirectory(), "matter.sock");
    const server = createServer();
    server.listen(path);
    await once(server, "listening");
    const made: PlayedMatter[] = [];
    for (let i = 0; i < count; i++) {
      const socket = connect(path);
      const [[own]] = (await Promise.all([once(server, "connection"), once(socket, "connect")])) as [[Socket], unknown];
      made.push(new PlayedMatter(socket, own));
    }
    server.close();
    onCleanup(() => {
      for (const { socket } of made) socket.destroy();
    });
    return made;
  }

  end(): void {
    this.die("it was ended");
  }

  /** It dies, with these words. */
  die(reason: string): void {
    this.#own.destroy();
    this.#over(reason);
  }

  say(told: MatterTold): void {
    this.#own.write(lineOf(told));
  }

  /** What it should not say. */
  babble(text: string): void {
    this.#own.write(text);
  }

  /** A controller wants something; gives the outcome. */
  async want(udf: string, want: BridgedWant): Promise<Extract<MatterCall, { call: "answer" }>> {
    const order = this.#orders++;
    this.say({ tell: "order", order, udf, want });
    for (;;) {
      const answer = this.told.find((call) => call.call === "answer" && call.order === order);
      if (answer?.call === "answer") return answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #orders = 1;

  #take(call: MatterCall): void {
    this.told.push(call);
    if (call.call === "answer" || this.mute.includes(call.call)) return;
    if (call.call === "device" && call.device.udf === this.refuses) {
      this.say({ tell: "failed", id: call.id, reason: "no such endpoint" });
      return;
    }
    if (call.call === "device") this.shown.set(call.device.udf, call.device);
    if (call.call === "gone") this.shown.delete(call.udf);
    const before = call.call === "state" ? this.shown.get(call.udf) : undefined;
    if (before && call.call === "state") this.shown.set(call.udf, { ...before, isReachable: call.isReachable, values: call.values });
    const codes = call.call === "window" && call.isOpen ? { codes: { manual: "34970112332", qr: "MT:Y.K9042C00KA0648G00" } } : {};
    this.say({ tell: "done", id: call.id, ...codes });
  }
}
