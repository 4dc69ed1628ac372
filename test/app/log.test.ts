import { createLog } from "../../src/app/log.ts";
import { MeshError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { assert, describe } from "../harness/suite.ts";

describe("log", (it) => {
  it("writes one JSON line per event, with the module, and hides secrets", () => {
    const lines: string[] = [];
    const log = createLog({ name: "hub", level: "info", write: (line) => lines.push(line) });
    log.debug("not.seen");
    log.child("mqtt").warn("client.gone", { event: "forged", port: 1, secret: new Secret(new Uint8Array([1, 2])) });
    log.error("step.failed", { error: new MeshError("ERR_LINK", "no answer"), cause: new Error("plain") });
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.is(lines.length, 2);
    assert.ok(lines.every((line) => line.endsWith("\n")));
    assert.match(String(first?.time), /^\d{4}-.*Z$/);
    assert.equal({ ...first, time: 0 }, { level: "warn", time: 0, port: 1, secret: "[secret]", module: "hub.mqtt", event: "client.gone" });
    assert.is((second?.error as { code: string } | undefined)?.code, "ERR_LINK");
    assert.is(second?.cause, "plain");
  });
});
