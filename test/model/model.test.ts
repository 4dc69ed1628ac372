/**
 * Epochs, looked through by spin: every order of what two administrators, a hub, a removed device, a service that withholds and a reader do when stores
 * begin anew, and when one of them repairs a service that was put back. The models say where each of their rules stands in the code.
 */
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { assertHolds, hasSpin, search } from "./spin.ts";

const model = "epoch-switch.pml";

/** Rules that can be taken out, and a word of the assertion that does not hold then. */
const rules = {
  NO_FORMER: "closed",
  NO_APEX: "tail",
  NO_FLOOR: "floor",
  NO_RIGHT: "met",
  NO_END: "met",
  NO_LEAP: "met",
} as const;

describe("model of the epoch switch", (it) => {
  it(
    "holds in every order",
    () => {
      skipUnless(hasSpin, "needs spin and a C compiler");
      assertHolds(search(model));
    },
    { timeoutMs: 60_000 },
  );

  for (const [rule, word] of Object.entries(rules)) {
    it(`finds what goes wrong with ${rule}`, () => {
      skipUnless(hasSpin, "needs spin and a C compiler");
      assert.match(search(model, rule), new RegExp(`assertion violated.*${word}`));
    });
  }
});

/** The same of the repair. */
const repairRules = {
  NO_RESTRICTION: "group",
  NO_COMPARE: "ok",
  NO_FIRST: "ok",
  NO_WAIT: "met",
  NO_HEAD: "place",
  NO_RESTATE: "head",
  NO_VERSION: "profile",
  NO_KNOWN: "met",
} as const;

describe("model of a repair", (it) => {
  const repair = "epoch-repair.pml";

  it("holds in every order", () => {
    skipUnless(hasSpin, "needs spin and a C compiler");
    assertHolds(search(repair), 5_000);
  });

  for (const [rule, word] of Object.entries(repairRules)) {
    it(`finds what goes wrong with ${rule}`, () => {
      skipUnless(hasSpin, "needs spin and a C compiler");
      assert.match(search(repair, rule), new RegExp(`assertion violated.*${word}`));
    });
  }
});
