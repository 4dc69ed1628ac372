/** Puts the guard and the gate into a socket, and answers what MQTT has an answer for. */
import type { Socket } from "node:net";
import { asBuffer } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import type { LengthGuard } from "./length-guard.ts";
import { PacketGate } from "./packet-gate.ts";

/** CONNACK without a session (§3.2). */
const connack = (returnCode: number): Uint8Array => Uint8Array.of(0x20, 2, 0, returnCode);

/**
 * Puts guard and gate between a socket and whoever reads it, at the cost of one call per chunk: the reader sees whole, well-formed packets.
 * The reader must pull with `read()`, as aedes does; a refused connection is destroyed with ERR_TOO_LARGE or ERR_ENCODING.
 */
export function guardSocket(socket: Socket, guard: LengthGuard): void {
  const read = socket.read.bind(socket);
  const gate = new PacketGate();
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const tooMuch = guard.inspect(chunk);
    if (tooMuch !== undefined) {
      socket.destroy(new MeshError("ERR_TOO_LARGE", tooMuch));
      return null;
    }
    const { octets, refusal } = gate.pass(chunk);
    if (refusal === undefined) return octets === undefined ? null : asBuffer(octets);
    if (refusal.returnCode !== undefined) socket.write(connack(refusal.returnCode));
    socket.destroy(new MeshError("ERR_ENCODING", refusal.reason));
    return null;
  };
}
