/** The doctor and the page: off, free, somebody else's, shown by the hub that runs, and not shown by it yet. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "../../../src/config/index.ts";
import { checkPage } from "../../../src/machine/doctor/page.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { withHub } from "../../kit/hub-terminal.ts";
import { statusOf } from "../../kit/scripted-hub.ts";

/** Answers whoever comes as the hub of this fingerprint. */
async function shownBy(hubUdf: string): Promise<number> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/welcome.json" ? 200 : 404;
    response.end(JSON.stringify({ hubUdf }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function lookIn(dir: string, port: number, enabled = true) {
  const flags = { stateDir: dir, "web.enabled": enabled, "web.port": port, "web.tls.enabled": false };
  return checkPage(loadConfig({ file: undefined, env: {}, cwd: dir, flags }).config);
}

describe("doctor: the page", (it) => {
  it("is off, free, or another program has its port", async () => {
    const dir = tempDirectory();
    const port = await shownBy("MOTHER");
    assert.match((await lookIn(dir, port, false)).message, /^off; /);
    assert.equal(await lookIn(dir, 0), { state: "ok", message: "127.0.0.1:0 is free" });
    assert.equal(await lookIn(dir, port), {
      state: "failure",
      message: `127.0.0.1:${port} is in use by another program`,
      hint: "stop the other program, or set web.port to another port",
    });
  });

  it("is shown by the hub that runs, or not before it is started again", async () => {
    const { hubUdf } = statusOf();
    const dir = await withHub();
    const own = await shownBy(hubUdf);
    assert.equal(await lookIn(dir, own), {
      state: "ok",
      message: `127.0.0.1:${own} is held by this hub, which runs: 'mesh-hub open' opens it`,
    });
    const { state, message, hint } = await lookIn(dir, await shownBy("MOTHER"));
    assert.is(state, "warning");
    assert.match(message, /^this hub runs and shows no page at 127\.0\.0\.1:\d+, as the configuration has it$/);
    assert.match(hint ?? "", /started again/);
    assert.match((await lookIn(dir, 0)).message, /mesh-hub open/);
  });
});
