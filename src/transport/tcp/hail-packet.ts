/**
 * The first packet on every TCP connection, from the device: its hails in force, 12 octets each.
 * Who knows the device only by its address (a configured peer) learns so whether it is the one that is looked for.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { splitHails } from "../medium.ts";
import type { PacketStream } from "../packet-stream.ts";

const hailDeadlineMs = 3000;

/** Reads the hails of a new connection. Throws ERR_DEVICE_OFFLINE and closes the stream when they do not come or are none. */
export async function readHails(stream: PacketStream, clock: Clock, signal?: AbortSignal): Promise<Uint8Array[]> {
  const cancel = new AbortController();
  const ends = signal === undefined ? cancel.signal : AbortSignal.any([signal, cancel.signal]);
  try {
    return await new Promise<Uint8Array[]>((resolve, reject) => {
      const failed = (why: string) => reject(new MeshError("ERR_DEVICE_OFFLINE", why));
      stream.onFirstPacket((packet) => {
        const hails = splitHails(packet);
        if (hails === undefined) failed("the peer does not hail");
        else resolve(hails);
      });
      stream.onClose(() => failed("the peer closed the connection"));
      clock.sleep(hailDeadlineMs, ends).then(
        () => failed("the peer does not hail in time"),
        () => reject(signal?.reason),
      );
    });
  } catch (error) {
    await stream.close();
    throw error;
  } finally {
    cancel.abort();
  }
}
