/** A hub at a broker that is not its own asks who is there (docs/device-link.md §3, MQTT): devices in C and in TypeScript hail anew, and not too often. */
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { matchesHail } from "../../src/link/index.ts";
import { whoTopic } from "../../src/transport/mqtt/topic.ts";
import { assert, describe, onCleanup, skipUnless } from "../harness/suite.ts";
import { pause, startBroker } from "../kit/broker.ts";
import { newImage } from "../kit/device.ts";
import { makeDevice } from "../kit/owner.ts";
import { posix, typescript } from "./implementation.ts";

const askMs = 100;
/** Asked without end it hails each 5 s and a half at the least; what the machine is late for is left out. */
const leastMs = 3500;

describe("who is there", (it) => {
  for (const implementation of [posix(), typescript]) {
    it(
      `${implementation.name}: hails anew under another nonce, once in five seconds at most`,
      async () => {
        const missing = implementation.missing("light");
        skipUnless(missing === undefined, missing ?? "");
        const made = makeDevice();
        const broker = await startBroker();
        const hails: { readonly topic: string; readonly payload: Uint8Array; readonly at: number }[] = [];
        broker.subscribe("mesh/hail/#", ({ topic, payload }) => void hails.push({ topic, payload, at: performance.now() }));
        const program = implementation.program("light");
        const device = await startVirtualDevice({
          imageDir: newImage(made),
          medium: "mqtt",
          broker: `127.0.0.1:${broker.status().port}`,
          ...(program ? { program } : {}),
        });
        onCleanup(async () => void (await device.kill()));
        while (hails.length < 3) {
          await pause(askMs);
          if (hails.length > 0) await broker.publish({ topic: whoTopic, payload: new Uint8Array(), qos: 0 });
        }
        const [first, second, third] = hails;
        assert.ok(
          hails.every(({ payload }) => matchesHail(made.factory.KHail, payload)),
          "under its printed code",
        );
        assert.is.not(Buffer.from(first?.payload ?? []).toString("hex"), Buffer.from(second?.payload ?? []).toString("hex"));
        assert.is(second?.topic, first?.topic, "the hub knows whose they are");
        assert.ok((third?.at ?? 0) - (second?.at ?? 0) > leastMs, `${(third?.at ?? 0) - (second?.at ?? 0)} ms`);
      },
      { timeoutMs: 120_000 },
    );
  }
});
