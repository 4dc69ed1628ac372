/** Who may do what at the broker: extensions §9 and docs/design.md §11 (a hostile MQTT client must not read, inject, evict or exhaust). */

import { utf8 } from "../../src/base/bytes.ts";
import { defaultAllowances, meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { connectPacket, linked, login, newTag, owner, packet, pause, RawClient, startBroker, testAccess } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

describe("access rules of the broker", (it) => {
  it("lets in by tag only, without will, session or wrong password", async () => {
    const { port } = (await startBroker()).status();
    assert.is(await login(port, { id: newTag() }), 0);
    assert.is(await login(port, { id: newTag(), ...linked }), 0);
    assert.is(await login(port, { id: "reader", ...owner }), 0);
    assert.is(await login(port, { id: "visitor" }), 5);
    assert.is(await login(port, { id: newTag().toUpperCase().replace(/^./, "A") }), 5, "lower case only");
    assert.is(await login(port, { id: `${newTag()}00` }), 5);
    assert.is(await login(port, { id: "+" }), 5);
    assert.is(await login(port, { id: newTag(), willTopic: "mesh/hail" }), 5, "no will");
    assert.is(await login(port, { id: newTag(), ...linked, willTopic: "mesh/hail" }), 5, "no will");
    assert.is(await login(port, { id: newTag(), clean: false }), 5, "no session");
    assert.is(await login(port, { id: newTag(), username: "linked", password: "guess" }), 5);
    assert.is(await login(port, { id: newTag(), username: "linked" }), 5);
    assert.is(await login(port, { id: newTag(), username: "somebody", password: "x" }), 5);
    assert.is(await login(port, { id: newTag(), ...owner }), 5, "an owner's client cannot stand in a device's place");
  });

  it("devices reach their own topics and no other", async () => {
    const broker = await startBroker();
    const { port } = broker.status();
    const heard: string[] = [];
    broker.subscribe("#", ({ topic, from }) => heard.push(`${topic} ${from}`));
    for (const credentials of [{}, linked]) {
      const [tag, other] = [newTag(), newTag()];
      const open = () => RawClient.login(port, { id: tag, ...credentials });
      for (const topic of ["mesh/hail", `mesh/hail/${tag}`, `mesh/${tag}/up`]) {
        const client = await open();
        client.publish({ topic, qos: 1 });
        assert.ok(await client.next(4), topic);
        assert.ok(heard.includes(`${topic} ${tag}`), topic);
        client.socket.end(packet(0xe0, new Uint8Array()));
        await client.whenClosed();
      }
      for (const topic of [
        `mesh/${other}/up`,
        `mesh/${tag}/down`,
        `mesh/${other}/down`,
        `mesh/hail/${other}`,
        "home/lamp",
        "mesh/hail/",
        `mesh/${tag}/up/x`,
        "$SYS/x",
      ]) {
        const client = await open();
        client.publish({ topic, qos: 1 });
        await client.whenClosed();
        assert.is(await client.next(4), undefined, topic);
        assert.not.ok(
          heard.some((line) => line.startsWith(`${topic} `)),
          topic,
        );
      }
      const retaining = await open();
      retaining.publish({ topic: `mesh/${tag}/up`, retain: true });
      await retaining.whenClosed();
      const client = await open();
      assert.is(await client.subscribe(`mesh/${tag}/down`), 1);
      for (const filter of [
        "#",
        "+/+/+",
        "mesh/#",
        `mesh/${tag}/#`,
        `mesh/${tag}/+`,
        `mesh/${other}/down`,
        `mesh/${tag}/up`,
        "mesh/hail",
        "$SYS/#",
      ]) {
        assert.is(await client.subscribe(filter), 128, filter);
      }
    }
    assert.is(broker.status().retained, 0);
  });

  it("nobody takes the place of a live client without better proof", async () => {
    const { port } = (await startBroker()).status();
    const tag = newTag();
    const unknown = await RawClient.login(port, { id: tag });
    assert.is(await login(port, { id: tag }), 5, "unknown against unknown");
    const device = await RawClient.login(port, { id: tag, ...linked });
    await unknown.whenClosed();
    assert.is(await login(port, { id: tag }), 5, "unknown against device");
    assert.is(device.closed, false);
    const again = await RawClient.login(port, { id: tag, ...linked });
    await device.whenClosed();
    again.publish({ topic: `mesh/${tag}/up`, qos: 1 });
    assert.ok(await again.next(4), "a device replaces its own stale connection");
    again.socket.destroy();
    await pause(50);
    assert.is(await login(port, { id: tag }), 0, "the place is free when its holder has left");
  });

  it("of two logins at the same moment one wins", async () => {
    const slow = {
      ...testAccess,
      authenticate: (credentials: Parameters<typeof testAccess.authenticate>[0]) => pause(50).then(() => testAccess.authenticate(credentials)),
    };
    const { port } = (await startBroker({ policy: meshAccessPolicy(slow) })).status();
    const tag = newTag();
    const codes = await Promise.all([login(port, { id: tag }), login(port, { id: tag })]);
    assert.equal(codes.sort(), [0, 5]);
  });

  it("an owner's client with the right to everything sees nothing of the device link", async () => {
    const broker = await startBroker();
    const { port } = broker.status();
    const reader = await RawClient.login(port, { id: "reader", ...owner });
    assert.is(await reader.subscribe("#"), 1);
    assert.is(await reader.subscribe("mesh/hail"), 128);
    const tag = newTag();
    const device = await RawClient.login(port, { id: tag });
    device.publish({ topic: `mesh/${tag}/up`, qos: 1 });
    await broker.publish({ topic: `mesh/${tag}/down`, payload: utf8("secret") });
    await broker.publish({ topic: "home/lamp", payload: utf8("on") });
    assert.is(await reader.message(), "home/lamp on");
    const writer = await RawClient.login(port, { id: "writer", ...owner });
    writer.publish({ topic: `mesh/${tag}/down`, retain: true, qos: 1 });
    await writer.whenClosed();
  });

  it("retained commands are refused from the hub's own parts too", async () => {
    const broker = await startBroker();
    await throwsMesh(broker.publish({ topic: `mesh/${newTag()}/down`, payload: utf8("x"), retain: true }), "ERR_USAGE");
  });

  it("stored messages and sessions are checked again at delivery", async () => {
    let rights = ["home/#"];
    const policy = meshAccessPolicy({ ...testAccess, ownerRights: () => ({ publish: ["#"], subscribe: rights }) });
    const broker = await startBroker({ policy });
    const { port } = broker.status();
    const reader = await RawClient.login(port, { id: "reader", clean: false, ...owner });
    await reader.subscribe("home/secret");
    assert.is(await reader.subscribe("other/x"), 128);
    reader.socket.destroy();
    await pause(50);
    await broker.publish({ topic: "home/secret", payload: utf8("1") });
    rights = ["home/open"];
    const again = await RawClient.login(port, { id: "reader", clean: false, ...owner });
    await again.subscribe("home/open");
    await broker.publish({ topic: "home/secret", payload: utf8("2") });
    await broker.publish({ topic: "other/x", payload: utf8("3") });
    await broker.publish({ topic: "home/open", payload: utf8("4") });
    assert.is(await again.message(), "home/open 4");
  });

  it("a flood of packets or octets ends the connection", async () => {
    const allowances = { ...defaultAllowances, unknown: { ...defaultAllowances.unknown, packets: { perSecond: 1, burst: 20 } } };
    const { port } = (await startBroker({ policy: meshAccessPolicy({ ...testAccess, allowances }) })).status();
    const quick = await RawClient.login(port, { id: newTag() });
    for (let index = 0; index < 30; index++) quick.send(packet(0xc0, new Uint8Array()));
    await quick.whenClosed();
    const tag = newTag();
    const heavy = await RawClient.login((await startBroker()).status().port, { id: tag });
    for (let index = 0; index < 80; index++) heavy.publish({ topic: `mesh/${tag}/up`, payload: new Uint8Array(8000) });
    await heavy.whenClosed();
  });

  it("survives malformed packets", async () => {
    const broker = await startBroker();
    const { port } = broker.status();
    const bad = [
      Uint8Array.of(0x10, 0x00),
      Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x01),
      packet(0x10, utf8("\0\u0004MQTX")),
      connectPacket({ id: "" }),
      connectPacket({ id: "\0" }),
      new Uint8Array(64).fill(0x30),
    ];
    for (const octets of bad) {
      const client = new RawClient(port);
      client.send(octets);
      client.socket.end();
      await client.whenClosed();
    }
    const device = await RawClient.login(port, { id: newTag() });
    for (const octets of [packet(0x82, new Uint8Array()), packet(0x32, Uint8Array.of(0, 200)), packet(0xf0, new Uint8Array())]) device.send(octets);
    await device.whenClosed();
    await eventually("broker.status().clients === 0", () => broker.status().clients === 0);
    assert.is(await login(port, { id: newTag() }), 0);
  });
});
