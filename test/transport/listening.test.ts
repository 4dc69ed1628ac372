/** The broker's address: absent at the start, gone later, or a port in use. */

import { createServer } from "node:net";
import type { NetworkInterface } from "../../src/transport/interfaces.ts";
import { isLoopback } from "../../src/transport/interfaces.ts";
import { Listening } from "../../src/transport/mqtt/broker/listening.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { ports, startBroker } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

describe("where the broker listens", (it) => {
  it("takes for this machine its own names and addresses, and no name that begins like one", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1"]) assert.ok(isLoopback(host), host);
    for (const host of ["localhost.example.org", "127.example.org", "127.0.0.1.example.org", "10.0.0.1", "::", "0.0.0.0"])
      assert.not(isLoopback(host), host);
  });

  it("waits for an address that the machine does not have, and stops in the middle of it", async () => {
    // 203.0.113.0/24 is for documentation (RFC 5737): no machine has it.
    const broker = await startBroker({ host: "203.0.113.7", port: 18_832 });
    const { state, detail, port } = broker.status();
    assert.equal([state, detail, port], ["unavailable", "no interface has the address 203.0.113.7", 18_832]);
    await broker.stop();
    assert.is(broker.status().state, "down");
  });

  it("is told of the port once it listens, and tells when the address has gone", async () => {
    const lo: NetworkInterface = { name: "lo", internal: true, mac: "00:00:00:00:00:00", cidrs: ["127.0.0.1/8"] };
    let up = [lo];
    const heard: number[] = [];
    const listening = new Listening({ server: createServer(), host: "127.0.0.1", port: 0, interfaces: () => up, ...ports });
    await listening.start((port) => heard.push(port));
    await eventually("heard.length === 1", () => heard.length === 1);
    assert.equal(listening.status(), { state: "up", port: heard[0] });
    up = [];
    assert.equal(listening.status(), { state: "unavailable", detail: "no interface has the address 127.0.0.1", port: heard[0] });
    await listening.stop();
  });

  it("takes a port in use for a fault, and thinks of another broker", async () => {
    const { port } = (await startBroker()).status();
    const error = await throwsMesh(startBroker({ port }), "ERR_CONFIG");
    assert.match(error.message, /is in use by another program, perhaps another MQTT broker/);
    assert.match(error.hint, /mqtt\.external\.url/);
  });
});
