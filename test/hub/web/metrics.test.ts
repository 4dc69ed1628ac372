/** /metrics: the text that Prometheus reads, for who has a token that reads, and for nobody else. */
import type { DeviceView } from "../../../src/api/index.ts";
import { hasRight } from "../../../src/hub/command/principal.ts";
import { metricsText } from "../../../src/hub/web/metrics.ts";
import { assert, describe } from "../../harness/suite.ts";
import { scriptedHub } from "../../kit/scripted-hub.ts";
import { webWorld } from "../../kit/web.ts";

const host = { host: "127.0.0.1:7380" };
const line = /^(# (HELP|TYPE) [a-z_:]+ .+|[a-z_:]+(\{[a-z]+="(\\["\\n]|[^"\\\n])*"(,[a-z]+="(\\["\\n]|[^"\\\n])*")*\})? -?[0-9.e+-]+)$/;

describe("metrics of a hub", (it) => {
  it("are for a token that reads alone", async () => {
    const hub = scriptedHub({ as: (principal) => scriptedHub({ has: (allows) => hasRight(principal, allows, Date.now()) }) });
    const { app, book } = await webWorld({ hub });
    const ask = (headers: Record<string, string>): Promise<Response> =>
      Promise.resolve(app.request("/metrics", { headers: { ...host, ...headers } }));
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
    assert.is((await ask({})).status, 401);
    assert.is((await ask(bearer("mht_AAAA"))).status, 401);
    const { secret: manages } = await book.add({ kind: "token", name: "manages", rights: [{ allows: "manage" }] });
    assert.is((await ask(bearer(manages))).status, 403);
    const { secret } = await book.add({ kind: "token", name: "prometheus", rights: [{ allows: "read" }] });
    const answer = await ask(bearer(secret));
    assert.is(answer.status, 200);
    assert.is(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    for (const each of text.trimEnd().split("\n")) assert.match(each, line);
    assert.match(text, /^mesh_hub_devices\{status="Online"\} \d+$/m);
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    await book.delete("prometheus");
    assert.is((await ask(bearer(secret))).status, 401);
  });

  it("tell each device's numbers, and are one sample a line whatever a device is called", () => {
    const hub = scriptedHub();
    const device: DeviceView = {
      udf: "MAAA-BBBB",
      place: [],
      class: "light",
      manufacturer: "Lumen",
      model: "B1",
      restored: false,
      connected: true,
      shown: [],
      properties: [],
      commands: [],
      name: 'lamp" 1\nmesh_hub_alarm 1 \\',
      own: true,
      status: "Online",
      values: [
        { name: "On", value: true },
        { name: "Brightness", value: 40.5 },
        { name: "Label", value: "reading" },
      ],
    };
    const text = metricsText({ status: hub.status(), devices: [device, { ...device, own: false }], residentOctets: 1, cpuSeconds: 0.5 });
    const lines = text.trimEnd().split("\n");
    for (const each of lines) assert.match(each, line);
    const values = lines.filter((each) => each.startsWith("mesh_device_value{"));
    assert.equal(
      values.map((each) => each.replace(/^.*property=/, "")),
      ['"On"} 1', '"Brightness"} 40.5'],
    );
    assert.is(lines.filter((each) => /^mesh_hub_alarm /.test(each)).length, 1);
    assert.is(new Set(lines.filter((each) => each.startsWith("# TYPE"))).size, lines.filter((each) => each.startsWith("# TYPE")).length);
  });
});
