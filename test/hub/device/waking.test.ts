/** What crosses the link when a device that sleeps wakes, reports one value and sleeps again: the figures of docs/device-link.md §7.2. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../../src/base/package-root.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { collect, startHub, startWorld, type World } from "../../kit/hub.ts";

/** Counts what goes through a stream. */
function counted(stream: LinkStream, packets: number[]): LinkStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name === "send") {
        return (packet: Uint8Array) => {
          packets.push(packet.length);
          return target.send(packet);
        };
      }
      if (name === "onPacket") {
        return (listener: (packet: Uint8Array) => void) =>
          target.onPacket((packet) => {
            packets.push(packet.length);
            listener(packet);
          });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Milliseconds of radio for packets over BLE, and years that a cell lasts, by the assumptions of §7.2. */
function costOf(packets: readonly number[]): { readonly radioMs: number; readonly years: (everySeconds: number) => number } {
  const airMs = packets.flatMap((octets) => Array.from({ length: Math.ceil(octets / 182) }, (_, part) => Math.min(182, octets - 182 * part)));
  const radioMs = 3 * 0.4 + 8 * 0.4 + airMs.reduce((sum, octets) => sum + ((octets + 21) * 8 + 80 + 300) / 1000, 0);
  const years = (everySeconds: number): number => {
    const milliamperes = (7 * radioMs) / (1000 * everySeconds) + 0.002;
    return 225 / milliamperes / 24 / 365;
  };
  return { radioMs, years };
}

describe("a waking", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it("costs what the document says", async () => {
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: `${world.dir}/waking-hub` });
    onCleanup(() => hub.stop());
    const bulb = await world.bulb("waking");
    bulb.on();
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    await eventually("asleep", () => bulb.core.sleep(600));
    bulb.off();
    bulb.turn("on");
    const packets: number[] = [];
    world.medium.join(bulb.address, (stream) => bulb.core.attach(counted(stream, packets)), bulb.core.hails());
    await eventually("asleep again", () => bulb.core.sleep(600));
    const { radioMs, years } = costOf(packets);
    const octets = packets.reduce((sum, length) => sum + length, 0);
    const row = [packets.length, octets, radioMs.toFixed(1), ...[60, 600, 3600].map((seconds) => years(seconds).toFixed(1))];
    console.log(packets.join(" "), row.join(" | "));
    const shown = /^\| report, sleep +\| (\d+) +\| (\d+) +\| ([\d.]+) ms/m.exec(readFileSync(packagePath("docs", "device-link.md"), "utf8"));
    assert.ok(shown, "the row is there");
    const [, shownPackets, shownOctets, shownMs] = (shown ?? []).map(Number);
    // Numbers of messages grow by an octet here and there.
    assert.ok(Math.abs(packets.length - (shownPackets ?? 0)) <= 2, `${packets.length} packets`);
    assert.ok(Math.abs(octets - (shownOctets ?? 0)) <= 80, `${octets} octets`);
    assert.ok(Math.abs(radioMs - (shownMs ?? 0)) <= 2, `${radioMs} ms`);
    bulb.off();
  });
});
