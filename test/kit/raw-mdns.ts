/** Multicast DNS packets written by hand (RFC 1035 §4), as whoever is in the network can send them, on the loopback interface. */
import { createSocket } from "node:dgram";
import { concat, joinBytes, uintBytes, utf8 } from "../../src/base/bytes.ts";

const group = "224.0.0.251";
const port = 5353;

/** A record. */
export interface Said {
  readonly name: string;
  readonly type: "PTR" | "SRV" | "TXT";
  /** Seconds; 0 takes the record back. */
  readonly ttl?: number;
  readonly data: Uint8Array;
}

const types = { PTR: 12, TXT: 16, SRV: 33 } as const;

/** A name, uncompressed. */
export function nameOctets(name: string): Uint8Array {
  return concat(...name.split(".").map((label) => concat(Uint8Array.of(label.length), utf8(label))), Uint8Array.of(0));
}

/** The records by which a device is found. */
export function deviceRecords(service: { readonly name: string; readonly port: number; readonly hails: string }): readonly Said[] {
  const name = `${service.name}._mesh-device._tcp.local`;
  const text = utf8(`h=${service.hails}`);
  return [
    { name: "_mesh-device._tcp.local", type: "PTR", data: nameOctets(name) },
    { name, type: "SRV", data: concat(uintBytes(0, 4), uintBytes(service.port, 2), nameOctets("x.local")) },
    { name, type: "TXT", data: concat(Uint8Array.of(text.length), text) },
  ];
}

/** The octets of an answer with these records. */
export function answerOctets(records: readonly Said[]): Uint8Array {
  const header = concat(uintBytes(0, 2), uintBytes(0x8400, 2), uintBytes(0, 2), uintBytes(records.length, 2), uintBytes(0, 4));
  const bodies = records.map(({ name, type, ttl = 120, data }) =>
    concat(nameOctets(name), uintBytes(types[type], 2), uintBytes(1, 2), uintBytes(ttl, 4), uintBytes(data.length, 2), data),
  );
  return joinBytes([header, ...bodies]);
}

/** Sends packets to everybody on the loopback interface. */
export async function sendMdns(packets: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  socket.setMulticastInterface("127.0.0.1");
  try {
    for (const packet of packets) {
      await new Promise<void>((resolve, reject) => socket.send(packet, port, group, (error) => (error ? reject(error) : resolve())));
    }
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
