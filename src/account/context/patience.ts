/**
 * How long one turn waits for the account's service in all. A service can make its pages as small, and give its answers as late, as it likes, and refuse
 * each write as somebody else's was first; whoever asks one thing after the other holds the directory meanwhile.
 */
import { unlessAborted } from "../../base/abandon.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { MeshClient } from "../../protocol/index.ts";

/** The calls of a sync. */
export type SyncClient = Pick<MeshClient, "status" | "download">;

/** The calls of a turn that writes. */
export type WriteClient = SyncClient & Pick<MeshClient, "hello" | "stage" | "transact">;

/** Waiting alone counts: what takes long because there is much of it goes on. */
const turnMs = 60_000;
/** A page that is staged may take as long as a slow line needs for it. */
const octetsPerMs = 16;

/** A client for one turn: its calls together wait no longer than a minute, and for pages that it stages as long as 16 kB/s need. Errors: ERR_TIMEOUT beyond, and those of the calls. */
export function patientClient(client: WriteClient, clock: Clock): WriteClient {
  let leftMs = turnMs;
  const within = async <T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    if (leftMs <= 0) throw spent();
    const start = clock.monotonic();
    const [over, answered] = [new AbortController(), new AbortController()];
    clock.sleep(leftMs, answered.signal).then(
      () => over.abort(spent()),
      () => undefined,
    );
    try {
      return await unlessAborted(ask(over.signal), over.signal);
    } finally {
      answered.abort();
      leftMs -= clock.monotonic() - start;
    }
  };
  return {
    hello: () => within((signal) => client.hello({ signal })),
    status: (request) => within((signal) => client.status(request, { signal })),
    download: (request) => within((signal) => client.download(request, { signal })),
    transact: (request) => within((signal) => client.transact(request, { signal })),
    stage: (request) => {
      leftMs += octetsOf(request.Envelopes) / octetsPerMs;
      return within((signal) => client.stage(request, { signal }));
    },
  };
}

function octetsOf(envelopes: readonly DareEnvelope[]): number {
  return envelopes.reduce(
    (sum, { headerOctets, body, trailerOctets }) => sum + (headerOctets?.length ?? 0) + body.length + (trailerOctets?.length ?? 0),
    0,
  );
}

function spent(): MeshError {
  return new MeshError("ERR_TIMEOUT", `the service took more than ${turnMs / 1000} s for its answers; what came is kept`, {
    hint: "run 'meshman account sync', which goes on from there; if that never ends, look at the network, or ask whoever runs the service",
  });
}
