/** What one device or one stranger does costs the others nothing: sessions that are of no use, hails without end. */
import { join } from "node:path";
import { TokenBucket } from "../../../src/base/token-bucket.ts";
import { HailTrials } from "../../../src/hub/device/hail-trials.ts";
import { PassedHails } from "../../../src/hub/device/passed-hails.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import type { Hail, Peer } from "../../../src/transport/medium.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, Hub, World } from "../../kit/hub.ts";
import { collect, makeBulb, startHub, startWorld } from "../../kit/hub.ts";

describe("the unfair", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  async function start(name: string): Promise<Hub> {
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, name) });
    onCleanup(() => hub.stop());
    return hub;
  }

  async function connected(hub: Hub, name: string): Promise<Bulb & { readonly udf: string }> {
    const bulb = await world.bulb(name);
    bulb.on();
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    return { ...bulb, udf: bulb.made.deviceUdf };
  }

  it("a device that says it will sleep, and is back at once each time, is met no faster", async () => {
    const hub = await start("sleepless-flapping");
    const bulb = await connected(hub, "flap-sleep");
    bulb.off();
    const handshakes = new TokenBucket({ perSecond: 10_000, burst: 10_000 }, ports.clock);
    const liar = makeBulb({ dir: join(world.dir, "flap-sleep"), address: "flap-sleep", medium: world.medium, handshakes });
    let isDone = false;
    const sleepSoon = (stream: LinkStream): void => {
      liar.core.attach(stream);
      const wish = async (): Promise<void> => {
        while (!isDone && !(await liar.core.sleep(1))) await ports.clock.sleep(5);
        await stream.close();
        if (!isDone) world.medium.hail("flap-sleep", liar.core.hails());
      };
      wish().catch(() => undefined);
    };
    const before = world.medium.opened.length;
    world.medium.join("flap-sleep", sleepSoon, liar.core.hails());
    await ports.clock.sleep(4000);
    isDone = true;
    const opened = world.medium.opened.slice(before).filter((address) => address === "flap-sleep").length;
    console.log(`${opened} sessions in 4 s`);
    assert.ok(opened > 1 && opened <= 14, `${opened} sessions in 4 s`);
    world.medium.leave("flap-sleep");
    liar.on();
    await eventually("an honest one is met again", () => hub.links.status(bulb.udf) === "Online");
    await hub.stop();
    liar.off();
  });

  it("a hail that comes when the allowance of its network is used up is tried later, though it is heard once", async () => {
    const clock = new ManualClock();
    const trials = new HailTrials(clock);
    const stopping = new AbortController();
    const heard: string[] = [];
    const passed = new PassedHails({
      attempt: ({ peer }) => trials.take(peer, 400) && heard.push(peer.address) > 0,
      clock,
      signal: stopping.signal,
    });
    const hailOf = (n: number): Hail => ({ octets: new Uint8Array(12), peer: { medium: "tcp", address: `192.0.2.1:${n}` }, at: 0 });
    for (let n = 0; n < 200; n += 1) if (!trials.take(hailOf(n).peer, 400)) passed.add(hailOf(n));
    const waited = passed.size;
    assert.ok(waited > 50 && waited < 100, `${waited} hails wait`);
    passed.gone(hailOf(199).peer);
    for (let step = 0; step < 20; step += 1) {
      clock.advance(500);
      await ports.clock.sleep(1);
    }
    assert.equal([passed.size, heard.length], [0, waited - 1]);
    assert.ok(!heard.includes("192.0.2.1:199"), "one that has left is not tried");
    for (let n = 0; n < 5000; n += 1) passed.add(hailOf(n));
    assert.ok(passed.size <= 1024, `${passed.size} hails wait of a flood`);
    stopping.abort(new Error("over"));
  });

  it("a stranger who hails without end uses up no allowance but his own", () => {
    const trials = new HailTrials(new ManualClock());
    const from = (address: string, medium: Peer["medium"] = "mqtt"): Peer => ({ medium, address: "tag", from: address });
    const floods = (peer: Peer): number => {
      let hails = 0;
      while (hails < 10_000 && trials.take(peer, 400)) hails += 1;
      return hails;
    };
    const first = floods(from("192.0.2.66"));
    assert.ok(first > 100 && first < 200, `${first} hails of one stranger, tried with 400 keys each`);
    assert.ok(trials.take(from("192.0.2.7"), 400), "another one is heard");
    for (let n = 0; n < 100; n += 1) floods(from(`203.0.113.${n}`));
    assert.not(trials.take(from("192.0.2.8"), 400), "a crowd uses up its medium");
    assert.ok(trials.take(from("192.0.2.8", "tcp"), 400), "and no other");
    assert.ok(trials.take({ ...from("192.0.2.9"), isMember: true }, 400), "nor what devices have that have logged in");
  });
});
