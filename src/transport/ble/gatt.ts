/** The GATT service of the device link (docs/device-link.md §3): one characteristic for each direction, and one that says what the device takes. */
import { leastMaxPacket } from "../../link/stream.ts";

/** Random UUIDs, version 4; lower case without hyphens, as libraries show them. */
export const gatt = {
  service: "af7f1046f1914cfeb83120c053c787e3",
  /** Device to hub: notify. */
  up: "6e7b6b1cfe064a7da2ee1ed63c349a6c",
  /** Hub to device: write without response. */
  down: "d7dedf2c2d274b078516d43235f11d7c",
  /** Largest packet that the device takes: read, u16 big-endian. */
  largest: "cb6b3434d8794fa7ac6518b10188ed3b",
} as const;

/** Octets of ATT before a value in a write command or notification. */
const attHeader = 3;
/** Most octets of an attribute's value, whatever the MTU. */
const mostValue = 512;

/** Largest packet between a hub and a device; undefined when not even the least frame would fit, or when the device's own word has another length. */
export function largestPacket(mtu: number, own: Uint8Array): number | undefined {
  if (own.length !== 2) return undefined;
  const [high = 0, low = 0] = own;
  const largest = Math.min(mtu - attHeader, mostValue, high * 256 + low);
  return largest >= leastMaxPacket ? largest : undefined;
}
