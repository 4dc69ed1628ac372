/** What a system error is called. */
import { fileError } from "../../src/base/atomic-file.ts";
import { asMeshError } from "../../src/base/errors.ts";
import { assert, describe } from "../harness/suite.ts";

describe("base: system errors", (it) => {
  for (const [system, code] of [
    ["EMFILE", "ERR_BUSY"],
    ["ENFILE", "ERR_BUSY"],
    ["ENOMEM", "ERR_BUSY"],
    ["ENOSPC", "ERR_DISK_FULL"],
    ["EDQUOT", "ERR_DISK_FULL"],
    ["EACCES", "ERR_PERMISSION"],
    ["EIO", "ERR_STORE"],
  ] as const) {
    it(`${system} is ${code}, also from a file`, () => {
      const error = Object.assign(new Error(system), { code: system });
      assert.is(asMeshError(error).code, code);
      assert.is(fileError(error, "cannot open x").code, code);
    });
  }

  for (const [system, remedy] of [
    ["EMFILE", /ulimit -n/],
    ["ENFILE", /fs\.file-max/],
    ["ENOMEM", /MemoryMax/],
    ["EROFS", /read-only/],
  ] as const) {
    it(`${system} says what to raise, also from a file`, () => {
      const error = Object.assign(new Error(system), { code: system });
      for (const told of [asMeshError(error), fileError(error, "cannot open x")]) assert.match(told.hint, remedy);
    });
  }
});
