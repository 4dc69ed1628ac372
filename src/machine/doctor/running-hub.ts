/** Asks the hub that runs by the same configuration, when one does: what it holds, which the doctor must not take for a stranger's, and the names that it knows. */
import { type DoubtfulNames, type HubClient, hubClient } from "../../api/index.ts";
import { isMeshError, type MeshError } from "../../base/errors.ts";

const patienceMs = 1000;
/** A dictionary is read for the names of the whole house. */
const namesMs = 20_000;

/** The broker port of the hub that answers at a socket; undefined when none does in a second, or none that is understood. */
export function runningBrokerPort(socket: string): Promise<number | undefined> {
  return asked(socket, patienceMs, async (hub) => (await hub.status()).mqttPort);
}

/** The hub that answers there, by its fingerprint; undefined as above. */
export function runningHub(socket: string): Promise<string | undefined> {
  return asked(socket, patienceMs, async (hub) => (await hub.status()).hubUdf);
}

/** Names that it cannot hear well, or why it does not know; undefined as above. */
export function runningNames(socket: string): Promise<DoubtfulNames | MeshError | undefined> {
  return asked(socket, namesMs, (hub) =>
    hub.namesInDoubt().catch((error: unknown) => {
      if (isMeshError(error, "ERR_CONFIG") || isMeshError(error, "ERR_ADAPTER")) return error;
      throw error;
    }),
  );
}

async function asked<T>(socket: string, ms: number, ask: (hub: HubClient) => Promise<T>): Promise<T | undefined> {
  const hub = hubClient({ socket, startWith: "mesh-hub run", signal: AbortSignal.timeout(ms) });
  try {
    return await ask(hub);
  } catch {
    // Whatever answers there or does not, it is no hub of this version.
    return undefined;
  }
}
