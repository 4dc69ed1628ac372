/**
 * A device that goes, or falls silent, at each packet of its onboarding: every scan ends, with the device connected or with a sentence that says which
 * step failed and what to do, and the next scan of an honest device connects it.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LinkStream } from "../../../src/link/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { collect, makeBulb, startHub, startWorld, type World } from "../../kit/hub.ts";
import { type Attach, MemoryMedium } from "../../kit/memory-medium.ts";

type Fault = "goes" | "falls silent";

/** More than an onboarding takes, so that the last ones are onboardings without a fault. */
const packets = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16] as const;

/** The medium of devices that fail at a packet, counted over all their streams and both ways. */
class FaultyMedium extends MemoryMedium {
  readonly #faults = new Map<string, { left: number; readonly fault: Fault }>();

  fail(address: string, after: number, fault: Fault): void {
    this.#faults.set(address, { left: after, fault });
  }

  heal(): void {
    this.#faults.clear();
  }

  override join(address: string, attach: Attach, hails: readonly Uint8Array[]): void {
    super.join(address, (stream) => attach(this.#faulty(address, stream)), hails);
  }

  #faulty(address: string, stream: LinkStream): LinkStream {
    /** False for a packet that does not arrive. */
    const passes = (): boolean => {
      const known = this.#faults.get(address);
      if (known === undefined) return true;
      known.left -= 1;
      if (known.left > 0) return true;
      if (known.fault === "falls silent") return false;
      // It goes once, and comes back as devices do.
      this.#faults.delete(address);
      void stream.close();
      return false;
    };
    return new Proxy(stream, {
      get(target, name) {
        if (name === "send") return async (packet: Uint8Array) => (passes() ? target.send(packet) : undefined);
        if (name === "onPacket") return (listener: (packet: Uint8Array) => void) => target.onPacket((packet) => passes() && listener(packet));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

describe("a device that leaves its onboarding", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  for (const fault of ["goes", "falls silent"] as const) {
    it(
      `${fault} at each packet: the scan ends, says why, and the next one connects it`,
      async () => {
        const medium = new FaultyMedium(ports.clock);
        const dir = join(world.dir, `parting-${fault.replace(" ", "-")}`);
        mkdirSync(dir);
        const times = { findSeconds: 3, offerSeconds: 20, meetSeconds: 8 };
        const hub = await startHub({ context: world.hubContext, media: [medium], dir: join(dir, "hub"), times });
        onCleanup(() => hub.stop());
        const outcomes: string[] = [];
        const scan = async (uri: string, mayFail: boolean, at: number): Promise<boolean> => {
          const last = (await collect(hub.onboarding.onboard({ uri }))).at(-1);
          if (last?.step === "register" && last.state === "done") return true;
          assert.is(last?.state, "failed", `packet ${at}: the scan ended without a word`);
          assert.ok(mayFail, `packet ${at}: an honest device was not connected: ${last?.step} ${last?.error?.message}`);
          assert.ok((last?.error?.message ?? "").startsWith(`${last?.step}: `), last?.error?.message);
          assert.ok((last?.error?.hint ?? "").length > 10, `packet ${at}: what to do`);
          outcomes.push(`${at} ${last?.step} ${last?.error?.code}`);
          return false;
        };
        const devices = await Promise.all(
          packets.map(async (at) => {
            const made = await world.preconfigure();
            const bulb = makeBulb({ dir: join(dir, `bulb-${at}`), address: `${fault} ${at}`, medium, made });
            medium.fail(bulb.address, at, fault);
            bulb.on();
            return { at, made, bulb, isConnected: await scan(made.uri, true, at) };
          }),
        );
        console.log(
          `${fault}: ${devices.filter(({ isConnected }) => isConnected).length} of ${devices.length} connected at once; ${outcomes.join(", ")}`,
        );
        if (fault === "falls silent") assert.ok(outcomes.length >= 8, outcomes.join(", "));
        medium.heal();
        for (const { at, made, bulb } of devices) {
          bulb.on();
          assert.ok(await scan(made.uri, false, at));
          assert.is(bulb.core.status().mode, "linked");
        }
        assert.equal(hub.onboarding.running, []);
      },
      { timeoutMs: 240_000 },
    );
  }
});
