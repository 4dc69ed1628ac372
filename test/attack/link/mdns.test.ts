/** Somebody in the local network who speaks mDNS: what he says proves nothing, ends nothing, and costs the house little. */
import { join } from "node:path";
import { encodeBase64url } from "../../../src/codec/index.ts";
import { subnetsOf } from "../../../src/transport/interfaces.ts";
import { PacketGuard } from "../../../src/transport/mdns/packet-guard.ts";
import { MdnsResponder } from "../../../src/transport/mdns/responder.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";
import { answerOctets, deviceRecords, nameOctets, sendMdns } from "../../kit/raw-mdns.ts";

const hails = encodeBase64url(new Uint8Array(12));

describe("attack: mDNS", (it) => {
  it("a packet of thousands of records, or longer than mDNS has any, is not read", async () => {
    const responder = new MdnsResponder({ ...ports, interface: "127.0.0.1" });
    responder.start();
    onCleanup(() => responder.stop());
    const found: string[] = [];
    responder.browse("mesh-device", { found: ({ name }) => found.push(name), lost: () => undefined });
    const padding = Array.from({ length: 70 }, () => ({ name: "_mesh-device._tcp.local", type: "PTR", data: nameOctets("y.local") }) as const);
    const long = { name: "z.local", type: "TXT", data: new Uint8Array(9000) } as const;
    await eventually("an honest device is found, and no other", async () => {
      await sendMdns([
        answerOctets([...deviceRecords({ name: "many", port: 1, hails }), ...padding]),
        answerOctets([...deviceRecords({ name: "long", port: 1, hails }), long]),
        answerOctets(deviceRecords({ name: "honest", port: 1, hails })),
      ]);
      return found.includes("honest");
    });
    // Other tests of this machine speak in the same group.
    assert.equal(
      [...new Set(found)].filter((name) => ["many", "long", "honest"].includes(name)),
      ["honest"],
    );
  });

  it("records are read within quotas: what one sender uses up the others keep, and time gives it back", () => {
    const clock = new ManualClock();
    const guard = new PacketGuard(clock, subnetsOf({ name: "home", internal: false, mac: "", cidrs: ["192.0.2.1/24"] }));
    const packet = answerOctets(deviceRecords({ name: "x", port: 1, hails }));
    const flood = (sender: string): number => {
      for (let read = 0; ; read += 1) if (read > 100_000 || !guard.admits(packet, sender)) return read;
    };
    const first = flood("192.0.2.1");
    assert.ok(first >= 200, "a house whose devices all answer at once is heard");
    assert.ok(first < 2000);
    assert.ok(guard.admits(packet, "192.0.2.2"));
    let all = first;
    for (let host = 3; host < 250; host++) all += flood(`192.0.2.${host}`);
    assert.ok(all < 5000, "and all of them together no more than the machine can read");
    clock.advance(60_000);
    assert.ok(guard.admits(packet, "192.0.2.1"));
    for (const octets of [new Uint8Array(), new Uint8Array(11), new Uint8Array(20_000)]) assert.not.ok(guard.admits(octets, "192.0.2.2"));
  });

  it("whoever floods under every address of a home, or of elsewhere, drowns out nobody who says little", () => {
    const clock = new ManualClock();
    const guard = new PacketGuard(clock, subnetsOf({ name: "home", internal: false, mac: "", cidrs: ["192.0.2.1/24"] }));
    const packet = answerOctets(deviceRecords({ name: "x", port: 1, hails }));
    const honest = "192.0.2.250";
    for (let minute = 0; minute < 3; minute++) {
      for (let second = 0; second < 60; second++) {
        for (let turn = 0; turn < 12; turn++) for (let host = 2; host < 250; host++) guard.admits(packet, `192.0.2.${host}`);
        for (let turn = 0; turn < 12; turn++) for (let host = 2; host < 250; host++) guard.admits(packet, `198.51.${turn}.${host}`);
        // In the middle of it, as an announcement is: said twice.
        if (second === 59) for (let time = 0; time < 2; time++) assert.ok(guard.admits(packet, honest), `minute ${minute}`);
        clock.advance(1000);
      }
    }
  });

  it(
    "no hail that is repeated, and no departure that anybody can announce, ends a live session",
    async () => {
      const world = await startWorld();
      onCleanup(() => world.stop());
      const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, "mdns") });
      onCleanup(() => hub.stop());
      const bulb = await world.bulb("told");
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"]);
      const { deviceUdf } = bulb.made;
      await eventually("online", () => hub.links.status(deviceUdf) === "Online");
      const seen: string[] = [];
      hub.links.onStatus((_, status) => seen.push(status));
      const opened = world.medium.opened.length;
      const recorded = bulb.core.hails();
      for (let n = 0; n < 40; n++) world.medium.hail(bulb.address, recorded);
      for (let n = 0; n < 40; n++) world.medium.tellGone(bulb.address);
      const order = { deviceUdf, messageId: "N-1", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 10_000 };
      assert.is((await hub.links.command(order)).Result, "Accept");
      await ports.clock.sleep(500);
      assert.equal(seen, []);
      assert.is(world.medium.opened.length, opened, "and it is the same session");
    },
    { timeoutMs: 60_000 },
  );

  it(
    "whoever repeats a device's hail without end, from many ports, keeps it out of no session and no onboarding",
    async () => {
      const world = await startWorld();
      onCleanup(() => world.stop());
      const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, "crowd") });
      onCleanup(() => hub.stop());
      const bulb = await world.bulb("crowded");
      const crowd = Array.from({ length: 24 }, (_, n) => `192.0.2.9:${n + 1}`);
      let recorded: readonly Uint8Array[] = bulb.core.hails();
      for (const address of crowd) world.medium.join(address, () => undefined, []);
      let turn = 0;
      const flood = setInterval(() => world.medium.hail(crowd[turn++ % crowd.length] ?? "", recorded), 2);
      onCleanup(() => clearInterval(flood));
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      const { deviceUdf } = bulb.made;
      recorded = bulb.core.hails();
      bulb.off();
      await eventually("offline", () => hub.links.status(deviceUdf) !== "Online");
      bulb.on();
      await eventually("online", () => hub.links.status(deviceUdf) === "Online");
    },
    { timeoutMs: 90_000 },
  );
});
