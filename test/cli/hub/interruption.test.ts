/** mesh-hub onboard is interrupted: the hub goes on, and the exit status is what shells expect. */
import { interruption } from "../../../src/base/interruption.ts";
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";

describe("an interrupted command of mesh-hub", (it) => {
  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`ends with ${expected} at ${signal}, also as JSON`, async () => {
      const stop: AbortController[] = [];
      const dir = await withHub({
        async *onboard() {
          yield { step: "find", state: "started", message: "looking" };
          stop.at(-1)?.abort(interruption(signal));
          await new Promise(() => undefined);
        },
      });
      for (const json of [[], ["--json"]]) {
        const end = new AbortController();
        stop.push(end);
        const { status, stdout, stderr } = await run(dir, ["onboard", "mcu://maker@example.com/EAAA", ...json], { signal: end.signal });
        assert.is(status, expected, stdout + stderr);
        if (json.length === 0) assert.match(stderr, /^error: interrupted; the hub goes on\nhint: /m);
        else assert.is(JSON.parse(stdout.trim().split("\n").at(-1) ?? "").error.code, "ERR_INTERRUPTED");
      }
    });
  }
});
