/** mesh-hub broker acl: a file that Mosquitto reads, on stdout as by --out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brokerAcl } from "../../../src/transport/mqtt/broker-acl.ts";
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";

describe("mesh-hub broker acl", (it) => {
  it("prints the list as it is written, line by line, ready for a file", async () => {
    const dir = await withHub();
    const file = join(dir, "hub.acl");
    const { status, stdout } = await run(dir, ["broker", "acl", "--user", "house hub"]);
    assert.equal([status, stdout], [0, brokerAcl("house hub")]);
    assert.is((await run(dir, ["broker", "acl", "--user", "house hub", "--out", file])).status, 0);
    assert.is(readFileSync(file, "utf8"), stdout);
    assert.is(JSON.parse((await run(dir, ["broker", "acl", "--user", "house hub", "--json"])).stdout).acl, stdout);
  });
});
