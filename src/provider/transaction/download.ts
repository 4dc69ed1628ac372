/** Download: frames as they were appended, octet for octet, in pages of bounded size. */
import { MeshError } from "../../base/errors.ts";
import type { ContainerUpdate, DownloadRequest } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { Transaction } from "./context.ts";
import { pageOf, refuseMember, refuseSelection, roomFor } from "./pages.ts";

/** Errors: ERR_ACCOUNT_UNKNOWN, ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_NOT_FOUND (no such store, no such epoch), ERR_USAGE (a selection that is not done). */
export const download: Transaction<"Download"> = async (context, request, { caller }) => {
  const { limits } = context;
  const account = await context.book.get(accountAddress(request.Account));
  const { rights } = account.authority(caller.linkUdf);
  const room = roomFor({
    octets: Math.min(request.ConstraintsPost?.BytesMax ?? limits.pageOctets, limits.pageOctets),
    frames: Math.min(request.ConstraintsPost?.MaxEntries ?? limits.pageFrames, limits.pageFrames),
  });
  if (request.Select.length > limits.messages) throw new MeshError("ERR_TOO_LARGE", `selection of ${request.Select.length} stores`);
  refuseUnsupported(request);
  const updates: ContainerUpdate[] = [];
  for (const select of request.Select) updates.push(await pageOf(account, rights, select, room));
  return { Status: statusDone, Updates: updates };
};

/** What the draft allows to ask for and this service does not do. */
function refuseUnsupported({ Select, ConstraintsPost = {} }: DownloadRequest): void {
  refuseSelection(Select);
  if ((ConstraintsPost.BytesOffset ?? 0) !== 0) refuseMember("BytesOffset");
  for (const member of ["Header", "Payload", "Trailer"] as const) if (ConstraintsPost[member] === false) refuseMember(member);
}
