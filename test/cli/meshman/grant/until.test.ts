/** Ends as people say them. */

import { MeshError } from "../../../../src/base/errors.ts";
import { untilOf } from "../../../../src/cli/meshman/grant/until.ts";
import { assert, describe } from "../../../harness/suite.ts";

describe("meshman: until", (it) => {
  const friday = new Date(2026, 10, 27, 15, 30).getTime();
  const at = (text: string): Date => new Date(untilOf(text, friday));

  it("is a time from now, the end of a day, or a time", () => {
    assert.is(untilOf("2h", friday), friday + 7_200_000);
    assert.is(untilOf("3", friday), friday + 3 * 86_400_000);
    assert.equal(at("sunday"), new Date(2026, 10, 30));
    assert.equal(at("Sun"), new Date(2026, 10, 30));
    assert.equal(at("friday"), new Date(2026, 10, 28), "today is friday: the end of it");
    assert.equal(at("thursday"), new Date(2026, 11, 4));
    assert.equal(at("tomorrow"), new Date(2026, 10, 29));
    assert.equal(at("2026-12-24"), new Date(2026, 11, 25));
    assert.equal(at("2026-12-24T18:00:00Z"), new Date(Date.UTC(2026, 11, 24, 18)));
  });

  it("is refused when nobody can tell what it means", () => {
    for (const text of ["", "soon", "2026-02-30", "2026-13-01", "su", "-1h", "400d", "2026-12-24T99:00"])
      assert.throws(
        () => untilOf(text, friday),
        (error: unknown) => error instanceof MeshError && error.code === "ERR_USAGE",
      );
  });
});
