/** The bulbs of the demo: virtual devices as processes, and one that only pretends. */
import { basename, join } from "node:path";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";

/** A powered bulb. */
export interface Bulb {
  readonly udf: string;
  readonly device: VirtualDevice;
  /** What the bulb itself says its values are. */
  values(): Promise<Readonly<Record<string, unknown>>>;
}

function bulbOf(udf: string, device: VirtualDevice): Bulb {
  return {
    udf,
    device,
    values: async () => (await device.status()).values as Readonly<Record<string, unknown>>,
  };
}

/** Powers the bulb of a factory folder. */
export async function startBulb(options: { readonly folder: string; readonly brokerPort: number }): Promise<Bulb> {
  const { folder, brokerPort } = options;
  const device = await startVirtualDevice({ imageDir: join(folder, "image"), medium: "mqtt", broker: `127.0.0.1:${brokerPort}` });
  return bulbOf(basename(folder), device);
}

/** Powers a device with keys of its own that shows another's hail. */
export async function startImpostor(options: { readonly dir: string; readonly brokerPort: number; readonly hail: string }): Promise<Bulb> {
  const { dir, brokerPort, hail } = options;
  await makeDirectory(dir);
  const device = await startVirtualDevice({
    imageDir: dir,
    medium: "mqtt",
    broker: `127.0.0.1:${brokerPort}`,
    args: ["--impostor", "--replay-hail", hail],
  });
  return bulbOf("impostor", device);
}

/** What anybody in the network heard a bulb say. */
export function recordedHail({ device }: Bulb): string {
  const hail = device.events.flatMap((line) => (line.event === "hail" && Array.isArray(line.hails) ? (line.hails as string[]) : []))[0];
  if (hail === undefined) throw new MeshError("ERR_INTERNAL", "the bulb has not hailed");
  return hail;
}
