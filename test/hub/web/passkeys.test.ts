/** Passkeys at the hub: which pages may add one, and under which names. What an authenticator says is tried in a browser (test/page/passkey.test.ts). */
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { webWorld } from "../../kit/web.ts";

const named = { host: "hub-aaaa.local:7380", origin: "http://hub-aaaa.local:7380" };

async function signedIn() {
  const clock = new ManualClock();
  const world = await webWorld({ clock, names: ["hub-aaaa.local"] });
  world.door.reached("http://hub-aaaa.local:7380");
  const link = (await world.door.open({})).url.split("#link=")[1];
  const answer = await world.app.request("/v1/session", { method: "POST", headers: named, body: JSON.stringify({ link }) });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await world.app.request(path, { method: "POST", headers: { ...named, cookie, ...headers }, body: JSON.stringify(body) });
    const { error, ...rest } = (await response.json()) as { error?: { code: string }; challenge?: string; rp?: string };
    return { status: response.status, code: error?.code, ...rest };
  };
  return { ...world, clock, post };
}

const nonsense = { name: "phone", id: "AAAA", clientData: "AAAA", attestation: "AAAA" };

describe("a passkey is added", (it) => {
  it("under a name of the hub alone, by a page that a link has just opened", async () => {
    const { post, clock } = await signedIn();
    const begun = await post("/v1/passkey/challenge", { purpose: "add" });
    assert.equal([begun.status, begun.rp], [200, "hub-aaaa.local"]);
    const address = await post("/v1/passkey/challenge", { purpose: "add" }, { host: "192.168.1.2:7380", origin: "http://192.168.1.2:7380" });
    assert.is(address.code, "ERR_USAGE");
    clock.advance(600_000);
    assert.is((await post("/v1/passkey/challenge", { purpose: "add" })).code, "ERR_NOT_AUTHORIZED");
    assert.is((await post("/v1/passkey/add", nonsense)).code, "ERR_NOT_AUTHORIZED");
  });

  it("by nobody else: no token, no stranger, no page of another site", async () => {
    const { app, door, post } = await signedIn();
    const { secret } = await door.tokenAdd({ name: "panel", rights: [{ allows: "manage" }] });
    for (const headers of [{ authorization: `Bearer ${secret}` }, {}] as Record<string, string>[]) {
      const answer = await app.request("/v1/passkey/challenge", { method: "POST", headers: { ...named, ...headers }, body: '{"purpose":"add"}' });
      assert.is(answer.status, headers.authorization === undefined ? 401 : 403);
    }
    assert.is((await post("/v1/passkey/challenge", { purpose: "sign-in" }, { origin: "http://evil.example.com" })).code, "ERR_REJECTED");
  });

  it("by what an authenticator has made, and nothing else", async () => {
    const { post, book } = await signedIn();
    const { challenge = "" } = await post("/v1/passkey/challenge", { purpose: "add" });
    const clientData = Buffer.from(JSON.stringify({ type: "webauthn.create", challenge, origin: named.origin })).toString("base64url");
    for (const request of [nonsense, { ...nonsense, clientData }, { ...nonsense, clientData, attestation: "oWNmbXRkbm9uZQ" }])
      assert.is((await post("/v1/passkey/add", request)).code, "ERR_NOT_AUTHORIZED");
    assert.equal(
      book.list().map(({ kind }) => kind),
      ["page"],
    );
  });

  it("and is kept over a restart of the hub, with a bound on how many there are", async () => {
    const { book } = await signedIn();
    const passkey = { rp: "hub-aaaa.local", publicKey: "AAAA", counter: 1 };
    for (let i = 0; i < 32; i++) await book.addPasskey({ id: `P${i}`, name: "phone", passkey });
    await book.addPasskey({ id: "P32", name: "phone", passkey }).then(
      () => assert.unreachable("one more was taken"),
      ({ code }: { code: string }) => assert.is(code, "ERR_QUOTA"),
    );
    await book.passkeyUsed("P3", 7);
    assert.is(book.list().find(({ id }) => id === "P3")?.passkey?.counter, 7);
    await book.delete("P3");
    assert.is(book.list().filter(({ kind }) => kind === "passkey").length, 31);
  });
});
