/** A Wyoming program as somebody may run it (Whisper, Piper): it shares no code with the hub, and answers a whole question by what the test gives. */
import { createServer, type Socket } from "node:net";
import { onCleanup } from "../harness/suite.ts";

/** What it was asked: events by type, and the sound. */
export interface Asked {
  readonly types: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly sound: Buffer;
}

/** Starts it. @param answer writes to the socket when a clip or a text has come whole. @returns where it listens */
export async function startWyomingProgram(answer: (asked: Asked, socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let held = Buffer.alloc(0);
    const types: string[] = [];
    const sound: Buffer[] = [];
    let data: Record<string, unknown> = {};
    socket.on("data", (piece) => {
      held = Buffer.concat([held, piece as Buffer]);
      for (;;) {
        const end = held.indexOf("\n");
        if (end < 0) return;
        const line = JSON.parse(held.toString("utf8", 0, end)) as { type: string; data_length?: number; payload_length?: number };
        const { type, data_length = 0, payload_length = 0 } = line;
        const whole = end + 1 + data_length + payload_length;
        if (held.length < whole) return;
        if (data_length > 0) data = { ...data, ...(JSON.parse(held.toString("utf8", end + 1, end + 1 + data_length)) as object) };
        sound.push(held.subarray(end + 1 + data_length, whole));
        held = held.subarray(whole);
        types.push(type);
        if (type === "audio-stop" || type === "synthesize") answer({ types, data, sound: Buffer.concat(sound) }, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `tcp://127.0.0.1:${address.port}`;
}
