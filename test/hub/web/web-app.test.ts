/** The hub over the web: nobody is let in without a secret, nobody gets more than his rights, and no other site's page gets anything. */
import { request } from "node:http";
import { operations } from "../../../src/api/index.ts";
import type { Right } from "../../../src/hub/command/principal.ts";
import { hasRight } from "../../../src/hub/command/principal.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { scriptedHub } from "../../kit/scripted-hub.ts";
import { servedWorld, webWorld } from "../../kit/web.ts";

const host = { host: "127.0.0.1:7380" };
const own = { ...host, origin: "http://127.0.0.1:7380" };

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as { error?: { code: string; hint: string } };
  return { status: response.status, code: body.error?.code ?? "", hint: body.error?.hint ?? "" };
}

/** Signs a page in. @returns the Cookie header */
async function signIn({ app, door }: Awaited<ReturnType<typeof webWorld>>): Promise<string> {
  door.reached("http://127.0.0.1:7380");
  const { url } = await door.open({});
  const link = url.split("#link=")[1];
  const response = await app.request("/v1/session", { method: "POST", headers: own, body: JSON.stringify({ link }) });
  assert.is(response.status, 200);
  const cookie = response.headers.get("set-cookie") ?? "";
  assert.match(cookie, /^mesh_session=[A-Za-z0-9_-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
  return cookie.split(";")[0] as string;
}

describe("the web without credentials", (it) => {
  it("answers every route of the interface with 401, those of the machine with 404 or 401, and tells nothing", async () => {
    const asked: string[] = [];
    const note = (name: string): never => {
      asked.push(name);
      throw new Error("asked");
    };
    const { app } = await webWorld({
      hub: scriptedHub({
        status: () => note("status"),
        devices: () => note("devices"),
        say: () => note("say"),
        command: () => note("command"),
        removal: () => note("removal"),
        clearAlarm: () => note("alarm"),
      }),
    });
    const secrets: Record<string, string>[] = [
      {},
      { authorization: "Bearer mht_AAAA" },
      { authorization: "Bearer " },
      { cookie: "mesh_session=AAAA" },
      { authorization: `Basic ${"A".repeat(40)}` },
    ];
    let walked = 0;
    // By a name, which passkeys are bound to.
    const named = { host: "localhost:7380", origin: "http://localhost:7380" };
    for (const { method, path } of [
      ...Object.values(operations),
      { method: "GET", path: "/v1/openapi.json" },
      { method: "GET", path: "/v1/other" },
    ]) {
      for (const headers of secrets) {
        const { app } = await webWorld();
        const response = await app.request(path, { method, headers: { ...named, ...headers }, ...(method === "POST" ? { body: "{}" } : {}) });
        const answer = await answerOf(response);
        assert.equal([answer.status, answer.code], [401, "ERR_NOT_AUTHORIZED"], `${method} ${path}`);
        walked++;
      }
      for (const other of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
        const response = await app.request(path, { method: other, headers: named });
        assert.ok([401, 404].includes(response.status), `${other} ${path}: ${response.status}`);
        assert.is(response.headers.get("access-control-allow-origin"), null);
      }
    }
    assert.is(walked, (Object.keys(operations).length + 2) * secrets.length);
    assert.equal(asked, []);
  });

  it("refuses names that are not the hub's, whatever secret comes with them", async () => {
    const world = await webWorld({ names: ["hub.example.com"] });
    const cookie = await signIn(world);
    for (const name of [
      "evil.example.com",
      "127.0.0.1.evil.example.com:7380",
      "localhost.evil.example.com",
      "",
      "[::1",
      "a b",
      "2130706433",
      "hub.example.com@evil.example.com",
    ]) {
      const { status, code } = await answerOf(await world.app.request("/v1/devices", { headers: { host: name, cookie } }));
      assert.equal([status, code], [403, "ERR_REJECTED"], name);
      assert.is((await world.app.request("/", { headers: { host: name } })).status, 403, name);
    }
    for (const name of ["localhost:7380", "127.0.0.1", "[::1]:7380", "192.168.1.7:7380", "HUB.example.com:7380"]) {
      assert.is((await world.app.request("/v1/devices", { headers: { host: name, cookie } })).status, 200, name);
    }
  });

  it("refuses what pages of other sites send with the cookie", async () => {
    const world = await webWorld();
    const cookie = await signIn(world);
    const say = (headers: Record<string, string>): Promise<Response> | Response =>
      world.app.request("/v1/say", { method: "POST", headers: { ...host, cookie, ...headers }, body: '{"text":"unlock"}' });
    for (const headers of [
      {},
      { origin: "null" },
      { origin: "http://evil.example.com" },
      { origin: "https://127.0.0.1:7380" },
      { origin: "http://127.0.0.1:7381" },
      { origin: own.origin, "sec-fetch-site": "cross-site" },
      { origin: own.origin, "sec-fetch-site": "same-site" },
    ] as Record<string, string>[]) {
      const { status, code } = await answerOf(await say(headers));
      assert.equal([status, code], [403, "ERR_REJECTED"], JSON.stringify(headers));
    }
    assert.is((await say({ origin: own.origin, "sec-fetch-site": "same-origin" })).status, 200);
    assert.is((await world.app.request("/v1/devices", { headers: { ...host, cookie, "sec-fetch-site": "cross-site" } })).status, 403);
    const planted = await world.app.request("/v1/session", { method: "POST", headers: { ...host, origin: "http://evil.example.com" }, body: "{}" });
    assert.is(planted.status, 403);
  });

  it("ends guessing by a figure", async () => {
    const { app } = await webWorld({ clock: new ManualClock() });
    for (let tries = 0; tries < 10; tries++)
      assert.is((await app.request("/v1/devices", { headers: { ...host, authorization: `Bearer mht_${tries}` } })).status, 401);
    const { status, code, hint } = await answerOf(await app.request("/v1/devices", { headers: { ...host, authorization: "Bearer mht_x" } }));
    assert.equal([status, code, hint], [429, "ERR_QUOTA", "wait 6 s"]);
  });
});

describe("signing in by a link", (it) => {
  it("works once and for a minute", async () => {
    const clock = new ManualClock();
    const world = await webWorld({ clock });
    await throwsMesh(world.door.open({}), "ERR_CONFIG");
    world.door.reached("http://127.0.0.1:7380");
    const use = async (url: string): Promise<number> =>
      (await world.app.request("/v1/session", { method: "POST", headers: own, body: JSON.stringify({ link: url.split("#link=")[1] }) })).status;
    const first = await world.door.open({ name: "alice" });
    assert.is(await use(first.url), 200);
    assert.is(await use(first.url), 401);
    const late = await world.door.open({});
    clock.advance(60_000);
    assert.is(await use(late.url), 401);
    const many = [];
    for (let i = 0; i < 9; i++) many.push(await world.door.open({}));
    assert.is(await use(many[0]!.url), 401);
    assert.is(await use(many[8]!.url), 200);
  });

  it("gives a session that says who it is, ends when it is signed out or deleted, and is over after 30 days", async () => {
    const clock = new ManualClock();
    const world = await webWorld({ clock });
    const { app, door } = world;
    const cookie = await signIn(world);
    const session = (await (await app.request("/v1/session", { headers: { ...host, cookie } })).json()) as { kind: string; name: string };
    assert.equal([session.kind, session.name], ["page", "owner"]);
    const other = await signIn(world);
    assert.is((await app.request("/v1/session/end", { method: "POST", headers: { ...own, cookie: other } })).status, 200);
    assert.is((await app.request("/v1/session", { headers: { ...host, cookie: other } })).status, 401);
    const third = await signIn(world);
    const pages = await door.tokens();
    await door.tokenDelete(pages.at(-1)?.id ?? "");
    assert.is((await app.request("/v1/session", { headers: { ...host, cookie: third } })).status, 401);
    clock.advance(30 * 86_400_000);
    assert.is((await app.request("/v1/session", { headers: { ...host, cookie } })).status, 401);
  });
});

describe("tokens", (it) => {
  it("give what their rights give, and 403 for the rest", async () => {
    const asked: unknown[] = [];
    const hub = scriptedHub();
    const limited = (principal: { rights: readonly Right[] }) => ({
      ...hub,
      has: (allows: Right["allows"]) => hasRight(principal as never, allows, Date.now()),
      devices: () => {
        asked.push(principal);
        return [];
      },
    });
    const { app, door } = await webWorld({ hub: { ...hub, as: limited as never } });
    const { secret, token } = await door.tokenAdd({ name: "panel", rights: [{ allows: "read", places: ["kitchen"] }], days: 7 });
    assert.match(secret, /^mht_[A-Za-z0-9_-]{43}$/);
    const authorization = `Bearer ${secret}`;
    assert.is((await app.request("/v1/devices", { headers: { ...host, authorization } })).status, 200);
    const [principal] = asked as [{ name: string; from: string; rights: Right[] }];
    assert.is(principal.name, "panel (token)");
    assert.equal(principal.rights[0]?.places, ["P1"]);
    assert.ok((principal.rights[0]?.until ?? 0) > Date.now());
    for (const path of ["/v1/command", "/v1/onboard", "/v1/alarm/clear", "/v1/removal"]) {
      const { status, code } = await answerOf(await app.request(path, { method: "POST", headers: { ...host, authorization }, body: "{}" }));
      assert.equal([status, code], [403, "ERR_NOT_AUTHORIZED"], path);
    }
    for (const path of ["/v1/open", "/v1/token/add", "/v1/token/delete"]) {
      assert.is((await app.request(path, { method: "POST", headers: { ...host, authorization }, body: "{}" })).status, 404, path);
    }
    await throwsMesh(door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] }), "ERR_EXISTS");
    await throwsMesh(door.tokenAdd({ name: "other", rights: [{ allows: "read", places: ["cellar"] }] }), "ERR_NOT_FOUND");
    for (const limit of [{ places: ["kitchen"] }, { classes: ["light"] }, { devices: ["MAAA"] }])
      await throwsMesh(door.tokenAdd({ name: "other", rights: [{ allows: "manage", ...limit }] }), "ERR_USAGE");
    await door.tokenDelete("panel");
    assert.is((await app.request("/v1/devices", { headers: { ...host, authorization } })).status, 401);
    assert.is(token.until?.slice(0, 2), "20");
  });

  it("serve the OpenAPI document, which names every route but those of the machine", async () => {
    const { app, door } = await webWorld();
    const { secret } = await door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] });
    const response = await app.request("/v1/openapi.json", { headers: { ...host, authorization: `Bearer ${secret}` } });
    const { paths, openapi } = (await response.json()) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    assert.is(openapi, "3.1.0");
    for (const { method, path, right } of Object.values(operations))
      assert.is(paths[path]?.[method.toLowerCase()] !== undefined, right !== "machine", path);
  });
});

describe("the web at a port", (it) => {
  it("tells what happens to who listens, until his token ends; 8 streams each", async () => {
    const { url, door, hub } = await servedWorld();
    const { secret } = await door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] });
    const headers = { authorization: `Bearer ${secret}` };
    const streams: Response[] = [];
    for (let i = 0; i < 8; i++) streams.push(await fetch(`${url}/v1/events`, { headers }));
    assert.equal(
      streams.map(({ status }) => status),
      Array.from({ length: 8 }, () => 200),
    );
    const ninth = await answerOf(await fetch(`${url}/v1/events`, { headers }));
    assert.equal([ninth.status, ninth.code], [429, "ERR_QUOTA"]);
    await streams[7]?.body?.cancel();
    const reader = streams[0]!.body!.getReader();
    const text = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value as Uint8Array);
    assert.is(await text(), ": listening\n\n");
    hub.tell({ kind: "state", udf: "MAAA", name: "light", status: "Online", changed: ["On"], values: [], at: "2026-05-01T12:00:00Z" });
    assert.match(await text(), /^event: state\ndata: \{"kind":"state","udf":"MAAA"/);
    await door.tokenDelete("panel");
    assert.is((await reader.read()).done, true);
    for (const { body } of streams.slice(1, 7)) await body?.cancel().catch(() => undefined);
  });

  it("ends what a token listens to when its time is over", async () => {
    const clock = new ManualClock();
    const { url, door } = await servedWorld({ clock });
    const { secret } = await door.tokenAdd({ name: "panel", rights: [{ allows: "read" }], days: 1 });
    const reader = (await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${secret}` } })).body!.getReader();
    assert.is(new TextDecoder().decode((await reader.read()).value as Uint8Array), ": listening\n\n");
    let isOver = false;
    const end = (async () => {
      while (!(await reader.read()).done);
      isOver = true;
    })();
    clock.advance(86_400_000 - 1000);
    await settle();
    assert.not(isOver);
    await clock.pass(1000);
    await end;
  });

  it("says on every answer that nothing but the page's own files may run, and keeps nothing of the interface", async () => {
    const { url } = await servedWorld();
    for (const path of ["/", "/v1/devices", "/nothing"]) {
      const { headers } = await fetch(`${url}${path}`);
      const policy = headers.get("content-security-policy") ?? "";
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ])
        assert.ok(policy.includes(rule), rule);
      assert.not.match(policy, /unsafe|\*/);
      assert.is(headers.get("x-content-type-options"), "nosniff");
      assert.is(headers.get("referrer-policy"), "no-referrer");
    }
    assert.is((await fetch(`${url}/v1/devices`)).headers.get("cache-control"), "no-store");
  });

  it("makes a WebSocket of nothing: who asks for one is answered as anybody, and without a secret refused", async () => {
    const { url } = await servedWorld();
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": `${"A".repeat(22)}==` };
    const status = await new Promise<number>((resolve, reject) => {
      const asked = request(`${url}/v1/events`, { headers, agent: false }, (response) => resolve(response.resume().statusCode ?? 0));
      asked.on("upgrade", () => resolve(101)).on("error", reject);
      asked.end();
    });
    assert.is(status, 401);
  });

  it("bounds bodies, heads and methods", async () => {
    const { url, door } = await servedWorld();
    const { secret } = await door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] });
    const headers = { authorization: `Bearer ${secret}` };
    const large = await answerOf(await fetch(`${url}/v1/say`, { method: "POST", headers, body: JSON.stringify({ text: "x".repeat(20_000) }) }));
    assert.equal([large.status, large.code], [413, "ERR_TOO_LARGE"]);
    const status = await new Promise<number>((resolve, reject) => {
      const asked = request(`${url}/`, { headers: { "x-long": "y".repeat(9000) } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on("error", reject).end();
    });
    assert.is(status, 431);
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/..%2fpackage.json", "//etc/passwd", "/index.html%00"]) {
      const found = await fetch(`${url}${path}`);
      assert.is(found.status, 404, path);
    }
  });
});

describe("plain HTTP that leaves the machine", (it) => {
  it("lets nobody in, whatever he has", async () => {
    const world = await webWorld();
    const { secret } = await world.door.tokenAdd({ name: "panel", rights: [{ allows: "read" }] });
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });
    const headers = { ...host, authorization: `Bearer ${secret}` };
    for (const [address, status] of [
      ["127.0.0.1", 200],
      ["::ffff:127.0.0.1", 200],
      ["::1", 200],
      ["192.168.1.9", 401],
      ["::ffff:192.168.1.9", 401],
      ["fe80::1", 401],
    ] as const) {
      assert.is((await world.app.request("/v1/devices", { headers }, from(address))).status, status, address);
    }
    world.door.reached("http://192.168.1.7:7380");
    const { url } = await world.door.open({});
    const refused = await world.app.request(
      "/v1/session",
      { method: "POST", headers: own, body: JSON.stringify({ link: url.split("=")[1] }) },
      from("192.168.1.9"),
    );
    assert.is(refused.status, 401);
    assert.is(refused.headers.get("set-cookie"), null);
  });
});
