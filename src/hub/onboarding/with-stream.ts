/** A stream to one peer for the length of a task, for which a person waits. */
import { MeshError } from "../../base/errors.ts";
import type { LinkStream } from "../../link/index.ts";
import type { Medium, Peer } from "../../transport/medium.ts";

/** Opens a stream, runs the task, closes the stream unless the task keeps it; it also closes when the signal is aborted. Errors: ERR_DEVICE_OFFLINE, ERR_ADAPTER, the task's own. */
export async function withStream<T>(
  options: { readonly media: readonly Medium[]; readonly peer: Peer; readonly signal: AbortSignal },
  task: (stream: LinkStream, keep: () => void) => Promise<T>,
): Promise<T> {
  const { media, peer, signal } = options;
  const medium = media.find(({ name }) => name === peer.medium);
  if (!medium) throw new MeshError("ERR_ADAPTER", `the medium ${peer.medium} is not in use`);
  medium.hurry?.(peer);
  const stream = await medium.open(peer, signal);
  let isKept = false;
  const stop = (): void => void stream.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await task(stream, () => {
      isKept = true;
    });
  } finally {
    signal.removeEventListener("abort", stop);
    if (!isKept) await stream.close();
  }
}
