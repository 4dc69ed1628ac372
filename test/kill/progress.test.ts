/** The long run goes on where it was stopped: what passed is not run again, what failed or was cut off is, and another build begins anew. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { Progress } from "./progress.ts";

describe("progress of the long run", (it) => {
  it("is read again", () => {
    const path = join(tempDirectory(), "kill.jsonl");
    const open = (build: string, fresh = false): Progress => Progress.open({ build, fresh, path });
    const first = open("a");
    first.note("hub 1/2", true);
    first.note("hub 2/2", false);
    appendFileSync(path, '{"build":"a","piece":"service 1/2","pas');
    const again = open("a");
    assert.equal([again.hasPassed("hub 1/2"), again.hasPassed("hub 2/2"), again.hasPassed("service 1/2")], [true, false, false]);
    again.note("service 1/2", true);
    assert.ok(open("a").hasPassed("service 1/2"));
    assert.not.ok(open("b").hasPassed("hub 1/2"));
    assert.not.ok(open("a", true).hasPassed("hub 1/2"));
  });
});
