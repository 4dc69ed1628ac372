/** The broker with TLS: who trusts its authority logs in by MQTT's own library, what is no TLS gets nothing, and handshakes take places like connections. */
import { createServer } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { connect as connectTls } from "node:tls";
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { issueServer, makeAuthority } from "../../src/crypto/index.ts";
import type { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { connectMqtt } from "../../src/transport/mqtt/mqtt-connection.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { login, newTag, owner, RawClient, startBroker } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

const from = Date.now() - 86_400_000;
const authority = makeAuthority({ commonName: "a hub", names: ["hub-test.local"], from, days: 30, random: systemRandom });
const issue = () => issueServer(authority, { names: ["hub-test.local"], addresses: ["127.0.0.1"], from, days: 30, random: systemRandom });
const stranger = makeAuthority({ commonName: "a stranger", names: ["hub-test.local"], from, days: 30, random: systemRandom });

const portOf = (broker: MeshBroker): number => broker.status().tlsPort ?? 0;

async function secured(options: Parameters<typeof startBroker>[0] = {}): Promise<MeshBroker> {
  const broker = await startBroker({ tlsPort: 0, ...options });
  await broker.secure(issue());
  return broker;
}

const client = (broker: MeshBroker, ca: string, onMessage: (topic: string) => void = () => undefined) =>
  connectMqtt({ url: `mqtts://127.0.0.1:${portOf(broker)}`, ca, clientId: "reader", ...owner, onMessage, onClose: () => undefined });

/** A connection over TLS that says nothing yet; what came of its handshake, and how it ended. */
function handshake(broker: MeshBroker, more: ConnectionOptions = {}) {
  const socket = connectTls({ host: "127.0.0.1", port: portOf(broker), ca: authority.certificate, servername: "hub-test.local", ...more });
  let ended = false;
  socket
    .on("error", () => undefined)
    .on("close", () => {
      ended = true;
    });
  onCleanup(() => void socket.destroy());
  const shown = new Promise<string>((resolve) => {
    socket.once("secureConnect", () => resolve(socket.getPeerX509Certificate()?.serialNumber ?? "")).once("close", () => resolve("refused"));
  });
  return { socket, shown, hasEnded: () => ended };
}

describe("the broker over TLS", (it) => {
  it("serves who trusts its authority, under the same rules, and tells both doors the same", async () => {
    const broker = await secured();
    const heard: string[] = [];
    const connection = await client(broker, authority.certificate, (topic) => heard.push(topic));
    onCleanup(() => connection.close());
    await connection.subscribe(["home/#"]);
    const plain = await RawClient.login(broker.status().port, { id: "writer", ...owner });
    plain.publish({ topic: "home/lamp", qos: 1 });
    await eventually("what is said in clear is heard", () => heard.includes("home/lamp"));
    await plain.subscribe("home/plug");
    await connection.publish("home/plug", utf8("on"));
    assert.is(await plain.message(), "home/plug on");
    await throwsMesh(
      connectMqtt({
        ...{ url: `mqtts://127.0.0.1:${portOf(broker)}`, ca: authority.certificate, clientId: newTag(), username: "owner", password: "guess" },
        ...{ onMessage: () => undefined, onClose: () => undefined },
      }),
      "ERR_NOT_AUTHORIZED",
    );
    await throwsMesh(client(broker, stranger.certificate), "ERR_VERIFICATION");
    broker.disconnect("reader");
    await eventually("a client of TLS can be sent away", () => broker.status().clients === 1);
  });

  it("has no port before there is a certificate, and shows another one without losing who is there", async () => {
    const broker = await startBroker({ tlsPort: 0 });
    assert.is(broker.status().tlsPort, undefined);
    await broker.secure(issue());
    const port = portOf(broker);
    const staying = await client(broker, authority.certificate);
    onCleanup(() => staying.close());
    const first = await handshake(broker).shown;
    await broker.secure(issue());
    assert.is(portOf(broker), port);
    assert.is.not(await handshake(broker).shown, first);
    await staying.publish("home/lamp", utf8("on"));
    await throwsMesh(broker.secure({ ...issue(), key: authority.key }), "ERR_CONFIG");
    const taken = createServer().listen(0, "127.0.0.1");
    onCleanup(() => void taken.close());
    await eventually("a port is taken", () => taken.listening);
    const other = await startBroker({ tlsPort: (taken.address() as { port: number }).port });
    assert.match((await throwsMesh(other.secure(issue()), "ERR_CONFIG")).hint ?? "", /mqtt\.tls\.port/);
  });

  it("answers no MQTT in clear at that port, and no version of TLS that is broken", async () => {
    const broker = await secured();
    assert.is(await login(portOf(broker), { id: newTag() }), "closed");
    const old = handshake(broker, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    assert.is(await old.shown, "refused");
    assert.is(broker.status().clients, 0);
    assert.ok(broker.status().refused >= 2);
  });

  it("gives handshakes places of those who have proven nothing, and ends what says nothing in time", async () => {
    const broker = await secured({ limits: { total: 64, perNetwork: 64, rate: { burst: 64, everyMs: 1 }, unproven: 4 }, connectDeadlineMs: 400 });
    const connection = await client(broker, authority.certificate);
    onCleanup(() => connection.close());
    const waiting = Array.from({ length: 6 }, () => handshake(broker));
    await eventually("the oldest make room", () => waiting.filter(({ hasEnded }) => hasEnded()).length >= 2);
    await connection.publish("home/lamp", utf8("on"));
    await eventually("nobody waits for longer than the deadline", () => waiting.every(({ hasEnded }) => hasEnded()));
    const last = handshake(broker);
    await last.shown;
    await broker.stop();
    await eventually("all connections end with the broker", () => last.hasEnded());
  });
});
