import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lineWriter } from "../../src/app/line-writer.ts";
import { createLog } from "../../src/app/log.ts";
import { MeshError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

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

  it("drops and counts lines on a full disk, and tells when there is room again", () => {
    const dir = tempDirectory();
    const full = openSync("/dev/full", "w");
    const room = openSync(join(dir, "log"), "w");
    let fd = full;
    const write = lineWriter(
      () => fd,
      (count) => `lost ${count}\n`,
    );
    for (const line of ["a\n", "b\n", "c\n"]) write(line);
    fd = room;
    write("d\n");
    assert.is(readFileSync(join(dir, "log"), "utf8"), "lost 3\nd\n");
    const log = createLog({ name: "hub", level: "info", fd: full });
    log.info("goes.on");
    closeSync(full);
    closeSync(room);
  });
});
