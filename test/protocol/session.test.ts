/** Sessions: tickets, counters, replays, cookies, garbage, a hostile service. */
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { decodeObject, encodeObject } from "../../src/codec/index.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { HandshakeState } from "../../src/link/index.ts";
import {
  CookieJar,
  dnsOf,
  findService,
  HelloRequest,
  MeshClient,
  Response as MeshResponse,
  maxPacketOctets,
  packet,
  packetKind,
  SessionResponder,
  serviceUrl,
  sessionProtocol,
  startSession,
} from "../../src/protocol/index.ts";
import { SessionRequest, sessionPrologue } from "../../src/protocol/session/handshake.ts";
import { ReplayWindow } from "../../src/protocol/session/replay-window.ts";
import { movableClock } from "../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { startDns } from "../kit/dns.ts";
import { clientOf, Person, random, startService } from "../kit/service.ts";

function pair(clock: Clock = systemClock) {
  const host = generatePrivateKey("X448", random);
  const link = generatePrivateKey("X448", random);
  const responder = new SessionResponder({ host, hostUdf: "MHOST", serviceUdf: "MSERVICE", clock, random });
  const start = (account?: string) => startSession({ link, host: host.public, serviceUdf: "MSERVICE", random, ...(account && { account }) });
  return { host, link, responder, start };
}

const post = (url: string, body: Uint8Array, type = "application/octet-stream") =>
  fetch(`${url}/.well-known/mmm`, { method: "POST", headers: { "content-type": type }, body: new Uint8Array(body) });

describe("protocol: session", (it) => {
  it("carries requests and responses, and names the caller", () => {
    const { link, responder, start } = pair();
    const handshake = start("alice@example.com");
    const session = handshake.finish(responder.handshake(handshake.message).subarray(1));
    const sealed = session.seal(utf8("question"));
    const opened = responder.open(sealed.octets)!;
    assert.is(new TextDecoder().decode(opened.plain), "question");
    assert.is(opened.caller.linkUdf, link.public.udf);
    assert.is(opened.caller.account, "alice@example.com");
    assert.ok(equalBytes(opened.caller.handshakeHash, session.handshakeHash));
    assert.is(new TextDecoder().decode(sealed.open(opened.seal(utf8("answer")))), "answer");
  });

  it("refuses a replayed counter, takes others in any order", async () => {
    const { responder, start } = pair();
    const handshake = start();
    const session = handshake.finish(responder.handshake(handshake.message).subarray(1));
    const [first, second] = [session.seal(utf8("1")), session.seal(utf8("2"))];
    assert.ok(responder.open(second.octets));
    assert.ok(responder.open(first.octets));
    await throwsMesh(() => responder.open(first.octets), "ERR_REPLAY");
    assert.not(equalBytes(first.octets, second.octets));
    const window = new ReplayWindow(2);
    assert.ok(window.accept("a", 500n));
    assert.not(window.accept("a", 300n), "too old to tell");
    assert.ok(window.accept("a", 373n));
    assert.not(window.accept("a", 373n));
    assert.ok(window.accept("b", 1n) && window.accept("c", 1n));
    assert.ok(window.accept("a", 500n), "the oldest session was forgotten");
  });

  it("refuses any changed octet of a request or response", async () => {
    const { responder, start } = pair();
    const handshake = start();
    const session = handshake.finish(responder.handshake(handshake.message).subarray(1));
    const request = session.seal(utf8("question"));
    const answer = responder.open(request.octets)!.seal(utf8("answer"));
    for (let i = 1; i < answer.length; i++) {
      const changed = answer.slice();
      changed[i]! ^= 1;
      await throwsMesh(() => request.open(changed), "ERR_VERIFICATION");
    }
    await throwsMesh(() => session.seal(utf8("question")).open(answer), "ERR_VERIFICATION");
    for (let i = 1; i < request.octets.length; i++) {
      const changed = request.octets.slice();
      changed[i]! ^= 1;
      let opened: unknown;
      try {
        opened = responder.open(changed);
      } catch (error) {
        assert.is((error as Error).name, "MeshError");
      }
      assert.is(opened, undefined, `octet ${i}`);
    }
  });

  it("ends tickets after two hours, and their keys after one hour and one of grace", () => {
    const clock = movableClock();
    const { responder, start } = pair(clock);
    const open = () => {
      const handshake = start();
      return handshake.finish(responder.handshake(handshake.message).subarray(1));
    };
    const early = open();
    clock.ahead = 90 * 60_000;
    assert.ok(responder.open(early.seal(utf8("x")).octets), "grace");
    clock.ahead = 121 * 60_000;
    assert.is(responder.open(early.seal(utf8("x")).octets), undefined);
    assert.ok(responder.open(open().seal(utf8("x")).octets));
    assert.is(pair().responder.open(early.seal(utf8("x")).octets), undefined, "another host's key");
  });

  it("makes a handshake fail for another host, service or link key", async () => {
    const { host, link, responder } = pair();
    const other = generatePrivateKey("X448", random);
    for (const options of [
      { host: other.public, serviceUdf: "MSERVICE" },
      { host: host.public, serviceUdf: "MOTHER" },
    ]) {
      const handshake = startSession({ link, random, ...options });
      await throwsMesh(() => responder.handshake(handshake.message), "ERR_VERIFICATION");
    }
    // A true static key, and the name of another one in the payload.
    const noise = new HandshakeState({
      protocol: sessionProtocol,
      role: "initiator",
      prologue: sessionPrologue("MSERVICE"),
      local: link,
      remote: host.public,
      random,
    });
    const liar = noise.writeMessage(encodeObject(SessionRequest, { Link: other.public.octets }));
    await throwsMesh(() => responder.handshake(liar), "ERR_VERIFICATION");
    await throwsMesh(() => responder.handshake(new Uint8Array(100)), "ERR_VERIFICATION");
    await throwsMesh(() => responder.handshake(new Uint8Array(5000)), "ERR_TOO_LARGE");
  });

  it("makes cookies for one address, message and half minute", () => {
    const clock = movableClock();
    const jar = new CookieJar({ clock, random });
    const message = random.bytes(200);
    const cookie = jar.make("192.0.2.1", message);
    assert.ok(jar.check(cookie, "192.0.2.1", message));
    assert.not(jar.check(cookie, "192.0.2.2", message));
    assert.not(jar.check(cookie, "192.0.2.1", random.bytes(200)));
    assert.not(new CookieJar({ clock, random }).check(cookie, "192.0.2.1", message));
    clock.ahead = 31_000;
    assert.not(jar.check(cookie, "192.0.2.1", message));
  });
});

describe("protocol: client and host", (it) => {
  it("answers a cookie under load, and refuses an address that asks too often", async () => {
    const { service } = await startService({ limits: { cookieBurst: 0, cookieEveryMs: 1e9, handshakeBurst: 2, handshakeEveryMs: 1e9 } });
    const kinds: number[] = [];
    const client = () =>
      new MeshClient({
        url: service.url,
        link: generatePrivateKey("X448", random),
        clock: systemClock,
        random,
        fetch: async (url, init) => {
          kinds.push(new Uint8Array(init.body as Uint8Array)[0]!);
          return fetch(url, init);
        },
      });
    await client().handshakeHash();
    assert.equal(
      kinds.filter((kind) => kind !== 0x7b),
      [packetKind.handshake, packetKind.cookie],
    );
    await client().handshakeHash();
    await throwsMesh(client().handshakeHash(), "ERR_SERVICE_UNREACHABLE");
  });

  it("keeps its pin: another service under the address is refused", async () => {
    const [one, two] = [await startService(), await startService()];
    const client = new MeshClient({
      url: two.service.url,
      link: generatePrivateKey("X448", random),
      serviceUdf: one.service.udf,
      clock: systemClock,
      random,
    });
    await throwsMesh(client.hello(), "ERR_VERIFICATION");
    await throwsMesh(client.handshakeHash(), "ERR_VERIFICATION");
    const pinned = new MeshClient({
      url: one.service.url,
      link: generatePrivateKey("X448", random),
      serviceUdf: one.service.udf,
      clock: systemClock,
      random,
    });
    await pinned.hello();
    assert.is(pinned.profileService!.signer.udf, one.service.udf);
  });

  it("handshakes again after a restart, and says when nobody answers", async () => {
    const { service, dir } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const { url } = service;
    await service.stop();
    await throwsMesh(alice.client.status({ Account: alice.address }), "ERR_SERVICE_UNREACHABLE");
    await startService({ dir, port: Number(new URL(url).port) });
    await alice.client.status({ Account: alice.address });
  });

  it("refuses a replayed packet at the host, with no effect", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    let captured: Uint8Array | undefined;
    const client = new MeshClient({
      url: service.url,
      link: alice.device.link,
      account: alice.address,
      clock: systemClock,
      random,
      fetch: (url, init) => {
        captured = new Uint8Array(init.body as Uint8Array);
        return fetch(url, init);
      },
    });
    await client.status({ Account: alice.address });
    const replayed = await post(service.url, captured!);
    assert.is(replayed.status, 409);
    assert.is(decodeObject(MeshResponse, new Uint8Array(await replayed.arrayBuffer())).ErrorCode, "ERR_REPLAY");
  });

  it("answers garbage with an error and goes on", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const bodies = [
      new Uint8Array(),
      Uint8Array.of(0),
      Uint8Array.of(1),
      Uint8Array.of(2),
      Uint8Array.of(2, 255, 255),
      Uint8Array.of(0x0f, 1),
      packet(1, random.bytes(300)),
      packet(2, random.bytes(300)),
      packet(9, random.bytes(30)),
    ];
    for (const body of bodies) {
      const answer = await post(service.url, body);
      assert.ok(
        answer.status === 200 ? new Uint8Array(await answer.arrayBuffer())[0] === packetKind.again : answer.status < 500,
        `${body[0]}: ${answer.status}`,
      );
    }
    for (const text of ["", "{", "[]", '{"HelloRequest":1}', '{"StatusRequest":{"Account":"alice@example.com"}}', "x".repeat(9000)]) {
      const answer = await post(service.url, utf8(text), "application/json");
      assert.ok(answer.status >= 400 && answer.status < 500, text.slice(0, 20));
    }
    // The service answers without reading on, which the sender may meet as a closed connection.
    const large = await post(service.url, new Uint8Array(maxPacketOctets + 1)).then(
      ({ status }) => status,
      () => 413,
    );
    assert.is(large, 413);
    assert.is((await fetch(service.url)).status, 404);
    const alias = await fetch(`${service.url}/.well-known/srv/mmm`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Uint8Array(encodeObject(HelloRequest, {})),
    });
    assert.is(alias.status, 200);
    const session = alice.client as unknown as { status(request: object): Promise<unknown> };
    await throwsMesh(session.status({ Account: "not an address" }), "ERR_USAGE");
    await throwsMesh(session.status({ Account: "../../etc/passwd@x" }), "ERR_USAGE");
    await throwsMesh(session.status({ Account: alice.address, Catalogs: ["../MMM_Place"] }), "ERR_NOT_FOUND");
    await alice.client.status({ Account: alice.address });
  });

  it("is not led astray by forged answers", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const lying = (forge: (body: Uint8Array) => Uint8Array | undefined) =>
      new MeshClient({
        url: service.url,
        link: alice.device.link,
        account: alice.address,
        clock: { ...systemClock, sleep: async () => undefined },
        random,
        fetch: async (url, init) => {
          const forged = forge(new Uint8Array(init.body as Uint8Array));
          return forged === undefined ? fetch(url, init) : new Response(new Uint8Array(forged));
        },
      });
    const onRequest = (answer: Uint8Array) => lying((body) => (body[0] === packetKind.request ? answer : undefined));
    const ask = (client: MeshClient) => client.status({ Account: alice.address });
    await throwsMesh(ask(onRequest(Uint8Array.of(packetKind.again))), "ERR_SERVICE_REFUSED");
    await throwsMesh(ask(onRequest(packet(packetKind.response, random.bytes(64)))), "ERR_SERVICE_UNREACHABLE");
    await throwsMesh(ask(onRequest(utf8('{"StatusResponse":{"Status":201}}'))), "ERR_SERVICE_UNREACHABLE");
    await throwsMesh(
      ask(lying((body) => (body[0] === packetKind.handshake ? packet(packetKind.handshake, random.bytes(200)) : undefined))),
      "ERR_SERVICE_UNREACHABLE",
    );
    await throwsMesh(
      ask(
        lying((body) =>
          body[0] === packetKind.handshake || body[0] === packetKind.cookie ? packet(packetKind.cookie, random.bytes(40)) : undefined,
        ),
      ),
      "ERR_SERVICE_UNREACHABLE",
    );
    await throwsMesh(clientOf("http://127.0.0.1:1", alice.device.link).hello(), "ERR_SERVICE_UNREACHABLE");
    await throwsMesh(() => clientOf("ftp://example.com", alice.device.link), "ERR_USAGE");
  });
});

describe("protocol: discovery", (it) => {
  const record = (name: string, priority: number, weight: number, port = 443) => ({ name, priority, weight, port });
  it("takes what is configured, then SRV, then the usual name", async () => {
    const none = { srv: async () => [], txt: async () => [] };
    assert.is(await serviceUrl("Alice@Example.com", { configured: "http://localhost:1" }), "http://localhost:1");
    assert.is(await serviceUrl("alice@example.com", { configured: { "example.com": "http://a" } }), "http://a");
    assert.is(await serviceUrl("alice@example.com", { configured: { "alice@example.com": "http://b", "example.com": "http://a" } }), "http://b");
    const srv = async (name: string) => {
      assert.is(name, "_mmm._tcp.example.com");
      return [record("far.example", 20, 9), record("light.example", 10, 1), record("near.example", 10, 5, 8443)];
    };
    assert.is(await serviceUrl("alice@example.com", { dns: { ...none, srv } }), "https://near.example:8443");
    assert.is(await serviceUrl("alice@example.com", { dns: none }), "https://mmm.example.com");
    await throwsMesh(serviceUrl("alice", { dns: none }), "ERR_USAGE");
  });

  it("reads TXT of the service and of the host, which outranks it, and passes over hosts of other versions", async () => {
    const texts: Record<string, string[][]> = {
      "_mmm._tcp.example.com": [["path=/mesh", "udf=MAAA"], ["version=1.0-3.0 path=/second"]],
      "_mmm._tcp.b.example": [["path=/b"]],
      "_mmm._tcp.c.example": [["version=4.0-5.0"]],
    };
    const found = await findService("example.com", {
      srv: async () => [record("a.example", 1, 1), record("b.example", 2, 1, 8443), record("c.example", 3, 1), record(".", 0, 0)],
      txt: async (name) => texts[name] ?? [],
    });
    assert.equal(found, [
      { url: "https://a.example/mesh", udf: "MAAA" },
      { url: "https://b.example:8443/b", udf: "MAAA" },
    ]);
  });

  it("asks the DNS server that is named, and takes its silence and its no for no record", async () => {
    const dns = await startDns({
      srv: { "_mmm._tcp.example.net": { host: "localhost", port: 8443 } },
      txt: { "_mmm._tcp.example.net": ["udf=MAAA"] },
    });
    assert.equal(await findService("example.net", dnsOf(dns.address)), [{ url: "https://localhost:8443", udf: "MAAA" }]);
    assert.equal(await findService("example.org", dnsOf(dns.address)), [{ url: "https://mmm.example.org" }]);
    assert.equal(await findService("example.org", dnsOf("127.0.0.1:1")), [{ url: "https://mmm.example.org" }]);
    await throwsMesh(() => dnsOf("example.com"), "ERR_USAGE");
  });
});
