/** What a caller is to this service: a device that its account lets in, or a stranger. Limits tell the two apart. */
import { isMeshError } from "../../base/errors.ts";
import type { Caller } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { AccountBook } from "../account/account-book.ts";

/** True for a link key that has rights in the account that its session speaks for. Never fails: whoever cannot be told is a stranger. */
export async function isMember(book: AccountBook, { linkUdf, account }: Pick<Caller, "linkUdf" | "account">): Promise<boolean> {
  if (account === undefined) return false;
  try {
    (await book.get(accountAddress(account))).authority(linkUdf);
    return true;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}
