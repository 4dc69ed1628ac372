/** What a caller is to this service: a device that its account lets in, or a stranger. Limits tell the two apart. */
import { isMeshError } from "../../base/errors.ts";
import type { Caller } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { AccountBook } from "../account/account-book.ts";

/** What a stranger's request is counted against. */
export interface StrangerBudget {
  /** ERR_QUOTA when it is used up. */
  take(): void;
  giveBack(): void;
}

/**
 * Folded address of the account whose device the caller is; undefined for a stranger. An account that is not in memory is opened after the
 * request was counted as a stranger's: anybody can name any account. Errors: those of the budget; whoever cannot be told is a stranger.
 */
export async function memberOf(
  book: Pick<AccountBook, "get" | "isOpen">,
  { linkUdf, account }: Pick<Caller, "linkUdf" | "account">,
  budget: StrangerBudget,
): Promise<string | undefined> {
  const address = account === undefined ? undefined : foldedAddress(account);
  const isCounted = address === undefined || !book.isOpen(address);
  if (isCounted) budget.take();
  if (address !== undefined && (await letsIn(book, address, linkUdf))) {
    if (isCounted) budget.giveBack();
    return address;
  }
  if (!isCounted) budget.take();
  return undefined;
}

function foldedAddress(text: string): string | undefined {
  try {
    return accountAddress(text);
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

async function letsIn(book: Pick<AccountBook, "get">, address: string, linkUdf: string): Promise<boolean> {
  try {
    (await book.get(address)).authority(linkUdf);
    return true;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}
