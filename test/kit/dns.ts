/** A DNS server on loopback with a few SRV and TXT records (RFC 1035, RFC 2782); every other name has none. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { onCleanup } from "../harness/suite.ts";

/** What it knows, by name. */
export interface DnsRecords {
  readonly srv?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly txt?: Readonly<Record<string, readonly string[]>>;
}

const typeTxt = 16;
const typeSrv = 33;

/** Starts one; it ends with the test. */
export async function startDns(records: DnsRecords): Promise<{ readonly address: string }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => socket.send(answer(query, records), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onCleanup(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}` };
}

function answer(query: Buffer, { srv = {}, txt = {} }: DnsRecords): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const type = query.readUInt16BE(at + 1);
  const name = labels.join(".").toLowerCase();
  const data: Buffer[] = [];
  const found = srv[name];
  if (type === typeSrv && found) data.push(Buffer.concat([uint16(10), uint16(5), uint16(found.port), nameOf(found.host)]));
  const texts = txt[name];
  if (type === typeTxt && texts) data.push(Buffer.concat(texts.map(textOf)));
  const header = Buffer.concat([
    query.subarray(0, 2),
    uint16(data.length > 0 ? 0x8180 : 0x8183),
    uint16(1),
    uint16(data.length),
    uint16(0),
    uint16(0),
  ]);
  const answers = data.map((octets) =>
    Buffer.concat([uint16(0xc00c), uint16(type), uint16(1), uint16(0), uint16(60), uint16(octets.length), octets]),
  );
  return Buffer.concat([header, question, ...answers]);
}

function uint16(value: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(value);
  return octets;
}

function textOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
}

function nameOf(name: string): Buffer {
  return Buffer.concat([...name.split(".").map(textOf), Buffer.from([0])]);
}
