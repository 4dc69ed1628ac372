/**
 * Split administration at the service, looked through by spin: no number is signed for two devices, none beyond the limit or unseen, and nothing after
 * a stop, in every order of what a hostile phone, a tablet, an administrator and a kill do.
 */
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { assertHolds, hasSpin, search } from "./spin.ts";

const model = "split.pml";

/** Rules that can be taken out, and what does not hold then. */
const rules = {
  NO_RESERVE: "used|made",
  NO_ONCE: "used|made",
  NO_COUNT: "s<=2",
  NO_KEEP: "used|made",
  NO_DISK: "used|made",
  NO_JUDGE: "granted",
  NO_STOP: "frozen",
} as const;

describe("model of split administration", (it) => {
  it(
    "holds in every order",
    () => {
      skipUnless(hasSpin, "needs spin and a C compiler");
      assertHolds(search(model));
    },
    { timeoutMs: 180_000 },
  );

  for (const [rule, word] of Object.entries(rules)) {
    it(
      `finds what goes wrong with ${rule}`,
      () => {
        skipUnless(hasSpin, "needs spin and a C compiler");
        assert.match(search(model, rule), new RegExp(`assertion violated.*(${word})`));
      },
      { timeoutMs: 60_000 },
    );
  }
});
