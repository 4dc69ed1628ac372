/** mesh-hub open and token: what is printed, where secrets go, and which rights the options make. */
import type { TokenRequest } from "../../../src/api/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";
import { scriptedDoor } from "../../kit/scripted-hub.ts";

describe("mesh-hub open and token", (it) => {
  it("open prints the link alone on stdout", async () => {
    const dir = await withHub();
    const { status, stdout, stderr } = await run(dir, ["open"]);
    assert.equal([status, stdout], [0, "http://127.0.0.1:7380/#link=AAAA\n"]);
    assert.match(stderr, /within 60 s; it works once/);
  });

  it("token add makes rights of its options, and prints the secret alone on stdout", async () => {
    const asked: TokenRequest[] = [];
    const { tokenAdd } = scriptedDoor();
    const dir = await withHub(
      {},
      {
        tokenAdd: (request) => {
          asked.push(request);
          return tokenAdd(request);
        },
      },
    );
    const { stdout, stderr } = await run(dir, ["token", "add", "panel"]);
    assert.is(stdout, "mht_AAAA\n");
    assert.match(stderr, /panel may read; the secret is not shown again/);
    await run(dir, ["token", "add", "wall", "--command", "--place", "kitchen", "--place", "hall", "--class", "light", "--days", "7"]);
    await run(dir, ["token", "add", "all", "--risky", "--manage"]);
    assert.equal(asked, [
      { name: "panel", rights: [{ allows: "read" }] },
      {
        name: "wall",
        rights: [
          { allows: "read", places: ["kitchen", "hall"], classes: ["light"] },
          { allows: "command", places: ["kitchen", "hall"], classes: ["light"], harmless: true },
        ],
        days: 7,
      },
      { name: "all", rights: [{ allows: "read" }, { allows: "command" }, { allows: "manage" }] },
    ]);
    const refused = await run(dir, ["token", "add", "x", "--manage", "--place", "hall"]);
    assert.is(refused.status, 2);
    assert.match(refused.stderr, /--manage knows no places/);
  });

  it("token list and delete", async () => {
    const dir = await withHub(
      {},
      {
        tokens: async () => [
          {
            id: "AAAA",
            kind: "token",
            name: "pa\u001bnel",
            rights: [{ allows: "read" }],
            created: "2026-05-01T12:00:00Z",
            until: "2026-06-01T12:00:00Z",
          },
        ],
      },
    );
    assert.is((await run(dir, ["token", "list"])).stdout, "token\tpa\\x1bnel\tAAAA\tread\t2026-05-01T12:00:00Z\t2026-06-01\n");
    assert.is((await run(dir, ["token", "delete", "panel"])).stdout, "ended token panel\n");
    const empty = await run(await withHub(), ["token", "list"]);
    assert.match(empty.stderr, /no tokens, and no page is signed in/);
  });
});
