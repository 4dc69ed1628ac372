/** The whole life of a bulb: first connection, power cut, factory reset, a new owner, a second hub. Real service, real accounts, the virtual light's own firmware. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../src/account/index.ts";
import { addPlace, attend, openWindow, releaseDevice, revokeDevice } from "../../src/account/index.ts";
import { type CatalogedDevice, deviceCatalog } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import type { Bulb, Hub, World } from "../kit/hub.ts";
import { collect, makeBulb, pump, startHub, startWorld } from "../kit/hub.ts";

async function command(hub: Hub, deviceUdf: string, on: boolean): Promise<unknown> {
  const { Result } = await hub.links.command({
    deviceUdf,
    messageId: `m${performance.now()}`,
    command: "Set",
    arguments: [{ Name: "On", Value: on }],
    timeoutMs: 5_000,
  });
  return Result;
}

const isOn = (bulb: Bulb): boolean => bulb.core.values.On === true;

describe("scenario: the life of a bulb", (it) => {
  let world: World;
  let home: Hub;
  let bulb: Bulb;
  let udf: string;
  let code: string;
  let bob: AccountContext;
  let bobsAgent: { stop(): Promise<void> };
  let bobsHub: Hub;
  let resold: string;

  const entry = (owner: AccountContext): CatalogedDevice | undefined => owner.get(deviceCatalog, udf);
  const hubAt = (context: AccountContext, name: string): Promise<Hub> => {
    const dir = join(world.dir, name);
    mkdirSync(dir, { recursive: true });
    return startHub({ context, media: [world.medium], dir });
  };

  const startAgent = (): { stop(): Promise<void> } =>
    pump(async () => {
      await bob.sync();
      await attend(bob, { claim: false });
    });

  it.before(async () => {
    world = await startWorld();
    home = await hubAt(world.hubContext, "home");
    const made = await world.bulb("bulb");
    bulb = made;
    udf = made.made.deviceUdf;
    code = made.made.uri;
    bob = await world.household.create("bob", "bob@example.com");
    await addPlace(bob, { name: "studio" });
    await openWindow({ dir: bob.dir, minutes: 60, ports });
    const bobsHubContext = await world.household.join(bob, "bob's hub", ["hub"]);
    await bobsHubContext.sync();
    bobsHub = await hubAt(bobsHubContext, "bobs");
    bobsAgent = startAgent();
  });
  it.after(async () => {
    await bobsAgent.stop();
    await bobsHub.stop();
    await home.stop();
    await world.stop();
  });

  it("is connected by its printed code, and obeys", async () => {
    bulb.on();
    const events = await collect(home.onboarding.onboard({ uri: code, name: "kitchen light", place: "kitchen" }));
    assert.is(events.at(-1)?.state, "done", JSON.stringify(events.at(-1)?.error));
    assert.ok(entry(world.alice)?.Connected);
    assert.is(await command(home, udf, true), "Accept");
    assert.ok(isOn(bulb));
  });

  it("comes back after a power cut without a scan", async () => {
    bulb.off();
    await eventually("the hub notices", () => home.links.status(udf) === "Offline");
    bulb = makeBulb({ dir: join(world.dir, "bulb"), address: "bulb", medium: world.medium });
    bulb.on();
    await eventually("the bulb is back", () => home.links.status(udf) === "Online");
    assert.is(await command(home, udf, false), "Accept");
  });

  it("does not go to bob, who has a photo of the code, neither connected nor after a factory reset", async () => {
    bulb.skipHours(25);
    const connected = await collect(bobsHub.onboarding.onboard({ uri: code }));
    assert.is(connected.at(-1)?.state, "failed");
    bulb.core.factoryReset();
    const reset = await collect(bobsHub.onboarding.onboard({ uri: code }));
    assert.is(reset.at(-1)?.state, "failed");
    assert.is(entry(bob)?.Connected, undefined);
  });

  it("goes back to alice after the reset, at a higher epoch", async () => {
    const before = entry(world.alice)?.DealEpoch ?? 0;
    const events = await collect(home.onboarding.onboard({ uri: code }));
    assert.is(events.at(-1)?.state, "done", JSON.stringify(events.at(-1)?.error));
    await eventually("alice has the new deal", () => (entry(world.alice)?.DealEpoch ?? 0) > before);
    assert.is(await command(home, udf, true), "Accept");
  });

  it("is released by alice under a new code; the old one is worth nothing", async () => {
    resold = await releaseDevice(world.alice, udf);
    await eventually("alice's catalog has let it go", () => entry(world.alice) === undefined);
    const old = await collect(bobsHub.onboarding.onboard({ uri: code }));
    assert.is(old.at(-1)?.state, "failed");
  });

  it("becomes bob's by the new code, and forgets alice", async () => {
    const events = await collect(bobsHub.onboarding.onboard({ uri: resold, name: "studio light", place: "studio" }));
    assert.is(events.at(-1)?.state, "done", JSON.stringify(events.at(-1)?.error));
    assert.is(await command(bobsHub, udf, false), "Accept");
    assert.not(isOn(bulb));
    await assertRefused(() => command(home, udf, true));
  });

  it(
    "follows bob to a second hub without a scan, and leaves the removed one",
    async () => {
      const removed = bobsHub;
      await revokeDevice(bob, removed.context.deviceUdf);
      await removed.stop();
      // One process of a machine at a time, as the directory's lock has it.
      await bobsAgent.stop();
      const second = await world.household.join(bob, "second hub", ["hub"]);
      bobsAgent = startAgent();
      await second.sync();
      bobsHub = await hubAt(second, "second");
      await eventually(
        "the bulb is dealt to the second hub",
        () => entry(bob)?.HubUdf === second.deviceUdf && entry(bob)?.Connected !== undefined,
        45_000,
      );
      assert.is(await command(bobsHub, udf, true), "Accept");
      assert.ok(isOn(bulb));
    },
    { timeoutMs: 90_000 },
  );
});

async function assertRefused(task: () => Promise<unknown>): Promise<void> {
  const outcome = await task().then(
    (result) => result,
    () => "refused",
  );
  assert.is.not(outcome, "Accept");
}
