/** Step find: waits until a device hails with the code, or until the one that the code is known to belong to is there already. */
import { MeshError } from "../../base/errors.ts";
import type { KnownDevice } from "../device/known-devices.ts";
import type { HailWatch } from "./hail-watch.ts";
import type { RunSurroundings } from "./run-surroundings.ts";

/** For ever, as far as a timer goes. */
const longMs = 2 ** 31 - 1;

/** What is sought. */
export interface FindOptions {
  readonly around: RunSurroundings;
  readonly watch: HailWatch;
  /** The device that an earlier scan of the code has connected. */
  readonly known: KnownDevice | undefined;
}

/** "connected" when the known device is online. Errors: ERR_DEVICE_NOT_FOUND, ERR_ADAPTER when no medium is up, the signal's reason. */
export async function findDevice({ around, watch, known }: FindOptions): Promise<"connected" | "found"> {
  const { changed, links, signal, times } = around;
  const stopListening = watch.onPeer(() => changed.notify());
  try {
    const heard = await changed.until(
      () => {
        // First: media remember for a while how the device hailed before it was connected.
        if (known && links.status(known.udf) === "Online") return "connected" as const;
        return watch.peers.length > 0 ? ("found" as const) : undefined;
      },
      { timeMs: times.findSeconds * 1000, signal },
    );
    if (!heard) throw notFound(around);
    return heard;
  } finally {
    stopListening();
  }
}

/** What a task gives, or the device that `known` names as soon as it is online: the task is told by its signal. Errors: the task's. */
export async function unlessConnected<T>(
  { changed, links, signal }: RunSurroundings,
  known: () => KnownDevice | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | KnownDevice> {
  const over = new AbortController();
  const ends = AbortSignal.any([over.signal, signal]);
  const online = (): KnownDevice | undefined => {
    const device = known();
    return device && links.status(device.udf) === "Online" ? device : undefined;
  };
  const connected = changed.until(online, { timeMs: longMs, signal: ends }).then((device) => device ?? new Promise<never>(() => undefined));
  const done = task(ends);
  try {
    return await Promise.race([done, connected]);
  } finally {
    over.abort(new MeshError("ERR_LINK", "the device is connected"));
    await Promise.allSettled([done, connected]);
  }
}

function notFound({ media, times }: RunSurroundings): MeshError {
  const states = media.map((medium) => ({ name: medium.name, ...medium.status() }));
  if (states.some(({ state }) => state === "up")) {
    return new MeshError(
      "ERR_DEVICE_NOT_FOUND",
      `no device hailed with this code within ${times.findSeconds} s on ${states.map(({ name }) => name).join(", ")}`,
    );
  }
  const reasons = states.map(({ name, detail }) => `${name}: ${detail ?? "down"}`).join("; ");
  return new MeshError("ERR_ADAPTER", `no way to reach devices is up (${reasons})`);
}
