/** What a hub says of itself in mDNS: its MQTT broker, `_mqtt._tcp` with TXT `mesh=1`, by which a device finds it; its page, by the hub's own name. */
import { MeshError } from "../../base/errors.ts";
import { type MdnsOptions, MdnsResponder } from "./responder.ts";

const brokerType = "mqtt";

/** Announces the broker from now on, wherever it can; the responder given tells how it stands and ends it. */
export function announceBroker(options: MdnsOptions & { readonly name: string; readonly port: number }): MdnsResponder {
  const { name, port } = options;
  const responder = new MdnsResponder(options);
  responder.start();
  void responder.announce({ name, type: brokerType, port, txt: { mesh: "1" } });
  return responder;
}

/** Announces a page over HTTPS, `_https._tcp`, under the name of its machine: `name` and ".local" lead to this machine's addresses from now on. */
export function announcePage(options: MdnsOptions & { readonly name: string; readonly port: number }): MdnsResponder {
  const { name, port } = options;
  const responder = new MdnsResponder(options);
  responder.start();
  void responder.announce({ name, type: "https", port, txt: { path: "/" } });
  return responder;
}

/** URL of the first broker with the flag, or of the one whose instance has the name given. Throws ERR_TIMEOUT after `ms` milliseconds. */
export async function findBroker(options: MdnsOptions & { readonly ms: number; readonly name?: string }): Promise<string> {
  const responder = new MdnsResponder(options);
  responder.start();
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
