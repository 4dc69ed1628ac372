/** Asks the hub that runs by the same configuration, when one does, what it holds: the doctor must not take it for a stranger. */
import { hubClient } from "../../api/index.ts";

const patienceMs = 1000;

/** The broker port of the hub that answers at a socket; undefined when none does in a second, or none that is understood. */
export async function runningBrokerPort(socket: string): Promise<number | undefined> {
  const hub = hubClient({ socket, startWith: "mesh-hub run", signal: AbortSignal.timeout(patienceMs) });
  try {
    return (await hub.status()).mqttPort;
  } catch {
    // Whatever answers there or does not, it is no hub of this version that holds the port.
    return undefined;
  }
}
