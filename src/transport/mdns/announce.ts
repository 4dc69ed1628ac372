/** What a hub says of itself in mDNS: its MQTT broker, `_mqtt._tcp` with TXT `mesh=1`, by which a device finds it; its page, by the hub's own name; its Wyoming door. */
import { MeshError } from "../../base/errors.ts";
import { type MdnsOptions, MdnsResponder } from "./responder.ts";

const brokerType = "mqtt";

/** What is announced, where. */
interface Offer extends MdnsOptions {
  /** Stable for this hub. */
  readonly name: string;
  readonly port: number;
}

/** Announces the broker from now on, wherever it can; the responder given tells how it stands and ends it. */
export function announceBroker(offer: Offer): MdnsResponder {
  return announceService(offer, brokerType, { mesh: "1" });
}

/** The same for the Wyoming door, `_wyoming._tcp`, by which an assistant finds the hub. */
export function announceWyoming(offer: Offer): MdnsResponder {
  return announceService(offer, "wyoming", {});
}

function announceService(offer: Offer, type: string, txt: Readonly<Record<string, string>>): MdnsResponder {
  const { name, port } = offer;
  const responder = new MdnsResponder(offer);
  responder.start();
  void responder.announce({ name, type, port, txt });
  return responder;
}

/** Announces a page over HTTPS, `_https._tcp`, under the name of its machine: `name` and ".local" lead to this machine's addresses from now on. */
export function announcePage(offer: Offer): MdnsResponder {
  return announceService(offer, "https", { path: "/" });
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
