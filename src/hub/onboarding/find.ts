/** Step find: waits until a device hails with the code, or until the one that the code is known to belong to is there already. */
import { MeshError } from "../../base/errors.ts";
import type { KnownDevice } from "../device/known-devices.ts";
import type { HailWatch } from "./hail-watch.ts";
import type { RunSurroundings } from "./run-surroundings.ts";

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
