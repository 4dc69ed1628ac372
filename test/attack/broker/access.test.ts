/**
 * A hostile client that is let in, or nearly: foreign topics, wildcards, `$SYS`, names that look like filters, the place of another client,
 * and what a client whose rights were taken away has left behind. Raw sockets against the real broker.
 */

import { concat, toHex, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import { meshAccessPolicy } from "../../../src/transport/mqtt/broker/access-policy.ts";
import type { MeshBroker } from "../../../src/transport/mqtt/broker/broker.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import {
  connectPacket,
  type Login,
  linked,
  login,
  messageText,
  newTag,
  owner,
  packet,
  pause,
  publishPacket,
  RawClient,
  startBroker,
  testAccess,
} from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";

/** A broker whose owners have rights that the test can take away. */
async function revocable(dataDir = tempDirectory()): Promise<{ broker: MeshBroker; port: number; rights: Map<string, string[]> }> {
  const rights = new Map([
    ["alice", ["home/#"]],
    ["mallory", ["home/#"]],
  ]);
  const policy = meshAccessPolicy({
    ...testAccess,
    authenticate: async ({ username }) => (username !== undefined && rights.has(username) ? "owner" : undefined),
    ownerRights: (username) => ({ publish: rights.get(username) ?? [], subscribe: rights.get(username) ?? [] }),
  });
  const broker = await startBroker({ policy, dataDir });
  return { broker, port: broker.status().port, rights };
}

const as = (username: string) => ({ username, password: "x" });

/** Publishes and waits until it was taken, or refused. */
async function taken(client: RawClient, topic: string, options: { retain?: boolean; qos?: 0 | 1 | 2 } = {}): Promise<boolean> {
  const { qos = 1, retain = false } = options;
  client.publish({ topic, qos, retain, payload: "mallory was here" });
  if (qos === 0) return true;
  if ((await client.next(qos === 1 ? 4 : 5)) === undefined) return false;
  if (qos === 1) return true;
  client.send(packet(0x62, uintBytes(1, 2)));
  return (await client.next(7)) !== undefined;
}

/** Everything a client gets within a moment. */
async function inbox(client: RawClient): Promise<string[]> {
  await pause(80);
  return client.received
    .splice(0)
    .filter(({ type }) => type === 3)
    .map(messageText);
}

describe("attack on the broker: topics of others", (it) => {
  for (const [who, credentials] of [
    ["an unknown client", {}],
    ["a stolen device", linked],
  ] as const) {
    it(`${who} hears nothing of another device, by any filter`, async () => {
      const broker = await startBroker();
      const { port } = broker.status();
      const [own, other] = [newTag(), newTag()];
      const victim = await RawClient.login(port, { id: other, ...linked });
      await victim.subscribe(`mesh/${other}/down`);
      const spy = await RawClient.login(port, { id: own, ...credentials });
      const filters = [
        ...[
          "#",
          "+",
          "+/#",
          "+/+/+",
          "mesh/#",
          "mesh/+/down",
          "mesh/+/up",
          `mesh/${other}/#`,
          `mesh/${other}/down`,
          `mesh/${own}/+`,
          `+/${own}/down`,
        ],
        ...[
          "$SYS/#",
          "$SYS/+/new/clients",
          "$share/x/#",
          "$share/g/mesh/+/down",
          "/mesh/+/down",
          `mesh/${own}/down/#`,
          `mesh//${own}/down`,
          "mesh/hail/#",
        ],
      ];
      for (const filter of filters) assert.is(await spy.subscribe(filter), 128, filter);
      // Many in one packet, the own topic among them: each is judged for itself.
      const text = (value: string) => concat(uintBytes(value.length, 2), utf8(value));
      const subscriptions = [`mesh/${other}/down`, `mesh/${own}/down`, "#"].flatMap((filter) => [text(filter), Uint8Array.of(1)]);
      spy.send(packet(0x82, concat(uintBytes(3, 2), ...subscriptions)));
      assert.equal((await spy.next(9))?.body.slice(2), Uint8Array.of(128, 1, 128));
      await broker.publish({ topic: `mesh/${other}/down`, payload: utf8("for the victim") });
      victim.publish({ topic: `mesh/${other}/up`, payload: "from the victim", qos: 1 });
      await broker.publish({ topic: "home/lamp", payload: utf8("on"), retain: true });
      assert.is(await victim.message(), `mesh/${other}/down for the victim`);
      assert.equal(await inbox(spy), []);
    });

    it(`${who} says nothing in another one's name, and nothing that stays`, async () => {
      const broker = await startBroker();
      const { port } = broker.status();
      const other = newTag();
      const heard: string[] = [];
      broker.subscribe("#", ({ topic }) => !topic.startsWith("$SYS/") && heard.push(topic));
      const victim = await RawClient.login(port, { id: other, ...linked });
      await victim.subscribe(`mesh/${other}/down`);
      const tag = newTag();
      const topics = [
        ...[
          `mesh/${other}/up`,
          `mesh/${other}/down`,
          `mesh/hail/${other}`,
          `mesh/${tag}/down`,
          `mesh/${tag}/up/`,
          `/mesh/${tag}/up`,
          `mesh/${tag.toUpperCase()}/up`,
        ],
        ...["$SYS/x/new/clients", "$SYS/other/new/clients", "$share/g/mesh", "$", "home/lamp", "mesh", "mesh/", "mesh/hail/x"],
      ].filter((topic) => topic !== `mesh/${tag}/up`);
      for (const topic of topics) {
        for (const qos of [0, 1, 2] as const) {
          const liar = await RawClient.login(port, { id: newTag() === tag ? newTag() : tag, ...credentials });
          liar.publish({ topic, qos, payload: other });
          await liar.whenClosed();
          await eventually("broker.status().clients === 1", () => broker.status().clients === 1);
        }
      }
      const keeper = await RawClient.login(port, { id: tag, ...credentials });
      keeper.publish({ topic: `mesh/${tag}/up`, qos: 1, retain: true });
      await keeper.whenClosed();
      assert.equal(heard, []);
      assert.equal(await inbox(victim), []);
      assert.is(victim.closed, false, "$SYS messages of a client have no power");
      assert.is(broker.status().retained, 0);
    });
  }

  it("names that look like filters are not let in", async () => {
    const any = meshAccessPolicy({
      authenticate: async ({ username }) => (username === undefined ? "unknown" : "owner"),
      ownerRights: () => ({ publish: ["#"], subscribe: ["#"] }),
    });
    const { port } = (await startBroker({ policy: any })).status();
    for (const name of ["+", "#", "a/b", "+/+", "a#", "../owner", "$SYS/#", "mesh/+/down"]) {
      assert.is(await login(port, { id: name, ...owner }), 5, `client id ${name}`);
      assert.is(await login(port, { id: name }), 5, `client id ${name} without a login`);
      assert.is(await login(port, { id: "reader", username: name, password: "x" }), 5, `user name ${name}`);
    }
    assert.is(await login(port, { id: "reader", username: "somebody", password: "x" }), 0);
  });
});

describe("attack on the broker: the place of another client", (it) => {
  it("a live device is not displaced, nor its stream disturbed, by whoever knows its tag", async () => {
    const broker = await startBroker();
    const { port } = broker.status();
    const tag = newTag();
    const device = await RawClient.login(port, { id: tag, ...linked });
    await device.subscribe(`mesh/${tag}/down`);
    const wrong: Partial<Login>[] = [
      {},
      { username: "linked", password: "guess" },
      { username: "linked" },
      { username: "owner", password: "owner" },
      { username: "Linked", password: "device" },
      { willTopic: `mesh/${tag}/up` },
      { clean: false },
      { ...linked, clean: false },
      { ...linked, willTopic: "mesh/hail" },
    ];
    for (const claim of wrong) assert.is(await login(port, { id: tag, ...claim }), 5, JSON.stringify(claim));
    // All at once, and while the broker thinks about it.
    const codes = await Promise.all(Array.from({ length: 20 }, () => login(port, { id: tag })));
    assert.equal(new Set(codes), new Set([5]));
    await broker.publish({ topic: `mesh/${tag}/down`, payload: utf8("still yours") });
    assert.is(await device.message(), `mesh/${tag}/down still yours`);
  });

  it("the session of an absent client is not taken or emptied by a refused login under its name", async () => {
    const { broker, port } = await revocable();
    const alice = await RawClient.login(port, { id: "alices-tablet", clean: false, ...as("alice") });
    await alice.subscribe("home/lamp");
    alice.socket.destroy();
    await eventually("broker.status().clients === 0", () => broker.status().clients === 0);
    for (const clean of [true, false]) {
      for (const claim of [{}, as("nobody")]) assert.is(await login(port, { id: "alices-tablet", clean, ...claim }), 5);
    }
    await broker.publish({ topic: "home/lamp", payload: utf8("on") });
    const again = new RawClient(port);
    again.send(connectPacket({ id: "alices-tablet", clean: false, ...as("alice") }));
    assert.equal((await again.next(2))?.body, Uint8Array.of(1, 0), "the session is present");
    assert.is(await again.message(), "home/lamp on");
  });

  it("a refused login under its name does not make a message of quality 2 pass twice", async () => {
    const broker = await startBroker();
    const { port } = broker.status();
    const heard: string[] = [];
    broker.subscribe("home/door", ({ payload }) => heard.push(Buffer.from(payload).toString()));
    const once = publishPacket({ topic: "home/door", payload: "open", qos: 2, messageId: 9 });
    const sender = await RawClient.login(port, { id: "sender", clean: false, ...owner });
    sender.send(once);
    assert.ok(await sender.next(5));
    for (const claim of [{}, { username: "owner", password: "guess" }]) assert.is(await login(port, { id: "sender", ...claim }), 5);
    await pause(50);
    sender.send(publishPacket({ topic: "home/door", payload: "open", qos: 2, messageId: 9, dup: true }));
    assert.ok(await sender.next(5));
    sender.send(packet(0x62, uintBytes(9, 2)));
    assert.ok(await sender.next(7));
    assert.equal(heard, ["open"]);
  });
});

describe("attack on the broker: after rights were revoked", (it) => {
  it("a live client publishes and hears nothing more", async () => {
    const { broker, port, rights } = await revocable();
    const mallory = await RawClient.login(port, { id: "mallory", ...as("mallory") });
    assert.is(await mallory.subscribe("home/#"), 1);
    assert.ok(await taken(mallory, "home/lamp"));
    await inbox(mallory);
    rights.set("mallory", []);
    await broker.publish({ topic: "home/lamp", payload: utf8("secret") });
    assert.equal(await inbox(mallory), []);
    assert.is(await mallory.subscribe("home/door"), 128);
    assert.is(await taken(mallory, "home/lamp"), false);
  });

  it("its stored session gets nothing, neither what waited nor what is retained", async () => {
    const { broker, port, rights } = await revocable();
    const mallory = await RawClient.login(port, { id: "mallory", clean: false, ...as("mallory") });
    await mallory.subscribe("home/#");
    mallory.socket.destroy();
    await eventually("broker.status().clients === 0", () => broker.status().clients === 0);
    await broker.publish({ topic: "home/lamp", payload: utf8("waited") });
    await broker.publish({ topic: "home/door", payload: utf8("retained"), retain: true });
    rights.set("mallory", ["home/radio"]);
    const again = await RawClient.login(port, { id: "mallory", clean: false, ...as("mallory") });
    await again.subscribe("home/radio");
    await broker.publish({ topic: "home/lamp", payload: utf8("later") });
    await broker.publish({ topic: "home/radio", payload: utf8("on") });
    assert.equal(await inbox(again), ["home/radio on"]);
  });

  for (const qos of [0, 1, 2] as const) {
    it(`what it had retained at quality ${qos} is not given out, also after a restart`, async () => {
      const dataDir = tempDirectory();
      const { broker, port, rights } = await revocable(dataDir);
      const mallory = await RawClient.login(port, { id: "mallory", ...as("mallory") });
      assert.ok(await taken(mallory, "home/door", { retain: true, qos }));
      const alice = await RawClient.login(port, { id: "alice", ...as("alice") });
      assert.ok(await taken(alice, "home/lamp", { retain: true }));
      await eventually("broker.status().retained === 2", () => broker.status().retained === 2);
      const reader = await RawClient.login(port, { id: "reader", ...as("alice") });
      await reader.subscribe("home/#");
      assert.is((await inbox(reader)).length, 2, "while it had the right");
      rights.set("mallory", []);
      const later = await RawClient.login(port, { id: "later", ...as("alice") });
      await later.subscribe("home/#");
      assert.equal(await inbox(later), ["home/lamp mallory was here"]);
      await broker.stop();
      await broker.start();
      const restarted = await RawClient.login(broker.status().port, { id: "restarted", ...as("alice") });
      await restarted.subscribe("home/#");
      assert.equal(await inbox(restarted), ["home/lamp mallory was here"]);
    });

    it(`its will of quality ${qos} is not published, nor retained`, async () => {
      const { broker, port, rights } = await revocable();
      const alice = await RawClient.login(port, { id: "alice", ...as("alice") });
      await alice.subscribe("home/#");
      const ended = async (id: string): Promise<void> => {
        const client = await loginWithWill(port, { id, topic: `home/${id}`, qos });
        if (id === "late") rights.set("mallory", []);
        client.socket.destroy();
        await eventually("broker.status().clients === 1", () => broker.status().clients === 1);
      };
      await ended("early");
      await ended("late");
      assert.equal(await inbox(alice), ["home/early gone"], "the will of the time before is the control");
      await eventually("broker.status().retained === 1", () => broker.status().retained === 1);
      const reader = await RawClient.login(port, { id: "reader", ...as("alice") });
      await reader.subscribe("home/#");
      assert.equal(await inbox(reader), [], "what the earlier will retained is void now, too");
    });
  }

  it("a client that is thrown out cannot come back under its old session", async () => {
    const { broker, port, rights } = await revocable();
    const mallory = await RawClient.login(port, { id: "mallory", clean: false, ...as("mallory") });
    await mallory.subscribe("home/#");
    rights.delete("mallory");
    broker.disconnect("mallory");
    await mallory.whenClosed();
    assert.is(await login(port, { id: "mallory", clean: false, ...as("mallory") }), 5);
    await broker.publish({ topic: "home/lamp", payload: utf8("secret") });
    assert.equal(
      mallory.received.filter(({ type }) => type === 3),
      [],
    );
  });
});

/** Logs in with a retained will. */
async function loginWithWill(port: number, will: { id: string; topic: string; qos: 0 | 1 | 2 }): Promise<RawClient> {
  const text = (value: string) => concat(uintBytes(value.length, 2), utf8(value));
  const fields = [will.id, will.topic, "gone", "mallory", "x"].map(text);
  const client = new RawClient(port);
  client.send(packet(0x10, concat(text("MQTT"), Uint8Array.of(4, 2 | 4 | (will.qos << 3) | 32 | 192, 0, 60), ...fields)));
  assert.is(toHex((await client.next(2))?.body ?? new Uint8Array()), "0000");
  return client;
}
