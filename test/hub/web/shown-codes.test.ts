/** Codes that are shown over plain HTTP: a stranger reaches a short list, and nothing else. */
import { encryptionUdf, formatConnectUri } from "../../../src/crypto/index.ts";
import { hasRight } from "../../../src/hub/command/principal.ts";
import { mostShown, mostShownEach } from "../../../src/hub/web/shown-codes.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { scriptedHub } from "../../kit/scripted-hub.ts";
import { webWorld } from "../../kit/web.ts";

const here = { host: "192.168.1.2:7380", origin: "http://192.168.1.2:7380" };
const codeOf = (n: number): string => formatConnectUri({ account: "maker@example.com", code: encryptionUdf(new Uint8Array(15).fill(n)) });

async function world() {
  const clock = new ManualClock();
  const onboarded: string[] = [];
  const hub = scriptedHub({
    as: (principal) => ({ ...hub, has: (allows) => hasRight(principal, allows, Date.now()) }),
    async *onboard({ uri }) {
      onboarded.push(uri);
      yield { step: "scan", state: "started", message: "reading the code" };
    },
  });
  const made = await webWorld({ clock, hub });
  const { secret } = await made.door.tokenAdd({ name: "panel", rights: [{ allows: "manage" }] });
  const { secret: reader } = await made.door.tokenAdd({ name: "reader", rights: [{ allows: "read" }] });
  const show = async (uri: string, address = "192.168.1.9", headers: Record<string, string> = here): Promise<Response> =>
    made.app.request(
      "/welcome/code",
      { method: "POST", headers, body: JSON.stringify({ uri }) },
      { incoming: { socket: { remoteAddress: address } } },
    );
  const list = async (token = secret): Promise<readonly { id: string; uri: string; from: string }[]> => {
    const response = await made.app.request("/v1/codes", { headers: { host: "127.0.0.1", authorization: `Bearer ${token}` } });
    return response.status === 200 ? ((await response.json()) as { codes: { id: string; uri: string; from: string }[] }).codes : [];
  };
  return { ...made, clock, secret, reader, onboarded, show, list };
}

describe("a code that is shown over plain HTTP", (it) => {
  it("waits on a list that whoever manages the hub sees, once however often it is shown, for ten minutes, and nothing is begun", async () => {
    const { show, list, reader, clock, onboarded } = await world();
    const answer = await show(codeOf(1));
    assert.is(answer.status, 200);
    assert.is(answer.headers.get("set-cookie"), null);
    assert.equal(await answer.json(), { minutes: 10 });
    assert.is((await show(codeOf(1), "192.168.1.10")).status, 200);
    assert.equal(
      (await list()).map(({ uri, from }) => [uri, from]),
      [[codeOf(1), "192.168.1.9"]],
    );
    assert.equal(await list(reader), []);
    clock.advance(600_000);
    assert.equal(await list(), []);
    assert.equal(onboarded, []);
  });

  it("is refused when it is none of a device, of another site's page, too fast, or too many", async () => {
    const { show, list, clock } = await world();
    for (const uri of ["https://shop.example.com", "mcu://a@b.example/AAAA", "<img src=x>"]) assert.ok((await show(uri)).status >= 400, uri);
    for (const headers of [{ host: here.host }, { ...here, origin: "http://evil.example.com" }] as Record<string, string>[])
      assert.is((await show(codeOf(1), "192.168.1.20", headers)).status, 403);
    clock.advance(3_600_000);
    for (let n = 0; n < 8; n++) await show(codeOf(n));
    assert.is((await list()).length, mostShownEach);
    const late = await show(codeOf(20));
    assert.equal([late.status, late.headers.get("retry-after")], [429, "15"]);
    for (let n = 0; n < 40; n++) await show(codeOf(100 + n), `192.168.2.${n}`);
    assert.is((await list()).length, mostShown);
  });

  it("is taken off the list by who manages the hub", async () => {
    const { show, list, app, secret, reader } = await world();
    await show(codeOf(1));
    const [{ id } = { id: "" }] = await list();
    const dismiss = async (token: string): Promise<number> =>
      (
        await app.request("/v1/code/dismiss", {
          method: "POST",
          headers: { host: "127.0.0.1", authorization: `Bearer ${token}` },
          body: JSON.stringify({ id }),
        })
      ).status;
    assert.is(await dismiss(reader), 403);
    assert.is(await dismiss(secret), 200);
    assert.is(await dismiss(secret), 404);
    assert.equal(await list(), []);
  });
});
