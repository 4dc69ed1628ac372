/** When a device comes back to a hub that it has lost: as the hub said, over a power cut too, and within bounds of its own. */

import { mqttMedium } from "../../firmware-stubs/virtual/process/media.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { ports, startBroker } from "../kit/broker.ts";
import { connect, newImage, powerOn } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { linkOnboard, makeDevice, makeHub, makeOwner } from "../kit/owner.ts";

const alice = makeOwner("alice@example.com");

/** A clock that notes what was slept and does not sleep it. */
function hasty(): { readonly clock: Clock; readonly slept: number[] } {
  const slept: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    slept.push(ms);
    return systemClock.sleep(1, signal);
  };
  return { clock: { ...systemClock, sleep }, slept };
}

describe("coming back", (it) => {
  it("keeps what its hub has told it, over a power cut", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const { linked } = await connect(device, made, alice, makeHub());
    assert.is(device.core.pace, undefined);
    assert.is((await linked.request("Return", { FirstMs: 400, MostMs: 2000 })).Result, "Accept");
    assert.equal(device.core.pace, { firstMs: 400, mostMs: 2000 });
    await device.off();
    assert.equal(powerOn(dir).core.pace, { firstMs: 400, mostMs: 2000 });
  });

  it("lets no hub keep it away for longer than a minute, or make a nuisance of it", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const { linked } = await connect(device, made, alice, makeHub());
    for (const [FirstMs, MostMs, firstMs, mostMs] of [
      [1, 1, 100, 500],
      [-5, -5, 100, 500],
      [2 ** 40, 2 ** 40, 5000, 60_000],
      [5000, 800, 800, 800],
    ] as const) {
      assert.is((await linked.request("Return", { FirstMs, MostMs })).Result, "Accept");
      assert.equal(device.core.pace, { firstMs, mostMs });
    }
  });

  it("takes it from the hub in force only", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const session = await linkOnboard(device.stream(), made, makeHub());
    assert.is((await session.request("Return", { FirstMs: 400, MostMs: 2000 })).Result, "Reject");
    assert.is(device.core.pace, undefined);
  });

  it("waits no longer than it was told, and logs in each time while its hub is away", async () => {
    const port = await freePort();
    const { clock, slept } = hasty();
    const logins: string[] = [];
    const medium = mqttMedium({
      ...ports,
      clock,
      broker: `mqtt://127.0.0.1:${port}`,
      hails: () => [ports.random.bytes(12)],
      password: (tag) => {
        logins.push(tag);
        return "secret";
      },
      onStream: () => undefined,
      pace: () => ({ firstMs: 200, mostMs: 900 }),
    });
    await medium.start();
    onCleanup(() => medium.stop());
    await eventually("it has tried a dozen times", () => slept.length >= 12);
    assert.ok(
      slept.every((ms) => ms <= 900),
      slept.join(" "),
    );
    assert.ok(logins.length >= 12, `${logins.length} logins in ${slept.length} tries`);
    const users: (string | undefined)[] = [];
    await startBroker({
      port,
      policy: meshAccessPolicy({
        authenticate: async ({ username }) => {
          users.push(username);
          return username === undefined ? "unknown" : "device";
        },
      }),
    });
    await eventually("it is back", () => users.length > 0);
    assert.is(users[0], "linked");
  });
});
