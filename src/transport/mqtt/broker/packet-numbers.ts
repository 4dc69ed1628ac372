/** How aedes writes the numbers of its packets. */
import { createRequire } from "node:module";

interface PacketWriter {
  readonly writeToStream: { cacheNumbers: boolean };
}

/**
 * The writer that aedes uses, of the package mqtt-packet. With its first packet it makes a buffer of each of the 65536 numbers and keeps them:
 * 8 MB of a hub's 100, to spare two octets' making.
 */
export function packetWriter(): PacketWriter["writeToStream"] {
  const besideUs = createRequire(import.meta.url);
  const besideAedes = createRequire(besideUs.resolve("aedes"));
  return (besideAedes("mqtt-packet") as PacketWriter).writeToStream;
}

/** From now on it makes them when they are written. */
export function writeNumbersUncached(): void {
  packetWriter().cacheNumbers = false;
}
