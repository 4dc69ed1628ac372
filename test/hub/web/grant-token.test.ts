/** The door of guests: the token of a grant, at the hub's interface over HTTP. What the grant gives, and nothing else; looked up with each request. */
import type { Principal } from "../../../src/hub/command/principal.ts";
import { authorize, grantPrincipal, hasRight } from "../../../src/hub/command/principal.ts";
import { assert, describe } from "../../harness/suite.ts";
import { scriptedHub } from "../../kit/scripted-hub.ts";
import { webWorld } from "../../kit/web.ts";

const host = { host: "127.0.0.1:7380" };
const json = { ...host, "content-type": "application/json" };

describe("the web with the token of a grant", (it) => {
  let principal: Principal | undefined;

  async function world() {
    const seen: (Principal | undefined)[] = [];
    const hub = scriptedHub();
    const as = (who: Principal) => {
      seen.push(who);
      return { ...hub, as, has: (allows: Parameters<typeof hasRight>[1]) => hasRight(who, allows, Date.now()) };
    };
    const { app } = await webWorld({ hub: { ...hub, as } as typeof hub, bearer: (token) => (token === "NGUEST" ? principal : undefined) });
    const ask = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
      app.request(path, { method, headers: { ...json, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { ask, seen };
  }

  const guest = { authorization: "Bearer NGUEST" };
  const order = { device: "MBULB", command: "Set", arguments: [] };

  it("gives the guest's rights, and those alone", async () => {
    principal = grantPrincipal({ Key: "NKEY", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "read" }, { Allows: "command" }] }, "house");
    const { ask, seen } = await world();
    assert.is((await ask("GET", "/v1/devices", guest)).status, 200);
    assert.is((await ask("POST", "/v1/command", guest, order)).status, 200);
    assert.is(seen.at(-1)?.name, "bob (guest)");
    assert.is(
      authorize(seen.at(-1)!, { deviceUdf: "M", deviceClass: "lock", places: [], command: "Unlock" }, { standing: "good", now: 0 })?.code,
      "ERR_CONFIRMATION_NEEDED",
    );
    for (const [method, path, body] of [
      ["POST", "/v1/alarm/clear", {}],
      ["POST", "/v1/audit", {}],
      ["POST", "/v1/onboard", {}],
      ["GET", "/v1/events", undefined],
    ] as const)
      assert.is((await ask(method, path, guest, body)).status, 403, path);
  });

  it("one who may see only orders nothing", async () => {
    principal = grantPrincipal({ Key: "NKEY", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "read" }] }, "house");
    const { ask } = await world();
    assert.is((await ask("GET", "/v1/devices", guest)).status, 200);
    assert.is((await ask("POST", "/v1/command", guest, order)).status, 403);
  });

  it("ends with the next request after the grant was taken back, and is no cookie and no link", async () => {
    principal = grantPrincipal({ Key: "NKEY", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "read" }] }, "house");
    const { ask } = await world();
    assert.is((await ask("GET", "/v1/devices", guest)).status, 200);
    assert.is((await ask("GET", "/v1/devices", { cookie: "mesh_session=NGUEST" })).status, 401);
    assert.not.equal((await ask("POST", "/v1/session", { origin: "http://127.0.0.1:7380" }, { link: "NGUEST" })).status, 200);
    principal = undefined;
    assert.is((await ask("GET", "/v1/devices", guest)).status, 401);
  });
});
