/** Pauses between attempts: they double, stay under their bound, and differ from one machine to the next. */
import fc from "fast-check";
import { backOffMs } from "../../src/base/back-off.ts";
import { assert, describe } from "../harness/suite.ts";

describe("back-off", (it) => {
  it("is between half and all of the doubled first pause, whatever the attempt", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 5000 }), fc.uint8Array({ minLength: 2, maxLength: 2 }), (attempt, firstMs, octets) => {
        const bounds = { firstMs, mostMs: 60_000 };
        const ms = backOffMs(attempt, { bytes: () => octets }, bounds);
        const full = Math.min(bounds.mostMs, firstMs * 2 ** Math.min(attempt, 16));
        assert.ok(ms >= full / 2 && ms <= full, `${ms} of ${full}`);
      }),
    );
  });
});
