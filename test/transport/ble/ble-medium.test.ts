/** The BLE medium on a simulated adapter (test/kit/simulated-radio.ts): no Bluetooth is needed or used; it stands for any package and chip. */
import type { LinkStream } from "../../../src/link/index.ts";
import type { BleMediumOptions } from "../../../src/transport/ble/ble-medium.ts";
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import { HailFilter } from "../../../src/transport/ble/hail-filter.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { pause, ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { living } from "../../kit/living-memory.ts";
import type { AirDevice, Step } from "../../kit/simulated-radio.ts";
import { Air } from "../../kit/simulated-radio.ts";

const hail = () => ports.random.bytes(12);
const addressOf = (n: number): string => n.toString(16).padStart(12, "0");
const peer = (address: string) => ({ medium: "ble", address, from: "ble" }) as const;

/** A device that sends back what it gets. */
function echo(options: Partial<AirDevice> = {}): AirDevice {
  const own = [hail()];
  return { hails: () => own, attach: (stream) => stream.onPacket((packet) => void stream.send(packet).catch(() => undefined)), ...options };
}

async function start(air: Air, options: Partial<BleMediumOptions> = {}): Promise<BleMedium> {
  const medium = new BleMedium({ make: () => air.radio(), links: 4, ...ports, ...options });
  await medium.start();
  onCleanup(() => medium.stop());
  await eventually("it is up", () => medium.status().state === "up");
  return medium;
}

const next = (stream: LinkStream): Promise<Uint8Array> => new Promise((resolve) => stream.onPacket(resolve));
const ended = (stream: LinkStream): Promise<Error | undefined> => new Promise((resolve) => stream.onClose(resolve));

describe("device link over Bluetooth LE, on a simulated adapter", (it) => {
  it("hears a hail, opens a stream of the size agreed on, and carries packets both ways", async () => {
    const air = new Air();
    const device = echo({ mtu: 185, largest: 120 });
    air.devices.set(addressOf(1), device);
    const medium = await start(air);
    air.advertise();
    const [first] = medium.hails();
    assert.equal([first?.octets, first?.peer], [device.hails()[0], peer(addressOf(1))]);
    const stream = await medium.open(peer(addressOf(1)));
    assert.is(stream.maxPacket, 120);
    const answer = next(stream);
    await stream.send(Uint8Array.of(1, 2, 3));
    assert.equal(await answer, Uint8Array.of(1, 2, 3));
    await throwsMesh(stream.send(new Uint8Array(121)), "ERR_TOO_LARGE");
    await stream.close();
    await eventually("the connection is given back", () => air.links.size === 0);
  });

  it("a device that repeats its hail is told of once in a while, and a flood of invented ones is bounded", async () => {
    const air = new Air();
    const device = echo();
    air.devices.set(addressOf(1), device);
    const medium = await start(air);
    let told = 0;
    medium.onHail(() => told++);
    for (let turn = 0; turn < 1000; turn++) air.advertise();
    assert.is(told, 1);
    for (let n = 2; n < 20_000; n++) air.hear(addressOf(n), hail());
    assert.ok(told < 1000, `${told} of 20000 were passed on`);
    assert.ok(medium.hails().length <= 1024);
    for (const length of [0, 11, 13, 24]) air.hear(addressOf(1), new Uint8Array(length));
    assert.ok(medium.hails().every(({ octets }) => octets.length === 12));
  });

  it("a device that shows itself ten times a second is heard among a thousand invented hails a second", () => {
    const clock = new ManualClock();
    const filter = new HailFilter(clock);
    const own = hail();
    // The first allowance of the crowd is used up.
    for (let n = 0; n < 1000; n++) filter.passes(addressOf(n), hail());
    const heardAt: number[] = [];
    let passed = 0;
    for (let ms = 0; ms < 30_000; ms++) {
      clock.advance(1);
      if (ms % 97 === 0 && filter.passes("0000000000aa", own)) heardAt.push(ms);
      if (filter.passes(addressOf(ms), hail())) passed++;
    }
    const gaps = heardAt.map((ms, at) => ms - (heardAt[at - 1] ?? 0));
    assert.ok(heardAt.length > 5 && Math.max(...gaps) < 4500, `heard at ${heardAt.join(", ")} ms`);
    assert.ok(passed <= 3001, `${passed} of 30000 invented ones passed`);
  });

  it("a device that cannot take a frame is refused by name", async () => {
    const air = new Air();
    const small: readonly Partial<AirDevice>[] = [{ mtu: 23 }, { mtu: 66 }, { largest: 63 }, { largest: 0 }, { mtu: 0 }];
    for (const [n, options] of small.entries()) air.devices.set(addressOf(n), echo(options));
    air.devices.set(addressOf(9), echo({ mtu: 67 }));
    air.devices.set(addressOf(10), echo({ mtu: 65_535, largest: 65_535 }));
    const medium = await start(air);
    for (const n of small.keys()) {
      const error = await throwsMesh(medium.open(peer(addressOf(n))), "ERR_LINK");
      assert.match(error.message, /too small packets .* needs 64 octets/);
      assert.match(error.hint, /MTU/);
    }
    assert.is(air.links.size, 0);
    assert.is((await medium.open(peer(addressOf(9)))).maxPacket, 64);
    assert.is((await medium.open(peer(addressOf(10)))).maxPacket, 512, "no attribute is longer");
  });

  it("a device that sends more than was agreed on, or without end, loses its connection and nobody else's", async () => {
    const air = new Air();
    for (const n of [1, 2, 3]) air.devices.set(addressOf(n), echo());
    const medium = await start(air);
    const streams: LinkStream[] = [];
    for (const n of [1, 2, 3]) streams.push(await medium.open(peer(addressOf(n))));
    const [long, flood, good] = streams as [LinkStream, LinkStream, LinkStream];
    const reasons = [ended(long), ended(flood)];
    air.notify(1, new Uint8Array(600));
    for (let n = 0; n < 3000; n++) air.notify(2, new Uint8Array(20));
    assert.match(String((await reasons[0])?.message), /packet of 600 octets/);
    assert.match(String((await reasons[1])?.message), /without end/);
    await eventually("two are given back", () => air.links.size === 1);
    const answer = next(good);
    await good.send(Uint8Array.of(7));
    assert.equal(await answer, Uint8Array.of(7));
  });

  it("floods of notifications, of one hail without end and of connections that end at once grow nothing, and an honest device is served in them", async () => {
    const air = new Air();
    for (const n of [1, 2]) air.devices.set(addressOf(n), echo());
    // One that lets go as soon as it is connected, and shows itself again.
    const again = hail();
    const letGo = (stream: LinkStream): void => {
      void stream.close();
      setImmediate(() => air.hear(addressOf(3), again));
    };
    air.devices.set(addressOf(3), echo({ attach: letGo }));
    const medium = await start(air);
    const good = await medium.open(peer(addressOf(1)));
    const own = hail();
    const round = async (): Promise<void> => {
      const flooding = await medium.open(peer(addressOf(2)));
      const [link = 0] = [...air.links].find(([, { address }]) => address === addressOf(2)) ?? [];
      for (let n = 0; n < 5000; n++) air.notify(link, new Uint8Array(182));
      for (let n = 0; n < 10_000; n++) air.hear(addressOf(2), own);
      assert.match(String((await ended(flooding))?.message), /without end/);
      for (let n = 0; n < 20; n++) await medium.open(peer(addressOf(3))).catch(() => undefined);
      const answer = next(good);
      await good.send(Uint8Array.of(7));
      assert.equal(await answer, Uint8Array.of(7));
    };
    await round();
    const before = living();
    for (let turn = 0; turn < 10; turn++) await round();
    const growth = living() - before;
    assert.ok(growth < 2e6, `${growth} octets, of 20 MB that it may be`);
    await eventually("the connections are given back", () => air.links.size === 1);
  });

  it("a device that goes away ends its stream; one that is not there is offline", async () => {
    const air = new Air();
    air.devices.set(addressOf(1), echo());
    const medium = await start(air);
    const stream = await medium.open(peer(addressOf(1)));
    const reason = ended(stream);
    air.drop(addressOf(1));
    assert.match(String((await reason)?.message), /went away/);
    await throwsMesh(stream.send(Uint8Array.of(1)), "ERR_LINK");
    await throwsMesh(medium.open(peer(addressOf(2))), "ERR_DEVICE_OFFLINE");
    assert.is(medium.status().state, "up");
  });

  for (const step of ["start", "scan", "connect", "write", "disconnect"] as const satisfies readonly Step[]) {
    for (const fault of ["hang", "fail", "end", "gone"] as const) {
      it(`an adapter that ${fault === "gone" ? "is pulled out" : `does: ${fault}`} at ${step} is replaced, and the device is reached again`, async () => {
        const air = new Air();
        const clock = new ManualClock();
        air.devices.set(addressOf(1), echo());
        const medium = new BleMedium({ make: () => air.radio(), links: 4, ...ports, clock });
        onCleanup(async () => {
          air.faults.clear();
          const stopped = medium.stop();
          for (let turn = 0; turn < 20; turn++) await pass(clock);
          await stopped;
        });
        const isEarly = step === "start" || step === "scan";
        if (isEarly) air.faults.set(step, fault);
        await medium.start();
        await pass(clock, 100);
        if (!isEarly) air.faults.set(step, fault);
        const tried = medium.open(peer(addressOf(1))).then(async (stream) => {
          await stream.send(Uint8Array.of(1));
          await stream.close();
        });
        const outcome = tried.then(
          () => "done",
          (error: { code: string }) => error.code,
        );
        for (let turn = 0; turn < 40; turn++) await pass(clock);
        assert.ok(["done", "ERR_ADAPTER", "ERR_DEVICE_OFFLINE", "ERR_LINK"].includes(await outcome), await outcome);
        air.faults.clear();
        for (let turn = 0; turn < 60 && medium.status().state !== "up"; turn++) await pass(clock);
        assert.is(medium.status().state, "up");
        const again = medium.open(peer(addressOf(1)));
        for (let turn = 0; turn < 5; turn++) {
          air.advertise();
          await pass(clock, 10);
        }
        const stream = await again;
        const answer = next(stream);
        await stream.send(Uint8Array.of(5));
        await pass(clock, 10);
        assert.equal(await answer, Uint8Array.of(5));
      });
    }
  }

  it("an adapter that is pulled out ends all streams, is told of, and serves again when it is back", async () => {
    const air = new Air();
    for (const n of [1, 2]) air.devices.set(addressOf(n), echo());
    const medium = await start(air);
    const streams = [await medium.open(peer(addressOf(1))), await medium.open(peer(addressOf(2)))];
    const reasons = streams.map(ended);
    air.faults.set("start", "fail");
    air.unplug();
    for (const reason of reasons) assert.match(String((await reason)?.message), /adapter failed: .*unplugged/);
    await eventually("it is down and says why", () => {
      const { state, detail } = medium.status();
      return state === "down" && /start failed \(restarted [1-9]/.test(detail ?? "");
    });
    await throwsMesh(medium.open(peer(addressOf(1))), "ERR_ADAPTER");
    air.faults.clear();
    await eventually("it is up again", () => medium.status().state === "up");
    assert.ok(await medium.open(peer(addressOf(1))));
  });

  it("an adapter that hears nobody has its scan begun again, is reset, and then called degraded until it hears somebody", async () => {
    const air = new Air();
    air.devices.set(addressOf(1), echo());
    const medium = await start(air, { silenceMs: 60 });
    air.isDeaf = true;
    await eventually("the scan begins again", () => air.calls.filter((name) => name === "scan").length >= 3);
    await eventually("the adapter is reset", () => air.calls.includes("reset"));
    await eventually("it is degraded", () => medium.status().state === "degraded");
    assert.match(medium.status().detail ?? "", /nothing is heard .*scan begun again 1, adapter reset [1-9]/);
    air.isDeaf = false;
    await eventually("it is up", () => {
      air.advertise();
      return medium.status().state === "up";
    });
  });

  it("a machine without an adapter is no fault, and one that comes later is used", async () => {
    const air = new Air();
    const clock = new ManualClock();
    let missing: string | undefined = "no Bluetooth adapter is attached";
    const medium = new BleMedium({ make: () => air.radio(), absent: async () => missing, links: 1, ...ports, clock });
    await medium.start();
    onCleanup(() => medium.stop());
    await settle();
    assert.equal(medium.status(), { state: "unavailable", detail: "no Bluetooth adapter is attached" });
    assert.is(air.radios, 0);
    missing = undefined;
    await pass(clock, 5500);
    assert.is(medium.status().state, "up");
  });

  for (const links of [1, 4]) {
    it(`twenty devices are served in turn over ${links} connection(s), each more than once, and none more at once`, async () => {
      const air = new Air();
      for (let n = 1; n <= 20; n++) air.devices.set(addressOf(n), echo());
      const medium = await start(air, { links, idleMs: 20 });
      const served = new Map<string, number>();
      let gaveWay = 0;
      let all: () => void = () => undefined;
      const everybodyOnce = new Promise<void>((resolve) => (all = resolve));
      const serve = async (address: string): Promise<void> => {
        for (let turn = 0; turn < 2; turn++) {
          const stream = await medium.open(peer(address));
          const end = ended(stream);
          const answer = next(stream);
          await stream.send(Uint8Array.of(turn));
          assert.equal(await answer, Uint8Array.of(turn));
          served.set(address, (served.get(address) ?? 0) + 1);
          // Kept open, as the hub does, until somebody else needs it.
          void end.then((reason) => (gaveWay += /gave way/.test(reason?.message ?? "") ? 1 : 0));
          if (served.size === 20) all();
          await Promise.race([end, everybodyOnce]);
          await stream.close();
        }
      };
      await Promise.all([...air.devices.keys()].map(serve));
      assert.equal([...served.values()], new Array(20).fill(2));
      assert.is(air.mostAtOnce, links);
      assert.ok(gaveWay >= 20 - links, `${gaveWay} gave way`);
    });
  }

  it("who gives up waiting leaves the line", async () => {
    const air = new Air();
    for (const n of [1, 2, 3]) air.devices.set(addressOf(n), echo());
    const medium = await start(air, { links: 1, idleMs: 60_000 });
    const first = await medium.open(peer(addressOf(1)));
    const cancel = new AbortController();
    const given = medium.open(peer(addressOf(2)), cancel.signal);
    const third = medium.open(peer(addressOf(3)));
    await pause(20);
    cancel.abort(new Error("enough"));
    assert.is(
      await given.then(
        () => "",
        (error: Error) => error.message,
      ),
      "enough",
    );
    await first.close();
    assert.is((await third).medium, "ble");
    assert.equal(air.connected, [addressOf(1), addressOf(3)]);
  });
});

/** Time that passes, and what it brings about. */
async function pass(clock: ManualClock, ms = 1000): Promise<void> {
  clock.advance(ms);
  await settle();
}
