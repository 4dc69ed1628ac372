/** What runs in the radio process: drives the adapter and speaks with the hub over a socket (radio-line.ts). It ends with the hub, and with the adapter. */
import type { Socket } from "node:net";
import { systemClock } from "../../base/clock.ts";
import { Lines } from "../lines.ts";
import { reasonOf } from "../probe.ts";
import { HailFilter } from "./hail-filter.ts";
import type { NoblePackage } from "./noble-package.ts";
import { loadNoble } from "./noble-package.ts";
import { NobleRadio } from "./noble-radio.ts";
import { lineOf, type RadioCall, type RadioTold, readCall } from "./radio-line.ts";

/** Octets that may wait for a hub that does not read. */
const mostWaiting = 1 << 20;
/** Milliseconds that the adapter has to be let go in: a package may never settle what it was asked, as after a reset. */
const stopMs = 2000;

/** Serves a hub until it goes, and ends the process then. */
export function serveRadio(hub: Socket, options: { readonly package: NoblePackage; readonly dutyPercent: number }): void {
  const radio = new NobleRadio({ load: () => loadNoble(options.package), dutyPercent: options.dutyPercent });
  // The hub is woken by what is new only.
  const filter = new HailFilter(systemClock);
  const addresses = new Map<number, string>();
  const over = (link: number): void => {
    const address = addresses.get(link);
    addresses.delete(link);
    if (address !== undefined) filter.forget(address);
  };
  const tell = (told: RadioTold): void => {
    if (hub.writableLength > mostWaiting) process.exit(1);
    if (told.tell === "closed") over(told.link);
    hub.write(lineOf(told));
  };
  const take = async (call: RadioCall): Promise<void> => {
    if (call.call === "connect") addresses.set(call.link, call.address);
    if (call.call === "disconnect") over(call.link);
    try {
      const { mtu, largest } = await answer(radio, call, { tell, passes: (address, data) => filter.passes(address, data) });
      tell({ tell: "done", id: call.id, ...(mtu === undefined ? {} : { mtu }), ...(largest === undefined ? {} : { largest }) });
    } catch (error) {
      if (call.call === "connect") over(call.link);
      tell({ tell: "failed", id: call.id, reason: reasonOf(error).slice(0, 500) });
    }
  };
  const end = (): void => {
    setTimeout(() => process.exit(1), stopMs);
    radio.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  const lines = new Lines((line) => void take(readCall(line)));
  hub.on("data", (chunk) => lines.read(chunk));
  hub.on("close", end);
  hub.on("error", end);
}

async function answer(
  radio: NobleRadio,
  call: RadioCall,
  { tell, passes }: { readonly tell: (told: RadioTold) => void; readonly passes: (address: string, data: Uint8Array) => boolean },
): Promise<{ readonly mtu?: number; readonly largest?: Uint8Array }> {
  switch (call.call) {
    case "start":
      await radio.start({
        heard: ({ address, data }) => passes(address, data) && tell({ tell: "heard", address, data: data.slice(0, 64) }),
        alive: () => tell({ tell: "alive" }),
        packet: (link, packet) => tell({ tell: "packet", link, packet }),
        closed: (link, reason) => tell({ tell: "closed", link, reason }),
        ended: (reason) => tell({ tell: "ended", reason }),
      });
      return {};
    case "scan":
      await radio.scan(call.on);
      return {};
    case "connect":
      return radio.connect(call.link, call.address);
    case "write":
      await radio.write(call.link, call.packet);
      return {};
    case "disconnect":
      await radio.disconnect(call.link);
      return {};
    case "reset":
      await radio.reset();
      return {};
  }
}
