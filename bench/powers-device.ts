/**
 * What a device and its hub do together over the hub's own MQTT broker: an agreement to open an order, a signature of a report, with the TypeScript
 * device's own code at the one end and the hub's halves at the other; and what crosses the link for it. Both ends in one process: times are of both.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { baseKeys, freshKeys } from "../firmware-stubs/virtual/image/own-key.ts";
import { halvesOf } from "../firmware-stubs/virtual/power/halves.ts";
import { openSealedWithHub, signWithHub } from "../firmware-stubs/virtual/power/with-hub.ts";
import { systemClock as clock } from "../src/base/clock.ts";
import { silentLog as log } from "../src/base/log.ts";
import { systemRandom as random } from "../src/base/random.ts";
import { encodeObjectB } from "../src/codec/index.ts";
import { SharedKeys } from "../src/hub/device/shared-keys.ts";
import { LinkResponder, type LinkSession, type LinkStream, sealToComposite } from "../src/link/index.ts";
import { DeviceReport, privateKeyDataOf } from "../src/schema/index.ts";
import { meshAccessPolicy } from "../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../src/transport/mqtt/broker/broker.ts";
import { MqttDevice } from "../src/transport/mqtt/mqtt-device.ts";
import { MqttMedium } from "../src/transport/mqtt/mqtt-medium.ts";
import { lockHouse } from "../test/kit/lock-house.ts";
import { linkLinked } from "../test/kit/owner.ts";
import { figureOf, openTable } from "./kit/figure.ts";

const turns = Number(process.env.MESH_BENCH_POWERS_DEVICE ?? 300);
const warmUp = 20;

const house = await lockHouse();
const slot = house.device.image.active;
if (!slot) throw new Error("the lock is not connected");
const halves = halvesOf(baseKeys(house.made.seed), slot);
const dir = mkdtempSync(join(tmpdir(), "mesh-bench-powers-device-"));
const policy = meshAccessPolicy({ authenticate: async () => "unknown", ownerRights: () => ({ publish: [], subscribe: [] }) });
// Nobody meets more packets a second than this bench sends: a stranger's quota would be what is measured.
const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: dir, policy, clock, log });
await broker.start();
const medium = new MqttMedium({ broker, clock, log });
await medium.start();

/** Octets of frames that crossed the link, each way. */
const crossed = { up: 0, down: 0 };
function counted(stream: LinkStream): LinkStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name === "send") {
        return (packet: Uint8Array) => {
          crossed.up += packet.length;
          return target.send(packet);
        };
      }
      if (name === "onPacket") {
        return (listener: (packet: Uint8Array) => void) =>
          target.onPacket((packet) => {
            crossed.down += packet.length;
            listener(packet);
          });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

const session = await new Promise<LinkSession>((resolve, reject) => {
  let hails = 0;
  medium.onHail(({ peer }) => {
    // The first is of CONNECT, the second says that the device listens.
    if (++hails !== 2) return;
    const link = async (): Promise<void> => {
      const linked = await linkLinked(await medium.open(peer), house.holding, house.hub, house.dealt);
      const activation = {
        DealEpoch: house.dealt.epoch,
        EncryptShare: privateKeyDataOf(house.dealt.hubShares.encryption),
        SignatureShare: privateKeyDataOf(house.dealt.hubShares.signature),
      };
      const known = { udf: house.made.deviceUdf, connection: house.connection, activation } as unknown as ConstructorParameters<
        typeof SharedKeys
      >[0]["device"];
      const quota = { perSecond: 10_000, burst: 10_000 };
      const keys = new SharedKeys({ device: known, accountUdf: house.owner.accountUdf, clock, random, quota });
      linked.onMessage(async (message) => {
        if (message.tag === "Agree") return { tag: "Agreed", value: { Share: keys.agree(message.value.Ephemeral) } };
        if (message.tag === "Sign") return { tag: "Commitment", value: { Commitment: await keys.begin(message.value.Body) } };
        if (message.tag === "Signature") await keys.complete(message.value);
        return { tag: "Result", value: { Result: "Accept" } };
      });
    };
    link().catch(reject);
  });
  const device = new MqttDevice({
    url: `mqtt://127.0.0.1:${broker.status().port}`,
    hails: () => [random.bytes(12)],
    onStream: (stream) =>
      void new LinkResponder({
        stream: counted(stream),
        identity: () => ({ local: freshKeys(slot).link, id: house.made.deviceUdf }),
        selectPsk: () => house.dealt.psk,
        description: () => undefined,
        onSession: resolve,
        clock,
        random,
      }),
    clock,
    random,
    log,
  });
  device.start();
});

/** Times of something done again and again, and the octets of one. */
async function timed(task: () => Promise<void>): Promise<{ readonly times: number[]; readonly up: number; readonly down: number }> {
  const times: number[] = [];
  for (let turn = 0; turn < turns + warmUp; turn += 1) {
    if (turn === warmUp) Object.assign(crossed, { up: 0, down: 0 });
    const begun = performance.now();
    await task();
    if (turn >= warmUp) times.push(performance.now() - begun);
    await clock.sleep(60);
  }
  return { times, up: Math.round(crossed.up / turns), down: Math.round(crossed.down / turns) };
}

const table = openTable("powers-device");
const prologue = new Uint8Array(8);
const sealed = sealToComposite({ recipient: halves.whole.encryption, prologue, plaintext: new Uint8Array(600), random });
const body = encodeObjectB(DeviceReport, {
  AccountUdf: house.owner.accountUdf,
  DeviceUdf: house.made.deviceUdf,
  DealEpoch: house.dealt.epoch,
  Sequence: 1,
  Values: [
    { Name: "Locked", Value: false },
    { Name: "Battery", Value: 97 },
  ],
});
const bar = { better: "less" as const, median: 15 };
const agreed = await timed(async () => void (await openSealedWithHub({ session, halves, sealed, prologue })));
table.add(figureOf("Agree over MQTT: an order is opened", "ms", agreed.times, { bar, note: `${agreed.up} octets up, ${agreed.down} down` }));
const signed = await timed(async () => {
  if (!(await signWithHub({ session, halves, body, random }))) throw new Error("not signed");
});
table.add(
  figureOf("Sign and Signature over MQTT: a report is signed", "ms", signed.times, { bar, note: `${signed.up} octets up, ${signed.down} down` }),
);
process.stdout.write(`
| what the device computes      | multiplications of a point                        | octets up and down |
|-------------------------------|---------------------------------------------------|--------------------|
| Agree (opening)               | 1 of a point                                      | ${agreed.up} + ${agreed.down} |
| Sign (a report)               | 1 of the base point                               | ${signed.up} + ${signed.down} |
| an order, judged and reported | 1 of a point, 1 of the base, 2 verifications      | the sum, and the order |
`);
await broker.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);
