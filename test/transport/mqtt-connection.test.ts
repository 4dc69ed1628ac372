/** One connection of an MQTT client at a broker that goes away in the middle: nobody waits for it for ever. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { connectMqtt } from "../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe, onCleanup, throwsMesh, within } from "../harness/suite.ts";
import { pause } from "../kit/broker.ts";

/** A broker that says yes to CONNECT and nothing else. */
async function silentBroker(): Promise<{ readonly url: string; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(Uint8Array.of(0x20, 2, 0, 0)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

describe("a connection at a broker that dies", (it) => {
  for (const order of ["before", "while"] as const) {
    it(`ends, and so does what was not acknowledged: ${order} it is closed`, async () => {
      const { url, sockets } = await silentBroker();
      let closed = 0;
      const connection = await connectMqtt({ url, clientId: "aabb", onMessage: () => undefined, onClose: () => (closed += 1) });
      const told = [throwsMesh(connection.publish("a", Uint8Array.of(1)), "ERR_LINK"), throwsMesh(connection.subscribe(["b"]), "ERR_LINK")];
      await pause(30);
      if (order === "before") for (const socket of sockets) socket.destroy();
      const closing = connection.close();
      await pause(30);
      for (const socket of sockets) socket.destroy();
      await within(2000, closing);
      await within(2000, Promise.all(told));
      await pause(30);
      assert.is(closed, 1);
      await throwsMesh(connection.publish("a", Uint8Array.of(2)), "ERR_LINK");
    });
  }
});
