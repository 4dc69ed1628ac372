/** `radio`, `scanner` and `matter serve`: what small services beside the hub run, each with one right that the hub has not or without the hub's, and none of its state. */
import { resolve } from "node:path";
import { awaitHub } from "../../transport/unit-socket.ts";
import type { Invocation } from "./invocation.ts";

/** Drives the adapter for the first hub that connects; the process ends with it. */
export async function radio({ load, output, surroundings }: Invocation, socket: string): Promise<void> {
  const { package: name, dutyPercent } = load().config.ble;
  const { serveRadio } = await import("../../transport/ble/radio-process.ts");
  const hub = await awaitHub(resolve(surroundings.cwd, socket), surroundings.signal);
  output.say("a hub has come");
  serveRadio(hub, { package: name, dutyPercent });
  await new Promise<void>((end) => hub.once("close", () => end()));
  // It ends the process once the adapter is let go.
  await new Promise(() => undefined);
}

/** Reads scanners for the first hub that connects, until it goes. */
export async function scanner({ output, surroundings }: Invocation, socket: string): Promise<void> {
  const { serveScanners } = await import("../../transport/hid/scanner-process.ts");
  const hub = await awaitHub(resolve(surroundings.cwd, socket), surroundings.signal);
  output.say("a hub has come");
  surroundings.signal.addEventListener("abort", () => hub.destroy(), { once: true });
  await serveScanners(hub, surroundings.usb);
}

/** Is the Matter bridge of the first hub that connects; the process ends with it. */
export async function bridge({ load, output, surroundings }: Invocation, socket: string, directory: string): Promise<void> {
  const { port, interface: networkInterface } = load().config.matter;
  const { serveHub } = await import("../../matter/process/serve.ts");
  const hub = await awaitHub(resolve(surroundings.cwd, socket), surroundings.signal);
  output.say("a hub has come");
  surroundings.signal.addEventListener("abort", () => hub.destroy(), { once: true });
  serveHub(hub, {
    storage: resolve(surroundings.cwd, directory),
    port,
    ...(networkInterface === undefined ? {} : { interface: networkInterface }),
  });
  // It ends the process once its storage is closed.
  await new Promise(() => undefined);
}
