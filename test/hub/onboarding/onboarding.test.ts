/** From the printed code to the connected light, with the real service, account and firmware: once, twice, several at once, and after kill -9 anywhere. */

import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { steps } from "../../../src/hub/onboarding/step.ts";
import { deviceCatalog, OfferConnection } from "../../../src/schema/index.ts";
import type { Medium, Peer } from "../../../src/transport/medium.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { gather } from "../../kit/gather.ts";
import type { Hub, World } from "../../kit/hub.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";

/** Every octet of every file under a directory, as one text. */
function contents(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

async function offers(world: World): Promise<number> {
  await world.alice.sync();
  return (await gather(world.alice.messages("MMM_Inbound"))).filter(({ messageType }) => messageType === OfferConnection.tag).length;
}

/** The account of a process that writes nothing after it was killed. */
function mortal(context: AccountContext, isKilled: () => boolean): AccountContext {
  return new Proxy(context, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "transact" && isKilled()) throw new Error("killed");
        return value.apply(target, args);
      };
    },
  });
}

/** The account of a hub whose sleeps take thirty times as long: a busy machine brings the owner's word before the session that was kept for it ends. */
function patient(context: AccountContext): AccountContext {
  const { clock: own } = context.ports;
  const clock: Clock = { now: () => own.now(), monotonic: () => own.monotonic(), sleep: (ms, signal) => own.sleep(30 * ms, signal) };
  const ports = { ...context.ports, clock };
  return new Proxy(context, {
    get(target, name) {
      const value: unknown = name === "ports" ? ports : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("onboarding", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  async function withHub(name: string, task: (hub: Hub, dir: string) => Promise<void>): Promise<void> {
    const dir = join(world.dir, name);
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir });
    try {
      await task(hub, dir);
    } finally {
      await hub.stop();
    }
  }

  it("connects a bulb by its code, step by step, and executes a command", () =>
    withHub("hub-a", async (hub, dir) => {
      const bulb = await world.bulb("bulb-a");
      bulb.on();
      const events = await collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "kitchen light", place: "kitchen" }));
      assert.equal(
        events.filter(({ state }) => state === "done").map(({ step }) => step),
        [...steps],
      );
      const entry = world.hubContext.get(deviceCatalog, bulb.made.deviceUdf);
      assert.ok(entry?.Connected);
      assert.is(entry?.LocalName, "kitchen light");
      await eventually("online", () => hub.links.status(bulb.made.deviceUdf) === "Online");
      const on = [{ Name: "On", Value: true }];
      const result = await hub.links.command({
        deviceUdf: bulb.made.deviceUdf,
        messageId: "NTEST-1",
        command: "Set",
        arguments: on,
        timeoutMs: 3000,
      });
      assert.is(result.Result, "Accept");
      assert.is(bulb.core.values.On, true);
      bulb.turn("off");
      await eventually("the switch was reported", () => hub.reports.some(({ cause }) => cause === "switch"));
      assert.ok(hub.links.lastContact(bulb.made.deviceUdf));
      const code = bulb.made.uri.split("/").at(-1) ?? "";
      assert.not.ok(contents(dir).includes(code), "the code is still on the disk");

      const again = await collect(hub.onboarding.onboard({ uri: bulb.made.uri }));
      assert.is(again.at(-1)?.state, "done");
      assert.match(again.at(-1)?.message ?? "", /connected already as kitchen light/);
      assert.is(again.at(-1)?.deviceUdf, bulb.made.deviceUdf);

      const renamed = await collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "stove lamp", place: "kitchen" }));
      assert.is(renamed.at(-1)?.name, "kitchen light", "the name that it has, not the one that was given now");
      const same = await collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "Kitchen light", place: "kitchen" }));
      assert.is(same.at(-1)?.state, "done", "its own name is not taken");

      const other = await world.bulb("bulb-named");
      const refusals = ["a/b", "all lights", "kitchen light", "the KITCHEN light", "tab\there", "line\nbreak", "\u001b[2J", "hub", "please"];
      for (const localName of refusals) {
        const [refused, ...more] = await collect(hub.onboarding.onboard({ uri: other.made.uri, name: localName, place: "kitchen" }));
        assert.is(refused?.error?.code, "ERR_NAME", JSON.stringify(localName));
        assert.equal(more, [], "before anything else is done");
      }
      const [unplaced, ...more] = await collect(hub.onboarding.onboard({ uri: other.made.uri, place: "nosuch" }));
      assert.is(unplaced?.error?.code, "ERR_NOT_FOUND");
      assert.match(unplaced?.message ?? "", /kitchen/);
      assert.equal(more, []);
      assert.equal(hub.onboarding.running, []);
    }));

  it("joins the run of a code that is scanned twice, and offers once", () =>
    withHub("hub-b", async (hub) => {
      const before = await offers(world);
      await world.agent(false);
      const bulb = await world.bulb("bulb-b");
      bulb.on();
      const first = collect(hub.onboarding.onboard({ uri: bulb.made.uri }));
      const second = collect(hub.onboarding.onboard({ uri: `  ${bulb.made.uri.toLowerCase()} ` }));
      await eventually("it is running", () => hub.onboarding.running.length === 1);
      await world.agent(true);
      const [a, b] = await Promise.all([first, second]);
      assert.is(a.at(-1)?.step, "register");
      assert.is(a.at(-1)?.state, "done");
      assert.equal(b, a);
      assert.is(await offers(world), before + 1);
      assert.is(hub.onboarding.running.length, 0);
    }));

  it("connects several at once", () =>
    withHub("hub-c", async (hub) => {
      const bulbs = await Promise.all(["c1", "c2", "c3"].map((name) => world.bulb(name)));
      for (const bulb of bulbs) bulb.on();
      const runs = await Promise.all(bulbs.map(({ made }) => collect(hub.onboarding.onboard({ uri: made.uri }))));
      for (const events of runs) assert.equal([events.at(-1)?.step, events.at(-1)?.state], ["register", "done"]);
    }));

  it("brings what the owner accepts at once over the session in which it met the device", async () => {
    const opened: string[] = [];
    const medium: Medium = new Proxy(world.medium, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "open") opened.push((args[0] as Peer).address);
          return value.apply(target, args);
        };
      },
    });
    const hub = await startHub({ context: patient(world.hubContext), media: [medium], dir: join(world.dir, "hub-held") });
    try {
      const bulb = await world.bulb("bulb-held");
      const before = new Set(world.medium.hails().map(({ peer }) => peer.address));
      bulb.on();
      await eventually("it hails", () => world.medium.hails().some(({ peer }) => !before.has(peer.address)));
      const address = world.medium.hails().find(({ peer }) => !before.has(peer.address))?.peer.address;
      const events = await collect(hub.onboarding.onboard({ uri: bulb.made.uri }));
      assert.equal([events.at(-1)?.step, events.at(-1)?.state], ["register", "done"]);
      assert.is(opened.filter((one) => one === address).length, 2, "once to meet it, and once under its new keys");
    } finally {
      await hub.stop();
    }
  });

  it("ends the listening with the signal, not the onboarding", () =>
    withHub("hub-d", async (hub) => {
      const bulb = await world.bulb("bulb-d");
      const listening = new AbortController();
      const events = collect(hub.onboarding.onboard({ uri: bulb.made.uri }, listening.signal));
      await eventually("it is sought", () => hub.onboarding.running.length === 1);
      listening.abort();
      assert.is((await events).at(-1)?.state, "started");
      bulb.on();
      await eventually("connected", () => hub.onboarding.running.length === 0);
      assert.ok(world.hubContext.get(deviceCatalog, bulb.made.deviceUdf)?.Connected);
    }));

  for (const step of steps.slice(0, -1)) {
    it(`goes on after kill -9 behind ${step}, without a scan and without a second offer`, async () => {
      const before = await offers(world);
      const dir = join(world.dir, `killed-${step}`);
      const left = join(world.dir, `left-${step}`);
      const bulb = await world.bulb(`bulb-${step}`);
      let killed = false;
      const hub = await startHub({ context: mortal(world.hubContext, () => killed), media: [world.medium], dir });
      bulb.on();
      for await (const event of hub.onboarding.onboard({ uri: bulb.made.uri, name: `light ${step}` })) {
        if (event.step === step && event.state === "done") break;
      }
      // What is on the disk at this moment is all that the next process finds.
      killed = true;
      cpSync(dir, left, { recursive: true });
      const code = bulb.made.uri.split("/").at(-1) ?? "";
      // Behind deliver either may be: the device is quick.
      if (step !== "deliver")
        assert.is(contents(left).includes(code), step !== "commit", "the code belongs on the disk until commit, and not longer");
      await hub.stop();

      const next = await startHub({ context: world.hubContext, media: [world.medium], dir: left });
      try {
        await eventually("connected", () => world.hubContext.get(deviceCatalog, bulb.made.deviceUdf)?.Connected !== undefined);
        await eventually("over", () => next.onboarding.running.length === 0);
        await eventually("online", () => next.links.status(bulb.made.deviceUdf) === "Online");
        assert.is(await offers(world), before + 1);
        assert.is(world.hubContext.get(deviceCatalog, bulb.made.deviceUdf)?.LocalName, `light ${step}`);
        assert.not.ok(contents(left).includes(code), "the code is still on the disk");
      } finally {
        await next.stop();
      }
    });
  }
});
