/** What runs in the Matter process: it does what the hub says, one call after the other, asks the hub for what controllers want, and ends with it. */
import type { Socket } from "node:net";
import { Lines } from "../../transport/lines.ts";
import type { BridgedWant, MatterCall, MatterTold } from "../line.ts";
import { lineOf, mostLine, readCall } from "../line.ts";
import type { BridgeOptions } from "./bridge.ts";
import { Bridge } from "./bridge.ts";

type Answer = Extract<MatterCall, { call: "answer" }>;

/** Octets that may wait for a hub that does not read. */
const mostWaiting = 1 << 20;
/** How long the hub has for an order: a controller gives up soon after. */
const orderMs = 12_000;
/** How long closing may take: what matter.js keeps is written by then. */
const endMs = 2000;

/** Serves a hub until it goes, and ends the process then. */
export function serveHub(hub: Socket, options: Pick<BridgeOptions, "storage" | "port" | "interface">): void {
  const asked = new Map<number, (answer: Answer | undefined) => void>();
  let next = 1;
  const tell = (told: MatterTold): void => {
    if (hub.writableLength > mostWaiting) process.exit(1);
    hub.write(lineOf(told));
  };
  const order = (udf: string, want: BridgedWant): Promise<Answer | undefined> =>
    new Promise((resolve) => {
      const number = next++;
      const late = setTimeout(() => settle(undefined), orderMs);
      const settle = (answer: Answer | undefined): void => {
        clearTimeout(late);
        asked.delete(number);
        resolve(answer);
      };
      asked.set(number, settle);
      tell({ tell: "order", order: number, udf, want });
    });
  const bridge = new Bridge({ ...options, order, onFabrics: (fabrics, more) => tell({ tell: "fabrics", fabrics, more }) });
  let turn: Promise<unknown> = Promise.resolve();
  const carryOut = async (call: Exclude<MatterCall, Answer>): Promise<void> => {
    try {
      const codes = await obey(bridge, call);
      tell({ tell: "done", id: call.id, ...(codes ? { codes } : {}) });
    } catch (error) {
      tell({ tell: "failed", id: call.id, reason: reasonOf(error) });
    }
  };
  const take = (call: MatterCall): void => {
    if (call.call === "answer") {
      asked.get(call.order)?.(call);
      return;
    }
    turn = turn.then(async () => {
      const done = carryOut(call);
      // A device that is being written to takes its report later; the others do not wait for it.
      if (call.call !== "state") await done;
    });
  };
  const end = (): void => {
    setTimeout(() => process.exit(1), endMs).unref();
    bridge.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  const lines = new Lines((line) => take(readCall(line)), mostLine);
  hub.on("data", (chunk) => lines.read(chunk));
  hub.on("close", end);
  hub.on("error", end);
}

function obey(bridge: Bridge, call: Exclude<MatterCall, Answer>): ReturnType<Bridge["window"]> | Promise<undefined> {
  switch (call.call) {
    case "start":
      return bridge.start(call);
    case "device":
      return bridge.show(call.device);
    case "gone":
      return bridge.remove(call.udf);
    case "state":
      return bridge.report(call.udf, call);
    case "window":
      return bridge.window(call);
    case "leave":
      return bridge.leave();
    case "ping":
      return Promise.resolve(undefined);
  }
}

/** Reasons of matter.js lie in a chain, or several in one; the last of them says most. */
function reasonOf(error: unknown): string {
  const words: string[] = [];
  const next = (each: Error): unknown => each.cause ?? (each as Partial<AggregateError>).errors?.[0];
  for (let each: unknown = error; each instanceof Error && words.length < 6; each = next(each)) words.push(each.message);
  return (words.join(": ") || String(error)).slice(0, 500);
}
