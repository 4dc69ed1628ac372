/**
 * The firmware in C at a broker that breaks every rule (MQTT 3.1.1), with the sanitizers of gcc: it hangs up, draws another tag and comes back, and a good
 * broker finds it as it was. What is sent at random is drawn from a seed; no coverage guides it.
 */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { concat, uintBytes, utf8 } from "../../src/base/bytes.ts";
import { downTopic } from "../../src/transport/mqtt/topic.ts";
import { assert, describe, onCleanup, skipUnless, within } from "../harness/suite.ts";
import { packet, publishPacket } from "../kit/broker.ts";
import { newImage } from "../kit/device.ts";
import { makeDevice } from "../kit/owner.ts";
import { posix } from "./implementation.ts";

const admitted = packet(0x20, Uint8Array.of(0, 0));
const granted = packet(0x90, Uint8Array.of(0, 1, 1));
const octets = (...list: number[]): Uint8Array => Uint8Array.from(list);

/** Numbers that look random, from a seed. */
function draw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** `once` would fail by the errors that come of writing to a device that has hung up. */
const closing = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("close", () => resolve()));

/** A broker that says what it was told to say, to one connection after the other. */
async function startLiar() {
  const server = createServer({ noDelay: true });
  const waiting: Socket[] = [];
  const wakers: (() => void)[] = [];
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    waiting.push(socket);
    wakers.shift()?.();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(() => void server.close());
  return {
    port: (server.address() as AddressInfo).port,
    /** The next connection, and the client id of its CONNECT. */
    async next(): Promise<{ readonly socket: Socket; readonly tag: string }> {
      if (waiting.length === 0) await new Promise<void>((resolve) => wakers.push(resolve));
      const socket = waiting.shift() as Socket;
      const [first] = (await once(socket, "data")) as [Buffer];
      assert.is(first[0], 0x10, "it begins with CONNECT");
      return { socket, tag: first.subarray(14, 38).toString() };
    },
  };
}

describe("a broker that breaks the rules", (it) => {
  it(
    "the device hangs up, comes back under another tag, and never falls over",
    async () => {
      const implementation = posix();
      const missing = implementation.missing("light");
      skipUnless(missing === undefined, missing ?? "");
      const liar = await startLiar();
      const device = await startVirtualDevice({
        imageDir: newImage(makeDevice()),
        medium: "mqtt",
        broker: `127.0.0.1:${liar.port}`,
        program: implementation.program("light") ?? [],
      });
      onCleanup(async () => void (await device.kill()));
      const tags = new Set<string>();
      /** Says it, and waits for the device to hang up. */
      const hangsUp = async (what: string, words: (tag: string) => readonly Uint8Array[]): Promise<void> => {
        const { socket, tag } = await liar.next();
        assert.match(tag, /^[0-9a-f]{24}$/);
        assert.not.ok(tags.has(tag), "another tag each time");
        tags.add(tag);
        const closed = closing(socket);
        socket.resume();
        for (const word of words(tag)) socket.write(word);
        await within(60_000, closed).catch(() => assert.unreachable(`it did not hang up: ${what}`));
      };
      await hangsUp("refused", () => [packet(0x20, octets(0, 5))]);
      await hangsUp("another answer than CONNACK", () => [packet(0xd1, octets())]);
      await hangsUp("the topic is refused", () => [admitted, packet(0x90, octets(0, 1, 0x80))]);
      const established =
        (...words: readonly ((tag: string) => Uint8Array)[]) =>
        (tag: string) => [admitted, granted, ...words.map((word) => word(tag))];
      const after: Readonly<Record<string, (tag: string) => Uint8Array>> = {
        "a length of five octets": () => octets(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f),
        "a packet of 256 MB": () => octets(0x30, 0xff, 0xff, 0xff, 0x7f),
        "one octet more than there is room for": () => octets(0x30, 0x80, 0x80, 0x01, 0),
        "QoS 2": (tag) => publishPacket({ topic: downTopic(tag), qos: 2 }),
        "a topic longer than its packet": () => packet(0x30, octets(0xff, 0xff, 1)),
        "no topic at all": () => packet(0x30, octets(0)),
        "QoS 1 without a number": () => packet(0x32, octets(0, 1, 0x61)),
        "CONNECT from a broker": () => packet(0x10, octets()),
        "a second CONNACK": () => admitted,
        "flags that are reserved": () => packet(0x4f, octets(0, 1)),
        DISCONNECT: () => packet(0xe0, octets()),
      };
      for (const [what, word] of Object.entries(after)) await hangsUp(what, established(word));

      // Passed over, and the connection goes on: what is retained, for others, not a frame.
      const { socket, tag } = await liar.next();
      const heard: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => heard.push(chunk));
      const harmless = [
        publishPacket({ topic: downTopic(tag), retain: true, qos: 1, messageId: 7 }),
        publishPacket({ topic: downTopic("0".repeat(24)), qos: 1, messageId: 8 }),
        publishPacket({ topic: downTopic(tag), payload: new Uint8Array(), qos: 1, messageId: 9 }),
        packet(0xd0, octets()),
      ];
      for (const word of [admitted, granted, ...harmless]) for (const octet of word) socket.write(Uint8Array.of(octet));
      const answers = (): string => Buffer.concat(heard).toString("hex");
      for (const number of [7, 8, 9]) while (!answers().includes(`4002000${number}`)) await within(30_000, once(socket, "data"));
      assert.not.ok(socket.destroyed);
      socket.destroy();

      // And whatever comes.
      const number = draw(1);
      for (let round = 0; round < 30; round++) {
        const { socket: victim, tag: name } = await liar.next();
        const closed = closing(victim);
        victim.resume();
        const seeds = [
          publishPacket({ topic: downTopic(name), payload: concat(uintBytes(1, 1), uintBytes(0, 2)), qos: 1 }),
          admitted,
          granted,
          packet(0xd0, octets()),
        ];
        victim.write(concat(admitted, granted));
        for (let count = 0; count < 40; count++) {
          const word = (seeds[number(seeds.length)] ?? utf8("")).slice();
          for (let change = number(4); change > 0; change--) word[number(word.length)] = number(256);
          if (!victim.destroyed) victim.write(word.subarray(0, 1 + number(word.length)));
        }
        victim.end();
        await within(60_000, closed);
      }
      assert.is((await device.status()).mode, "onboard", "as it was");
    },
    { timeoutMs: 400_000 },
  );
});
