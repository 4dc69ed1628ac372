/** Virtual devices as processes: over TCP and MQTT, with faults, an impostor, and what an outsider sees of the process. */

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join as pathOf } from "node:path";
import { startVirtualDevice, type VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { encodeBase64url } from "../../src/codec/index.ts";
import type { LinkStream } from "../../src/link/index.ts";
import { describe as askDescription, matchesHail } from "../../src/link/index.ts";
import { mqttPassword } from "../../src/schema/index.ts";
import { splitHails } from "../../src/transport/medium.ts";
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MqttMedium } from "../../src/transport/mqtt/mqtt-medium.ts";
import { packetsOf } from "../../src/transport/tcp/tcp-stream.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh, within } from "../harness/suite.ts";
import { startBroker } from "../kit/broker.ts";
import { listen, newImage } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { dealTo, hold, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, readContribution } from "../kit/owner.ts";

const alice = makeOwner("alice@example.com");

async function start(imageDir: string, options: Partial<Parameters<typeof startVirtualDevice>[0]> = {}): Promise<VirtualDevice> {
  const args = ["--no-mdns", ...(options.args ?? [])];
  const device = await startVirtualDevice({ imageDir, medium: "tcp", ...options, args });
  onCleanup(async () => {
    await device.kill();
  });
  return device;
}

/** A connection to a device that listens, and the hails it shows first. */
async function dial(device: VirtualDevice): Promise<{ stream: LinkStream; hails: readonly Uint8Array[] }> {
  const { port } = await device.status();
  const socket = connectSocket({ host: "127.0.0.1", port: Number(port) });
  const stream = packetsOf(socket, systemClock);
  onCleanup(() => stream.close());
  const hails = await within(3000, new Promise<Uint8Array>((resolve) => stream.onPacket(resolve)));
  return { stream, hails: splitHails(hails) ?? [] };
}

describe("virtual device process", (it) => {
  it(
    "is connected over TCP, killed, and goes on",
    async () => {
      const made = makeDevice();
      const dir = newImage(made);
      const hub = makeHub();
      const device = await start(dir);
      assert.is((await device.status()).deviceUdf, made.deviceUdf);
      await device.send("button");
      const first = await dial(device);
      assert.ok(matchesHail(made.factory.KHail, first.hails[0]!));
      const session = await linkOnboard(first.stream, made, hub);
      const contribution = readContribution((await session.request("Describe", {})).Contribution, made);
      assert.is(contribution.Presence, true);
      const holding = hold(alice, made, contribution);
      const dealt = dealTo(holding, hub, 1);
      const stored = await session.request("Deliver", { Sealed: dealt.sealed });
      assert.is(stored.Result, "Accept", stored.ErrorReport);
      const linked = await linkLinked(first.stream, holding, hub, dealt);
      const seen = listen(linked);
      await device.waitFor("accepted", { from: 0 });
      const switched = device.events.length;
      await device.send("switch on");
      await device.waitFor("changed", { from: switched });
      await eventually("report", () => seen.some((message) => message.tag === "State" && message.value.Cause === "switch"));
      await throwsMesh(device.send("set Brightness 400"), "ERR_COMMAND");
      await throwsMesh(device.send("dance"), "ERR_COMMAND");

      await device.send("fault lose-power-at-write 1");
      await linked.request("Command", { Command: "Set", Arguments: [{ Name: "Brightness", Value: 5 }] }, { timeoutMs: 2000 }).catch(() => undefined);
      assert.is(await within(5000, device.exited), 86);
      await throwsMesh(device.status(), "ERR_DEVICE_OFFLINE");

      const again = await start(dir);
      const { mode, values } = (await again.status()) as { mode?: unknown; values?: Record<string, unknown> };
      assert.equal([mode, values?.On, values?.Brightness], ["linked", true, 100]);
      const { stream, hails } = await dial(again);
      assert.ok(matchesHail(dealt.hailKey, hails[0]!));
      const later = await linkLinked(stream, holding, hub, dealt);
      assert.is((await later.request("Ping", {})).State?.Values[0]?.Value, true);
      await again.send("fault lie");
      assert.is((await later.request("Ping", {})).State?.Values[0]?.Value, false);
      assert.is(await again.stop(), 0);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "shows an empty environment, its image and its program, and nothing of a hub",
    async () => {
      const dir = newImage(makeDevice());
      const device = await start(dir);
      const { pid } = device.process;
      assert.is(
        readFileSync(`/proc/${pid}/environ`, "utf8")
          .split("\0")
          .filter((entry) => entry !== "")
          .join(),
        "",
      );
      const files = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
        } catch {
          // Closed since it was listed.
          return [];
        }
      });
      assert.equal(
        files.filter((file) => file.startsWith("/") && !file.startsWith("/dev/") && !file.startsWith("/proc/")),
        [],
      );
      const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
      assert.not.match(maps, /src\/(hub|account|provider)/);
      assert.equal(
        readdirSync(dir).filter((name) => !/^(factory\.jbcd|(slot|lock|memory|powered)-[ab])$/.test(name)),
        [],
      );
    },
    { timeoutMs: 40_000 },
  );

  it(
    "finds its way over MQTT, back after a lost network, under another tag",
    async () => {
      const broker = await startBroker();
      const medium = new MqttMedium({ broker, clock: systemClock, log: silentLog });
      await medium.start();
      onCleanup(() => medium.stop());
      const made = makeDevice();
      const hub = makeHub();
      const device = await start(newImage(made), { medium: "mqtt", broker: `127.0.0.1:${broker.status().port}` });
      const peer = () => medium.hails().find(({ octets }) => matchesHail(made.factory.KHail, octets))?.peer;
      await eventually("hail", () => peer() !== undefined);
      const address = peer()!.address;
      const stream = await medium.open(peer()!);
      assert.equal(await askDescription({ stream, clock: systemClock, timeoutMs: 2000 }), made.factory.SealedDescription);
      const session = await linkOnboard(stream, made, hub);
      await session.request("Describe", {});

      const from = device.events.length;
      await device.send("fault lose-network 200");
      await eventually("closed", () => session.isClosed);
      await device.waitFor("hail", { from });
      await eventually("another tag", () =>
        medium.hails().some(({ octets, peer: { address: other } }) => other !== address && matchesHail(made.factory.KHail, octets)),
      );
      assert.is(await device.stop(), 0);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "logs in at its hub's broker once connected, and comes as a stranger to one that does not know it",
    async () => {
      const logins: string[] = [];
      let psk: Uint8Array | undefined;
      const policy = meshAccessPolicy({
        authenticate: async ({ tag, username, password }) => {
          const known = psk !== undefined && password !== undefined && equalBytes(password, utf8(encodeBase64url(mqttPassword(psk, tag))));
          const standing = username === undefined ? "unknown" : known ? "device" : undefined;
          logins.push(standing ?? "refused");
          return standing;
        },
      });
      const broker = await startBroker({ policy });
      const medium = new MqttMedium({ broker, clock: systemClock, log: silentLog });
      await medium.start();
      onCleanup(() => medium.stop());
      const made = makeDevice();
      const hub = makeHub();
      const dir = newImage(made);
      const options = { medium: "mqtt", broker: `127.0.0.1:${broker.status().port}` } as const;
      const device = await start(dir, options);
      const hailing = (key: Uint8Array) => medium.hails().find(({ octets }) => matchesHail(key, octets))?.peer;
      await eventually("hail", () => hailing(made.factory.KHail) !== undefined);
      const stream = await medium.open(hailing(made.factory.KHail)!);
      const session = await linkOnboard(stream, made, hub);
      const contribution = readContribution((await session.request("Describe", {})).Contribution, made);
      const holding = hold(alice, made, contribution);
      const dealt = dealTo(holding, hub, 1);
      await session.request("Deliver", { Sealed: dealt.sealed });
      await eventually("both hails", () => hailing(dealt.hailKey) !== undefined);
      assert.equal(hailing(dealt.hailKey), hailing(made.factory.KHail), "over the same connection");
      listen(await linkLinked(stream, holding, hub, dealt));
      await device.waitFor("accepted", { from: 0 });
      assert.equal(logins, ["unknown"]);
      await device.kill();

      psk = dealt.psk;
      const again = await start(dir, options);
      await eventually("login", () => logins.length > 1);
      assert.is(logins[1], "device");
      await again.kill();
      psk = undefined;
      await start(dir, options);
      await eventually("stranger", () => logins.at(-1) === "unknown");
      assert.equal(logins.slice(2), ["refused", "refused", "unknown"]);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "an impostor with a recorded hail and description fails at the link",
    async () => {
      const made = makeDevice();
      const genuine = await start(newImage(made));
      const { stream, hails } = await dial(genuine);
      const recorded = pathOf(tempDirectory(), "description");
      writeFileSync(recorded, await askDescription({ stream, clock: systemClock, timeoutMs: 2000 }));
      const hail = Buffer.from(hails[0]!).toString("hex");
      const impostor = await start(tempDirectory(), { args: ["--impostor", "--replay-hail", hail, "--replay-description", recorded] });
      const met = await dial(impostor);
      assert.ok(matchesHail(made.factory.KHail, met.hails[0]!), "its hail looks right");
      assert.equal(await askDescription({ stream: met.stream, clock: systemClock, timeoutMs: 2000 }), made.factory.SealedDescription);
      await throwsMesh(linkOnboard(met.stream, made, makeHub()), "ERR_LINK");

      const plain = await start(tempDirectory(), { args: ["--impostor", "--replay-hail", hail] });
      const other = await dial(plain);
      assert.not.equal(await askDescription({ stream: other.stream, clock: systemClock, timeoutMs: 2000 }), made.factory.SealedDescription);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "says what is wrong with its flags and its image",
    async () => {
      for (const [options, text] of [
        [{ imageDir: tempDirectory() }, /no factory.jbcd/],
        [{ imageDir: tempDirectory(), args: ["--port", "x"] }, /--port x/],
        [{ imageDir: tempDirectory(), args: ["--dance"] }, /dance/],
      ] as const) {
        const error = await throwsMesh(start(options.imageDir, options), "ERR_DEVICE_OFFLINE");
        assert.match(error.message, text);
        assert.match(error.message, /hint:/);
      }
    },
    { timeoutMs: 40_000 },
  );

  it(
    "a sensor drifts, senses motion, and reports each event",
    async () => {
      const device = await start(newImage(makeDevice("sensor")), { args: ["--interval", "20", "--seed", "3"] });
      await device.waitFor("changed", { from: 0 });
      await device.send("set Motion true");
      assert.is(((await device.status()).values as Record<string, unknown>).Motion, true);
    },
    { timeoutMs: 40_000 },
  );
});
