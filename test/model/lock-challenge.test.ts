/**
 * A lock that judges orders, looked through by spin: every order of what phones, a hostile hub with two sessions, time and a loss of power do. No order
 * opens twice or late, no nonce answers two messages, one order has one outcome, and a phone that the lock knows to be removed opens nothing.
 */
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { assertHolds, hasSpin, search } from "./spin.ts";

const model = "lock-challenge.pml";

/** Rules that can be taken out, and what does not hold then. */
const rules = {
  NO_SINGLE: "opened|answered",
  NO_END: "late",
  NO_REBOOT: "opened|answered",
  NO_ATOMIC: "opened|answered|late",
  NO_QUIET: "rejected",
  NO_DELEGATE: "metRemoval",
} as const;

describe("model of a lock that judges orders", (it) => {
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
