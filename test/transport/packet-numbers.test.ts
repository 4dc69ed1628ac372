/** What the broker's writer of packets keeps in memory: nothing for numbers that were never sent. */
import { PassThrough } from "node:stream";
import { packetWriter, writeNumbersUncached } from "../../src/transport/mqtt/broker/packet-numbers.ts";
import { assert, describe } from "../harness/suite.ts";
import { login, newTag, startBroker } from "../kit/broker.ts";

type Write = (packet: { readonly cmd: "puback"; readonly messageId: number }, stream: PassThrough) => boolean;

describe("numbers of packets", (it) => {
  it("a broker that has answered keeps no buffer for each of them", async () => {
    const before = process.memoryUsage().heapUsed;
    const { port } = (await startBroker()).status();
    assert.is(await login(port, { id: newTag() }), 0);
    assert.is(packetWriter().cacheNumbers, false);
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 6_000_000, `the heap has grown by ${grown} octets`);
  });

  it("they are written as before (MQTT 3.1.1 §3.4)", async () => {
    writeNumbersUncached();
    const written: Buffer[] = [];
    const stream = new PassThrough().on("data", (part: Buffer) => written.push(part));
    for (const messageId of [1, 255, 256, 65_535]) (packetWriter() as unknown as Write)({ cmd: "puback", messageId }, stream);
    await new Promise((resolve) => stream.end(resolve));
    assert.is(Buffer.concat(written).toString("hex"), "40020001400200ff400201004002ffff");
  });
});
