/** Step deliver over one session in mode onboard, which ends with it: that in which the device was met, or another one. */
import { isMeshError } from "../../base/errors.ts";
import type { LinkSession } from "../../link/index.ts";
import { keyOf } from "../../transport/medium.ts";
import type { KnownDevice } from "../device/known-devices.ts";
import { deliver } from "../device/open-device.ts";
import type { HailWatch } from "./hail-watch.ts";
import type { Held } from "./held-session.ts";
import { endHeld } from "./held-session.ts";
import { meetingEpoch } from "./meet.ts";
import { Refusal } from "./step.ts";

/** Errors: a Refusal by the device itself; ERR_TIMEOUT, ERR_LINK. */
export async function handOver(session: LinkSession, device: KnownDevice): Promise<void> {
  try {
    await deliver(session, device);
  } catch (error) {
    throw isMeshError(error, "ERR_DELIVERY") || isMeshError(error, "ERR_OWNED") ? new Refusal("deliver", error) : error;
  } finally {
    await session.close();
  }
}

/**
 * Over the session in which the device was met. It is given up when the device hails from elsewhere, since then it has started again.
 * Errors: a Refusal. @returns false when it broke: the device has stored it and is met under its new keys, or has to be met again. So it has, too, when it
 * refused a deal of another epoch than this session names: that may be too far above its own for it to look there.
 */
export async function overHeld(
  held: Held,
  { device, watch, signal }: { readonly device: KnownDevice; readonly watch: HailWatch; readonly signal: AbortSignal },
): Promise<boolean> {
  const stop = (): void => void endHeld(held);
  // Over the same way it only shows the hails that are in force now.
  const unlisten = watch.onPeer(() => {
    const newest = watch.peers.at(-1);
    if (newest && keyOf(newest) !== keyOf(held.peer)) stop();
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    await handOver(held.session, device);
    return true;
  } catch (error) {
    const isNamed = device.activation.DealEpoch === meetingEpoch;
    if (error instanceof Refusal && (isNamed || error.error.code !== "ERR_DELIVERY")) throw error;
    return false;
  } finally {
    unlisten();
    signal.removeEventListener("abort", stop);
    await endHeld(held);
  }
}
