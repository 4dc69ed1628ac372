/** Who is a device of an account: strangers pay before an account is opened for them. */
import { MeshError } from "../../../src/base/errors.ts";
import { memberOf } from "../../../src/provider/access/standing.ts";
import type { Account } from "../../../src/provider/account/account.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

/** A service with one account that lets one key in, in memory or not. */
function bookWith(options: { readonly isOpen: boolean; readonly isDamaged?: boolean }) {
  let opened = 0;
  const authority = (linkUdf: string): unknown => {
    if (linkUdf !== "MOWN") throw new MeshError("ERR_NOT_AUTHORIZED", "no");
    return {};
  };
  return {
    isOpen: () => options.isOpen,
    get: async (address: string): Promise<Account> => {
      if (!options.isOpen) opened += 1;
      if (options.isDamaged) throw new MeshError("ERR_STORE_DAMAGED", "damaged");
      assert.is(address, "alice@example.com");
      return { authority } as unknown as Account;
    },
    get opened() {
      return opened;
    },
  };
}

function budgetOf(left: number) {
  return {
    left,
    take(): void {
      if (this.left === 0) throw new MeshError("ERR_QUOTA", "too many");
      this.left -= 1;
    },
    giveBack(): void {
      this.left += 1;
    },
  };
}

const account = "ALICE@example.com";

describe("provider: standing of a caller", (it) => {
  it("a device is told by its folded address and costs nothing", async () => {
    for (const isOpen of [true, false]) {
      const budget = budgetOf(1);
      assert.is(await memberOf(bookWith({ isOpen }), { linkUdf: "MOWN", account }, budget), "alice@example.com");
      assert.is(budget.left, 1);
    }
  });

  it("a stranger pays once, whatever it names", async () => {
    const callers = [{ linkUdf: "MEVE" }, { linkUdf: "MEVE", account }, { linkUdf: "MEVE", account: "no address" }];
    for (const options of [{ isOpen: true }, { isOpen: false }, { isOpen: false, isDamaged: true }]) {
      for (const caller of callers) {
        const budget = budgetOf(2);
        assert.is(await memberOf(bookWith(options), caller, budget), undefined);
        assert.is(budget.left, 1);
      }
    }
  });

  it("with the budget used up no account is opened", async () => {
    const book = bookWith({ isOpen: false });
    await throwsMesh(memberOf(book, { linkUdf: "MEVE", account }, budgetOf(0)), "ERR_QUOTA");
    assert.is(book.opened, 0);
  });
});
