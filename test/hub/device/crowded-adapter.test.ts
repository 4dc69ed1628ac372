/** A house with more devices than its Bluetooth adapter has connections, on a simulated adapter: whom a person waits for has the next connection. */
import { join } from "node:path";
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, World } from "../../kit/hub.ts";
import { collect, makeBulb, startHub, startWorld } from "../../kit/hub.ts";
import { type Attach, MemoryMedium } from "../../kit/memory-medium.ts";
import { Air } from "../../kit/simulated-radio.ts";

/** Bulbs are in the air; each shows itself ten times a second while it is not connected. */
class BulbsInAir extends MemoryMedium {
  readonly air = new Air();

  override join(address: string, attach: Attach, hails: readonly Uint8Array[]): void {
    this.air.devices.set(address, { hails: () => hails, attach });
  }

  override leave(address: string): void {
    this.air.devices.delete(address);
    this.air.drop(address);
  }

  show(): void {
    const connected = new Set([...this.air.links.values()].map(({ address }) => address));
    for (const [address, { hails }] of this.air.devices) {
      if (!connected.has(address)) for (const data of hails()) this.air.hear(address, data);
    }
  }
}

describe("a crowded Bluetooth adapter", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it(
    "an order to a device without a connection, and the connecting of another, wait for no other device's turn to end",
    async () => {
      const bulbs = new BulbsInAir(ports.clock);
      const medium = new BleMedium({ make: () => bulbs.air.radio(), links: 2, idleMs: 10_000, ...ports });
      await medium.start();
      const showing = setInterval(() => bulbs.show(), 100);
      const hub = await startHub({ context: world.hubContext, media: [medium], dir: join(world.dir, "crowded") });
      onCleanup(async () => {
        clearInterval(showing);
        await hub.stop();
        await medium.stop();
      });
      await eventually("the radio is up", () => medium.status().state === "up");
      const udfs: string[] = [];
      const connecting: number[] = [];
      for (let n = 1; n <= 4; n++) {
        const made = await world.preconfigure();
        const bulb: Bulb = makeBulb({ dir: join(world.dir, `crowd-${n}`), address: `00000000000${n}`, medium: bulbs, made });
        bulb.on();
        const from = performance.now();
        const last = (await collect(hub.onboarding.onboard({ uri: made.uri }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        connecting.push(Math.round(performance.now() - from));
        udfs.push(made.deviceUdf);
      }
      const orders: number[] = [];
      for (const [n, deviceUdf] of [...udfs, ...udfs].entries()) {
        const from = performance.now();
        const order = { messageId: `crowd-${n}`, command: "Set", arguments: [{ Name: "On", Value: n % 2 === 0 }], timeoutMs: 20_000 };
        const { Result } = await hub.links.command({ deviceUdf, ...order });
        assert.is(Result, "Accept");
        orders.push(Math.round(performance.now() - from));
      }
      console.log(`connecting ${connecting.join(" ")} ms; orders ${orders.join(" ")} ms`);
      // Without a hurry each waits until a connection has been idle for ten seconds.
      assert.ok(Math.max(...connecting) < 9000 && Math.max(...orders) < 5000, "nobody waits for a turn to end");
    },
    { timeoutMs: 120_000 },
  );
});
