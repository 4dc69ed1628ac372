/** Strangers at the hub's web: they are paced before anything is known of them, and neither their number nor a proxy takes what is kept for this machine. */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { strangersAll, strangersEach } from "../../../src/hub/web/stranger-pace.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { servedWorld, webWorld } from "../../kit/web.ts";

const host = { host: "192.168.1.2:7380" };

/** What the application sees of a socket over TLS. */
function from(remoteAddress: string, headers: Record<string, string> = {}) {
  return { incoming: { socket: { remoteAddress, encrypted: true }, headers } };
}

async function world() {
  const clock = new ManualClock();
  const made = await webWorld({ clock });
  const { secret } = await made.door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] });
  const ask = async (address: string, headers: Record<string, string> = {}, path = "/welcome.json"): Promise<Response> =>
    made.app.request(path, { headers: { ...host, ...headers } }, from(address, headers));
  return { ...made, clock, secret, ask };
}

describe("requests without a secret", (it) => {
  it("of one network are paced, with a refusal that says when, and others are served", async () => {
    const { ask, clock, secret } = await world();
    for (let i = 0; i < strangersEach.burst; i++) assert.is((await ask("192.168.1.66")).status, 200);
    const refused = await ask("192.168.1.66");
    assert.is(refused.status, 429);
    assert.is(refused.headers.get("retry-after"), "1");
    const { error } = (await refused.json()) as { error: { code: string; message: string; hint: string } };
    assert.equal([error.code, error.hint], ["ERR_QUOTA", "try again in 1 s; who has signed in is served meanwhile"]);
    assert.match(error.message, /192\.168\.1\.66/);
    assert.is((await ask("192.168.1.7")).status, 200);
    assert.is((await ask("192.168.1.66", { authorization: `Bearer ${secret}` }, "/v1/devices")).status, 200);
    clock.advance(1000);
    assert.is((await ask("192.168.1.66")).status, 200);
  });

  it("whatever they are of: files, routes, wrong names, wrong secrets", async () => {
    for (const [path, headers] of [
      ["/", {}],
      ["/v1/devices", {}],
      ["/v1/status", { authorization: "Bearer mht_AAAA" }],
      ["/welcome.json", { host: "evil.example.com" }],
    ] as const) {
      const { ask } = await world();
      for (let i = 0; i < strangersEach.burst; i++) await ask("192.168.1.66", headers, path);
      assert.is((await ask("192.168.1.66", headers, path)).headers.get("retry-after"), "1", path);
    }
  });

  it("of many networks together are bounded: who has signed in, who signs in, and this machine are served meanwhile", async () => {
    const { ask, app, door, secret } = await world();
    let served = 0;
    for (let i = 0; i < strangersAll.burst + 50; i++) if ((await ask(`10.${i >> 8}.${i & 255}.1`)).status === 200) served++;
    assert.is(served, strangersAll.burst);
    assert.is((await ask("10.200.0.1")).status, 429);
    assert.is((await ask("10.200.0.1", { authorization: `Bearer ${secret}` }, "/v1/devices")).status, 200);
    assert.is((await ask("127.0.0.1")).status, 200);
    door.reached("https://192.168.1.2:7380");
    const { url } = await door.open({});
    const headers = { ...host, origin: "https://192.168.1.2:7380" };
    const signedIn = await app.request(
      "/v1/session",
      { method: "POST", headers, body: JSON.stringify({ link: url.split("#link=")[1] }) },
      from("10.200.0.1"),
    );
    assert.is(signedIn.status, 200);
  });

  it("that a proxy on this machine passes on are strangers', whatever they say of themselves", async () => {
    for (const header of [
      { "x-forwarded-for": "127.0.0.1" },
      { "x-forwarded-for": "::1, 127.0.0.1" },
      { forwarded: "for=127.0.0.1" },
      { "x-real-ip": "127.0.0.1" },
      { via: "1.1 proxy" },
      { "x-forwarded-for": "203.0.113.9, 192.168.1.66" },
    ] as Record<string, string>[]) {
      const { ask } = await world();
      for (let i = 0; i < strangersEach.burst; i++) await ask("127.0.0.1", header);
      assert.is((await ask("127.0.0.1", header)).status, 429, JSON.stringify(header));
      assert.is((await ask("127.0.0.1")).status, 200);
    }
  });

  it("are not spread over networks by a header that a stranger sends himself", async () => {
    const { ask } = await world();
    for (let i = 0; i < strangersEach.burst; i++) await ask("192.168.1.66", { "x-forwarded-for": `10.0.0.${i}` });
    assert.is((await ask("192.168.1.66", { "x-forwarded-for": "10.0.1.1" })).status, 429);
  });
});

describe("a proxy in front of plain HTTP", (it) => {
  it("lets nobody in, with whatever secret", async () => {
    const { app, secret } = await world();
    const plain = (headers: Record<string, string>) => ({ incoming: { socket: { remoteAddress: "127.0.0.1" }, headers } });
    const authorization = `Bearer ${secret}`;
    for (const headers of [{ "x-forwarded-for": "127.0.0.1" }, { "x-forwarded-proto": "https" }, { forwarded: "for=_gazonk" }] as Record<
      string,
      string
    >[]) {
      assert.is((await app.request("/v1/devices", { headers: { ...host, authorization, ...headers } }, plain(headers))).status, 401);
    }
    assert.is((await app.request("/v1/devices", { headers: { ...host, authorization } }, plain({}))).status, 200);
  });
});

describe("places for connections", (it) => {
  it("of this machine are not taken by what a proxy on it passes on", async () => {
    const { url } = await servedWorld();
    const { port } = new URL(url);
    const open: Socket[] = [];
    onCleanup(() => {
      for (const socket of open) socket.destroy();
    });
    // More than a network has, each kept open after its answer.
    let answered = 0;
    for (let i = 0; i < 80; i++) {
      const socket = connect(Number(port), "127.0.0.1");
      open.push(socket);
      await new Promise<void>((resolve) => {
        socket.once("data", () => {
          answered++;
          resolve();
        });
        socket.once("close", () => resolve());
        socket.on("error", () => undefined);
        socket.write(`GET /welcome.json HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Forwarded-For: 10.0.${i}.1\r\n\r\n`);
      });
    }
    assert.is(answered, 64);
    assert.is((await fetch(`${url}/welcome.json`)).status, 200);
  });
});
