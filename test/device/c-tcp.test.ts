/** The firmware in C (firmware-stubs/posix) over TCP: the lock here, every class by `npm run test:device`; strangers, and a memory that is damaged. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { pause } from "../kit/broker.ts";
import { newImage } from "../kit/device.ts";
import { makeDevice } from "../kit/owner.ts";
import { behavesAs } from "./classes.ts";
import { DeviceUnderTest } from "./device-under-test.ts";
import { posix } from "./implementation.ts";
import { startReach } from "./reach.ts";

const firmware = posix();

behavesAs(firmware, "tcp", ["lock"]);

async function connected() {
  const missing = firmware.missing("light");
  skipUnless(missing === undefined, missing ?? "");
  const device = new DeviceUnderTest({ implementation: firmware, className: "light", reach: await startReach("tcp") });
  await device.powerOn();
  return { device, session: (await device.connect()).session };
}

/** A neighbour who opens connections until the test is over, and says nothing on them. @returns how many there were */
function crowd(port: number): () => number {
  const sockets = new Set<Socket>();
  let opened = 0;
  const open = (): void => {
    const [oldest] = sockets;
    if (sockets.size >= 64) oldest?.destroy();
    const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    sockets.add(socket);
    socket.on("connect", () => opened++);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  const timer = setInterval(() => {
    for (let count = 0; count < 16; count++) open();
  }, 2);
  onCleanup(() => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  });
  return () => opened;
}

describe("the firmware in C", (it) => {
  it("says what is wrong with its flags and its image, and does not begin anew over another program's memory", () => {
    const missing = firmware.missing("light");
    skipUnless(missing === undefined, missing ?? "");
    const [program = ""] = firmware.program("light") ?? [];
    const run = (...flags: string[]) => spawnSync(program, flags, { encoding: "utf8", input: "" });
    const used = newImage(makeDevice());
    writeFileSync(join(used, "lock-a"), "what a device in TypeScript keeps");
    for (const [flags, said] of [
      [["--dance"], /error: there is no flag --dance\nhint: device --image DIR/],
      [["--image", tempDirectory()], /error: the image has no factory.jbcd: \/.+\nhint: .*device preconfig/],
      [["--image", used], /error: the image is in use by a device in TypeScript.*\nhint: .*device preconfig/],
    ] as const) {
      const { status, stderr } = run(...flags);
      assert.is(status, 2);
      assert.match(stderr, said);
    }
    const { status, stdout } = run("--help");
    assert.is(status, 0);
    assert.match(stdout, /^usage: device --image DIR/);
  });

  it(
    "keeps its hub's session among strangers who come without end, and is met again",
    async () => {
      const { device, session } = await connected();
      const opened = crowd(Number(device.process.events.find(({ event }) => event === "ready")?.port));
      while (opened() < 100) await pause(10);
      await session.request("Ping", {}, { timeoutMs: 30_000 });
      assert.not(session.isClosed);
      await session.close();
      assert.ok(await Promise.race([device.link(), pause(20_000)]), `met again among ${opened()} connections of a stranger`);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "starts with the copy of its memory that is whole, and where neither is not as a device that has no owner",
    async () => {
      const { device, session } = await connected();
      await session.close();
      const damage = async (name: string): Promise<void> => {
        await device.process.kill();
        const path = join(device.dir, name);
        const octets = readFileSync(path);
        octets[64] = (octets[64] ?? 0) ^ 1;
        writeFileSync(path, octets);
      };
      await damage("state-a");
      await device.powerOn();
      await damage("state-b");
      await throwsMesh(() => device.powerOn(), "ERR_DEVICE_OFFLINE");
    },
    { timeoutMs: 120_000 },
  );
});
