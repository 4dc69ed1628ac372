/** The hub's MQTT broker in mDNS: `_mqtt._tcp` with TXT `mesh=1`, by which a device finds its broker. */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { type MdnsOptions, MdnsResponder } from "./responder.ts";

const brokerType = "mqtt";

/** Announces the broker; gives the function that takes the announcement back. */
export async function announceBroker(options: MdnsOptions & { readonly name: string; readonly port: number }): Promise<() => Promise<void>> {
  const responder = new MdnsResponder(options);
  await responder.announce({ name: options.name, type: brokerType, port: options.port, txt: { mesh: "1" } });
  return () => responder.stop();
}

/** URL of the first broker with the flag, or of the one whose instance has the name given. Throws ERR_TIMEOUT after `ms` milliseconds. */
export async function findBroker(options: MdnsOptions & { readonly clock: Clock; readonly ms: number; readonly name?: string }): Promise<string> {
  const responder = new MdnsResponder(options);
  const cancel = new AbortController();
  try {
    return await new Promise<string>((resolve, reject) => {
      responder.browse(brokerType, {
        found: ({ name, txt, hosts: [host], port }) => {
          const wanted = txt.mesh === "1" && (options.name === undefined || options.name === name);
          if (wanted && host !== undefined) resolve(`mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`);
        },
        lost: () => undefined,
      });
      options.clock.sleep(options.ms, cancel.signal).then(
        () => reject(new MeshError("ERR_TIMEOUT", `no hub announced itself within ${options.ms} ms`)),
        // Aborted below: found in time.
        () => undefined,
      );
    });
  } finally {
    cancel.abort();
    await responder.stop();
  }
}
