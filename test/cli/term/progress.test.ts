/** The line that says what is being done goes away before anything else is written. */
import { createOutput } from "../../../src/cli/term/output.ts";
import { withProgress } from "../../../src/cli/term/progress.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

describe("progress", (it) => {
  it("is cleared before the first output, and not twice", async () => {
    let text = "";
    const stream = { write: (part: string) => (text += part), isTTY: true, columns: 80 };
    const clock = new ManualClock();
    const output = createOutput({ stdout: stream, stderr: stream }, { json: false });
    await withProgress({ output, clock, doing: "synchronising" }, async () => {
      clock.advance(1500);
      await settle();
      output.line("NAME  IN");
      output.line("hall");
    });
    assert.is(text, "synchronising ...\r\x1b[KNAME  IN\nhall\n");
  });
});
