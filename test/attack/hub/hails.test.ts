/** A thousand hails a second of devices that are none, over MQTT, mDNS and Bluetooth LE: the hub's memory stays, and a device of the house is met. */

import { join } from "node:path";
import { joinBytes, toHex } from "../../../src/base/bytes.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import type { Medium } from "../../../src/transport/medium.ts";
import { MqttMedium } from "../../../src/transport/mqtt/mqtt-medium.ts";
import { TcpMedium } from "../../../src/transport/tcp/tcp-medium.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { newTag, ports, RawClient, startBroker } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { collect, startHub, startWorld, type World } from "../../kit/hub.ts";
import { living } from "../../kit/living-memory.ts";
import { answerOctets, deviceRecords, sendMdns } from "../../kit/raw-mdns.ts";
import { Air } from "../../kit/simulated-radio.ts";

const perSecond = 1000;
const seconds = 10;
const mostGrowth = 20e6;
const random12 = (): Uint8Array => ports.random.bytes(12);

describe("attack: a thousand hails a second", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it(
    "keep nothing of the hub's memory, and no device out",
    async () => {
      const broker = await startBroker();
      const air = new Air();
      const mqtt = new MqttMedium({ broker, ...ports });
      const tcp = new TcpMedium({ interface: "127.0.0.1", ...ports });
      const ble = new BleMedium({ make: () => air.radio(), links: 2, ...ports });
      // The bulb is on the memory medium, which has the name of TCP: it comes last, so that the hub speaks with it there.
      const media: Medium[] = [mqtt, ble, world.medium];
      for (const medium of [mqtt, tcp, ble]) {
        await medium.start();
        onCleanup(() => medium.stop());
      }
      const hub = await startHub({ context: world.hubContext, media, dir: join(world.dir, "hailed") });
      onCleanup(() => hub.stop());
      const bulb = await world.bulb("hailed");
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      await eventually("the radio is up", () => ble.status().state === "up");

      const floods: Record<string, (hails: readonly Uint8Array[]) => Promise<void>> = {
        MQTT: async (hails) => {
          // As many as a stranger may send under one name, and a new name for each hundred.
          for (let at = 0; at < hails.length; at += 96) {
            const tag = newTag();
            const client = await RawClient.login(broker.status().port, { id: tag });
            for (let part = at; part < Math.min(at + 96, hails.length); part += 16)
              client.publish({ topic: `mesh/hail/${tag}`, payload: joinBytes(hails.slice(part, part + 16)) });
            await new Promise<void>((resolve) => client.socket.end(resolve));
          }
        },
        mDNS: (hails) =>
          sendMdns(
            hails.map((hail) => answerOctets(deviceRecords({ name: `x-${toHex(hail)}`, port: 1 + (hail[0] ?? 0), hails: encodeBase64url(hail) }))),
          ),
        BLE: async (hails) => {
          for (const hail of hails) air.hear(toHex(hail.slice(0, 6)), hail);
        },
      };
      for (const [name, flood] of Object.entries(floods)) {
        // What the first hails take is room that stays: books that are full.
        await flood(Array.from({ length: 2 * perSecond }, random12));
        const before = living();
        for (let second = 0; second < seconds; second++) {
          await flood(Array.from({ length: perSecond }, random12));
          await ports.clock.sleep(50);
        }
        const growth = living() - before;
        console.log(`${name}: ${seconds * perSecond} hails, ${(growth / 1e6).toFixed(1)} MB more`);
        assert.ok(growth < mostGrowth, `${name}: ${growth} octets`);
        for (const medium of [mqtt, tcp, ble]) assert.ok(medium.hails().length <= 1024, `${name}: ${medium.hails().length} hails of ${medium.name}`);
        const order = {
          deviceUdf: bulb.made.deviceUdf,
          messageId: `N-${name}`,
          command: "Set",
          arguments: [{ Name: "On", Value: true }],
          timeoutMs: 30_000,
        };
        assert.is((await hub.links.command(order)).Result, "Accept", name);
        bulb.off();
        await eventually("offline", () => hub.links.status(bulb.made.deviceUdf) === "Offline");
        bulb.on();
        await eventually(`met again after the flood by ${name}`, () => hub.links.status(bulb.made.deviceUdf) === "Online");
      }
      bulb.off();
    },
    { timeoutMs: 240_000 },
  );
});
