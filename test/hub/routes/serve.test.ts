/** The hub's socket: an old one is replaced; what is no socket is left alone and named. */
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Hono } from "hono";
import { serveUnix } from "../../../src/hub/routes/serve.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";

describe("the hub's socket", (it) => {
  it("takes the place of a socket that was left, and of nothing else", async () => {
    const dir = tempDirectory();
    const file = join(dir, "file");
    writeFileSync(file, "dear");
    symlinkSync(file, join(dir, "link"));
    mkdirSync(join(dir, "directory"));
    for (const [name, kind] of [
      ["file", "a file"],
      ["link", "a link"],
      ["directory", "a directory"],
    ] as const) {
      const error = await throwsMesh(() => serveUnix(new Hono(), join(dir, name)), "ERR_CONFIG");
      assert.match(error.message, new RegExp(`api\\.socket: .*${name} is ${kind}, not a socket`));
      assert.ok(lstatSync(join(dir, name)));
    }
    assert.is(readFileSync(file, "utf8"), "dear");
    const socket = join(dir, "hub.sock");
    const before = createServer();
    await new Promise<void>((resolve) => before.listen(socket, resolve));
    const close = await serveUnix(new Hono(), socket);
    assert.ok(existsSync(socket));
    await close();
    before.close();
  });
});
