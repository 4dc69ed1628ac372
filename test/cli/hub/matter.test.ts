/** mesh-hub matter: what is printed, and where the code goes. */
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";

describe("mesh-hub matter", (it) => {
  it("pair prints the code on stdout alone, and says what the ecosystem then knows", async () => {
    const dir = await withHub();
    const { status, stdout, stderr } = await run(dir, ["matter", "pair"]);
    assert.equal([status, stdout], [0, "3497-011-2332\nMT:Y.K9042C00KA0648G00\n"]);
    assert.not.ok(stderr.includes("MT:"));
    assert.match(stderr, /within 15 minutes/);
    assert.match(stderr, /not certified/);
    assert.is(JSON.parse((await run(dir, ["matter", "pair", "--json"])).stdout).manual, "34970112332");
  });

  it("status names the ecosystems, devices what they are, allow and deny what goes out", async () => {
    const dir = await withHub();
    const { status, stdout } = await run(dir, ["matter", "status"]);
    assert.is(status, 0);
    assert.match(stdout, /it runs\n1 device goes out\n/);
    assert.match(stdout, /Home\s+0x1349/);
    const listed = (await run(dir, ["matter", "devices"])).stdout;
    assert.match(listed, /lamp\s+light\s+white\s+yes\s+MAAA-LAMP/);
    assert.match(listed, /siren\s+siren\s+no counterpart\s+no/);
    assert.is((await run(dir, ["matter", "allow", "lamp"])).stdout, "lamp: goes out\n");
    assert.is((await run(dir, ["matter", "deny", "lamp"])).stdout, "lamp: does not go out\n");
    assert.is((await run(dir, ["matter", "disconnect"])).stdout, "the bridge has left 1 ecosystem\n");
  });
});
