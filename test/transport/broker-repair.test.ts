/** The repairs that stock aedes 1.2 needs: each shown as a fault of stock aedes first, then as absent from our broker. */

import { connect } from "node:net";
import mqtt from "mqtt";
import { concat, uintBytes } from "../../src/base/bytes.ts";
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { connectPacket, newTag, pause, ports, RawClient, startBroker, startStock, testAccess } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

/** Median milliseconds of a command and its answer, QoS 1 both ways, between two clients. */
async function roundTrip(port: number, noDelay: boolean): Promise<number> {
  const client = async (clientId: string) => {
    const options = { clientId, username: "owner", password: "owner", reconnectPeriod: 0, protocolVersion: 4 } as const;
    const made = new mqtt.MqttClient(() => connect({ port, host: "127.0.0.1", noDelay }), options);
    onCleanup(() => void made.end(true));
    await new Promise((resolve, reject) => made.once("connect", resolve).once("error", reject));
    return made;
  };
  const [asker, answerer] = [await client("asker"), await client("answerer")];
  await answerer.subscribeAsync("home/set", { qos: 1 });
  await asker.subscribeAsync("home/state", { qos: 1 });
  answerer.on("message", () => answerer.publish("home/state", "on", { qos: 1 }));
  const times: number[] = [];
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    const answered = new Promise((resolve) => asker.once("message", resolve));
    asker.publish("home/set", "on", { qos: 1 });
    await answered;
    times.push(performance.now() - start);
    await pause(20);
  }
  return times.sort((a, b) => a - b)[6] ?? Number.NaN;
}

/** Sends the head of a 256 MB packet and 2 MB of it; true when the broker took all of it and stays. */
async function swallows(port: number, first: Uint8Array, type: number): Promise<boolean> {
  const client = new RawClient(port);
  if (first.length > 0) {
    client.send(first);
    await client.next(2);
  }
  client.send(concat(Uint8Array.of(type), Uint8Array.of(0xff, 0xff, 0xff, 0x7f)));
  client.send(new Uint8Array(2 * 1024 * 1024));
  await eventually("the octets are on their way, or refused", () => client.closed || client.socket.writableLength === 0);
  // A broker that refuses has closed by then; of one that takes all, nothing more is to be seen.
  for (const end = performance.now() + 2000; !client.closed && performance.now() < end; ) await pause(20);
  return !client.closed;
}

/** True when a client that publishes to `$SYS` throws another one out. */
async function evicts(port: number): Promise<boolean> {
  const victim = await RawClient.login(port, { id: "victim", username: "owner", password: "owner" });
  const attacker = await RawClient.login(port, { id: "attacker", username: "owner", password: "owner" });
  attacker.publish({ topic: "$SYS/other/new/clients", payload: "victim" });
  await pause(300);
  return victim.closed;
}

describe("repairs of aedes 1.2", (it) => {
  it("(a) QoS 1 round trips do not wait for delayed acknowledgements", async () => {
    const stock = await roundTrip(await startStock(), false);
    const ours = await roundTrip((await startBroker()).status().port, true);
    assert.ok(stock > 30, `stock aedes was expected to be slow, was ${stock} ms`);
    assert.ok(ours < stock, `${ours} ms against ${stock} ms`);
  });

  it("(b) a huge first packet of any type is refused at its header", async () => {
    const stock = await startStock();
    const ours = (await startBroker()).status().port;
    for (const type of [0x30, 0x10]) {
      assert.is(await swallows(stock, new Uint8Array(), type), true, `stock takes type ${type}`);
      assert.is(await swallows(ours, new Uint8Array(), type), false, `ours refuses type ${type}`);
    }
  });

  it("(b) an unknown client may not announce a huge packet after CONNECT either", async () => {
    const login = connectPacket({ id: newTag() });
    assert.is(await swallows(await startStock(), login, 0x30), true);
    assert.is(await swallows((await startBroker()).status().port, login, 0x30), false);
  });

  it("(b) a connection without CONNECT is closed after its deadline", async () => {
    const stock = new RawClient(await startStock());
    const ours = new RawClient((await startBroker({ connectDeadlineMs: 200 })).status().port);
    for (const client of [stock, ours]) client.send(Uint8Array.of(0x10, 0x7f));
    await ours.whenClosed();
    assert.is(stock.closed, false);
  });

  it("(b) connections per address are limited", async () => {
    const limits = { total: 10, perNetwork: 3, rate: { everyMs: 10, burst: 100 } };
    const [stock, ours] = [await startStock(), (await startBroker({ limits })).status().port];
    const survivors = async (port: number) => {
      const clients = Array.from({ length: 5 }, () => new RawClient(port));
      await pause(300);
      return clients.filter(({ closed }) => !closed).length;
    };
    assert.is(await survivors(stock), 5);
    assert.is(await survivors(ours), 3);
  });

  it("(c) $SYS stays closed although the broker has rules of its own", async () => {
    const authorizePublish = (_client: unknown, _packet: unknown, done: (error?: Error | null) => void) => done(null);
    assert.is(await evicts(await startStock({ authorizePublish })), true);
    assert.is(await evicts((await startBroker()).status().port), false);
    const allowance = { maxPacket: 1024 };
    const everything = { standing: "owner", allowance, mayPublish: () => true, maySubscribe: () => true, mayReceive: () => true } as const;
    const policy = { beforeConnect: allowance, admit: async () => everything };
    assert.is(await evicts((await startBroker({ policy })).status().port), false, "whatever the policy allows");
  });

  it("(d) a retained message outlives the broker", async () => {
    const publish = async (port: number) => {
      const client = await RawClient.login(port, { id: "writer", username: "owner", password: "owner" });
      client.publish({ topic: "home/lamp", payload: "on", qos: 1, retain: true });
      await client.next(4);
    };
    const read = async (port: number) => {
      const client = await RawClient.login(port, { id: "reader", username: "owner", password: "owner" });
      await client.subscribe("home/lamp");
      return Promise.race([client.message(), pause(300)]);
    };
    await publish(await startStock());
    assert.is(await read(await startStock()), undefined, "stock aedes forgets");
    const broker = await startBroker();
    await publish(broker.status().port);
    await broker.stop();
    await broker.start();
    assert.is(await read(broker.status().port), "home/lamp on");
  });

  it("says so when it cannot listen, and starts when it can", async () => {
    const first = await startBroker();
    const { port } = first.status();
    const second = new MeshBroker({ host: "127.0.0.1", port, dataDir: tempDirectory(), policy: meshAccessPolicy(testAccess), ...ports });
    await throwsMesh(second.start(), "ERR_CONFIG");
    assert.is(second.status().state, "down");
    assert.match(second.status().detail ?? "", /in use by another program/);
    await first.stop();
    await second.start();
    onCleanup(() => second.stop());
    assert.is(second.status().state, "up");
  });

  it("takes packets of 16 kB before and 1 MB after the login of its owner, and not one octet more", async () => {
    const { port } = (await startBroker()).status();
    const bodyOf = (length: number) => ({ topic: "home/x", payload: new Uint8Array(length - 2 - 6 - 2), qos: 1, messageId: 7 }) as const;
    const tag = newTag();
    const upOf = (length: number) => ({ topic: `mesh/${tag}/up`, payload: new Uint8Array(length - 2 - 32 - 2), qos: 1, messageId: 7 }) as const;
    const owner = await RawClient.login(port, { id: "o", username: "owner", password: "owner" });
    owner.publish(bodyOf(1024 * 1024));
    assert.equal((await owner.next(4))?.body, uintBytes(7, 2));
    owner.publish(bodyOf(1024 * 1024 + 1));
    await owner.whenClosed();
    const unknown = await RawClient.login(port, { id: tag });
    unknown.publish(upOf(16 * 1024));
    assert.equal((await unknown.next(4))?.body, uintBytes(7, 2));
    unknown.publish(upOf(16 * 1024 + 1));
    await unknown.whenClosed();
  });
});
