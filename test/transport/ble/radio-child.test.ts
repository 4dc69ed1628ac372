/** The radio process may die at any line, say anything, or hang: the hub ends it, says why, and starts another. No Bluetooth is used. */

import { packagePath } from "../../../src/base/package-root.ts";
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import { RadioChild } from "../../../src/transport/ble/radio-child.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { pause, ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { living } from "../../kit/living-memory.ts";
import { nodeWords } from "../../kit/node-words.ts";

const script = packagePath("test/transport/ble/scripted-radio.ts");
const program = (...words: string[]) => [...nodeWords(script), ...words];
const unused = { package: "@abandonware/noble", dutyPercent: 50, env: process.env, log: ports.log } as const;
const peer = { medium: "ble", address: "0000000000aa" } as const;

/** A medium whose first radio process misbehaves and whose others do not. */
async function start(...words: string[]): Promise<{ medium: BleMedium; started: () => number }> {
  let started = 0;
  const make = () => new RadioChild({ ...unused, program: program(...(started++ === 0 ? words : [])) });
  const medium = new BleMedium({ make, links: 2, ...ports });
  await medium.start();
  onCleanup(() => medium.stop());
  return { medium, started: () => started };
}

/** Connects, speaks, and lets go, until it has worked once. */
async function use(medium: BleMedium): Promise<void> {
  await eventually("a device is spoken with", async () => {
    try {
      const stream = await medium.open(peer);
      await stream.send(Uint8Array.of(1));
      await stream.close();
      return true;
    } catch {
      return false;
    }
  });
}

describe("radio process", (it) => {
  // start, scan, connect, write, disconnect.
  for (const at of [0, 1, 2, 3, 4]) {
    for (const fault of ["die", "exit", "junk", "unknown", "half", "endless"]) {
      it(
        `${fault} at call ${at + 1}: another one is started and serves`,
        async () => {
          const { medium, started } = await start(fault, String(at));
          await use(medium);
          await eventually("it was replaced", () => started() >= 2 && medium.status().state === "up");
          await use(medium);
          assert.is(medium.hails().length, 1);
        },
        { timeoutMs: 120_000 },
      );
    }
  }

  it(
    "one that tells without end grows nothing in the hub by more than 20 MB, and is still used",
    async () => {
      const { medium, started } = await start("floods", "1");
      await eventually("hails come", () => medium.hails().length > 100);
      const before = living();
      for (let second = 0; second < 5; second++) {
        await pause(1000);
        await use(medium);
      }
      const growth = living() - before;
      assert.ok(growth < 20e6, `${growth} octets`);
      assert.ok(medium.hails().length <= 1024);
      assert.equal([started(), medium.status().state], [1, "up"]);
    },
    { timeoutMs: 120_000 },
  );

  it("what it wrote last is the reason that the owner sees", async () => {
    const medium = new BleMedium({ make: () => new RadioChild({ ...unused, program: program("exit") }), links: 1, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    await eventually("it says why", () => /ended \(status 3\): Error: no such device/.test(medium.status().detail ?? ""));
    assert.is(medium.status().state, "down");
  });

  it("one that does not end when it should is ended", async () => {
    const { medium } = await start("deaf-to-end");
    await eventually("it is up", () => medium.status().state === "up");
    await medium.stop();
    assert.is(medium.status().state, "down");
  });

  it("gets none of the hub's secrets by its environment", async () => {
    const child = new RadioChild({
      ...unused,
      env: { ...process.env, MESH_HUB_SECRET: "x", CREDENTIALS_DIRECTORY: "/run/x" },
      program: ["-e", "console.error('Error: ' + Object.keys(process.env)); process.exit(1)"],
    });
    let reason = "";
    await child
      .start({ heard: () => undefined, alive: () => undefined, packet: () => undefined, closed: () => undefined, ended: (why) => (reason = why) })
      .catch(() => undefined);
    await child.stop();
    assert.match(reason, /PATH/);
    assert.not.match(reason, /SECRET|CREDENTIALS/);
  });
});
