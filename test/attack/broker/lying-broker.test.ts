/** A broker that is not ours and lies: it repeats, drops and invents, and gets nothing for it but delay. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import type { AedesPublishPacket, Client } from "aedes";
import { Aedes } from "aedes";
import { ExternalMqttMedium } from "../../../src/transport/mqtt/external-mqtt-medium.ts";
import { MqttDevice } from "../../../src/transport/mqtt/mqtt-device.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { collect, makeBulb, startHub, startWorld, type World } from "../../kit/hub.ts";
import { MemoryMedium } from "../../kit/memory-medium.ts";

type Mood = "honest" | "repeats" | "drops" | "invents";

interface Seen {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Stock aedes, which lets everybody do everything, and does what its mood says to the packets of the link. */
async function startLiar() {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => aedes.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  });
  const liar = { mood: "honest" as Mood, seen: [] as Seen[], lies: 0, port: (server.address() as AddressInfo).port };
  const say = ({ topic, payload }: Seen): void => {
    liar.lies += 1;
    aedes.publish({ cmd: "publish", qos: 0, dup: false, retain: false, topic, payload }, () => undefined);
  };
  aedes.authorizeForward = (_client: Client, packet: AedesPublishPacket) => {
    if (liar.mood !== "drops" || !/\/(up|down)$/.test(packet.topic)) return packet;
    liar.lies += 1;
    return liar.lies % 3 === 0 ? null : packet;
  };
  aedes.on("publish", ({ topic, payload }: AedesPublishPacket, client: Client | null) => {
    if (client === null || !/^mesh\/[0-9a-f]{24}\/(up|down)$/.test(topic)) return;
    const octets = Buffer.from(payload as Uint8Array);
    liar.seen.push({ topic, payload: octets });
    if (liar.mood === "repeats") for (const old of [liar.seen[0], liar.seen.at(-3), liar.seen.at(-1)]) if (old) say({ topic, payload: old.payload });
    if (liar.mood === "invents") {
      // Frames of all types, of its own making, both ways; and what it saw, turned round and changed.
      for (const type of [0x01, 0x02, 0x11, 0x20, 0x20, 0xff])
        say({ topic, payload: Buffer.from([type, 0, 9, 0, 0, 0, 0, 0, 0, 0, liar.lies & 255, 7]) });
      const turned = topic.endsWith("/up") ? topic.replace(/up$/, "down") : topic.replace(/down$/, "up");
      say({ topic: turned, payload: octets });
      octets.writeUInt8(octets.readUInt8(octets.length - 1) ^ 1, octets.length - 1);
      say({ topic, payload: octets });
    }
  });
  return liar;
}

/** Shows the hails of a bulb where its MQTT device shows them. */
class Shown extends MemoryMedium {
  readonly #renew: () => void;
  constructor(renew: () => void) {
    super(ports.clock);
    this.#renew = renew;
  }
  override join(): void {
    this.#renew();
  }
}

describe("a broker that lies", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it(
    "has no command carried out twice and no state believed that was not the device's, and the house goes on when it is honest again",
    async () => {
      const liar = await startLiar();
      const url = `mqtt://127.0.0.1:${liar.port}`;
      const medium = new ExternalMqttMedium({ url, ...ports });
      await medium.start();
      onCleanup(() => medium.stop());
      await eventually("up", () => medium.status().state === "up");
      const made = await world.preconfigure();
      const bulb = makeBulb({
        dir: join(world.dir, "lied-to"),
        address: "x",
        medium: new Shown(() => void device.renew().catch(() => undefined)),
        made,
      });
      const device: MqttDevice = new MqttDevice({
        url,
        hails: () => bulb.core.hails(),
        onStream: (stream) => bulb.core.attach(stream),
        pace: () => ({ firstMs: 100, mostMs: 500 }),
        ...ports,
      });
      device.start();
      onCleanup(() => device.stop());
      const hub = await startHub({ context: world.hubContext, media: [medium], dir: join(world.dir, "lied-to-hub") });
      onCleanup(() => hub.stop());
      await eventually("hailed", () => medium.hails().length > 0);
      const last = (await collect(hub.onboarding.onboard({ uri: made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      const udf = made.deviceUdf;
      const online = (): Promise<void> => eventually("online", () => hub.links.status(udf) === "Online", 60_000);

      let ordered = 0;
      const command = (on: boolean, timeoutMs: number) => {
        ordered += 1;
        const order = { deviceUdf: udf, messageId: `N-${ordered}`, command: "Set", arguments: [{ Name: "On", Value: on }], timeoutMs };
        return hub.links.command(order).then(
          ({ Result }) => Result,
          () => "failed",
        );
      };
      for (const mood of ["repeats", "drops", "invents"] as const) {
        await online();
        liar.mood = mood;
        const before = liar.lies;
        for (let turn = 0; turn < 4; turn++) {
          const on = turn % 2 === 0;
          if ((await command(on, 1500)) === "Accept") assert.is(bulb.core.values.On, on, `${mood}: accepted is done`);
        }
        assert.ok(liar.lies > before, mood);
        liar.mood = "honest";
        await online();
        assert.is(await command(true, 30_000), "Accept", `${mood}: the house goes on`);
      }
      const carriedOut = bulb.events.filter((event) => event === "command").length;
      assert.ok(carriedOut <= ordered, `${carriedOut} of ${ordered}`);
      // Whatever the hub believed had a number of the device's own, and rose.
      const sequences = hub.reports.filter(({ deviceUdf }) => deviceUdf === udf).map(({ sequence }) => sequence);
      assert.ok(sequences.length > 0 && new Set(sequences).size === sequences.length, sequences.join(" "));
      assert.ok(medium.hails().length <= 1024);
    },
    { timeoutMs: 240_000 },
  );
});
