/** Download: frames as they were appended, octet for octet, in pages of bounded size. */
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import type { ConstraintsSelect, ContainerUpdate, DownloadRequest } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, mayRead, storeLabel } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import { statusOf } from "../account/container-status.ts";
import type { Transaction } from "./context.ts";

/** What a page may still hold. */
interface Room {
  octets: number;
  frames: number;
  isEmpty: boolean;
}

/** Errors: ERR_ACCOUNT_UNKNOWN, ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_NOT_FOUND (no such store, no such epoch), ERR_USAGE (a selection that is not done). */
export const download: Transaction<"Download"> = async (context, request, { caller }) => {
  const { limits } = context;
  const account = await context.book.get(accountAddress(request.Account));
  const { rights } = account.authority(caller.linkUdf);
  const room: Room = {
    octets: Math.min(request.ConstraintsPost?.BytesMax ?? limits.pageOctets, limits.pageOctets),
    frames: Math.min(request.ConstraintsPost?.MaxEntries ?? limits.pageFrames, limits.pageFrames),
    isEmpty: true,
  };
  if (request.Select.length > limits.messages) throw new MeshError("ERR_TOO_LARGE", `selection of ${request.Select.length} stores`);
  refuseUnsupported(request);
  const updates: ContainerUpdate[] = [];
  for (const select of request.Select) {
    const label = storeLabel(select.Container);
    if (!mayRead(rights, label)) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${label}`);
    const end = await account.end(label, select.Epoch);
    updates.push({ ...statusOf(label, end), Envelopes: await page(account, { select, epoch: end.epoch }, room) });
  }
  return { Status: statusDone, Updates: updates };
};

/** What the draft allows to ask for and this service does not do is refused by name, never passed over. */
function refuseUnsupported({ Select, ConstraintsPost = {} }: DownloadRequest): void {
  const refuse = (member: string): never => {
    throw new MeshError("ERR_USAGE", `this service does not select by ${member}`, {
      hint: "select by IndexMin and IndexMax, page by BytesMax and MaxEntries",
    });
  };
  for (const select of Select) for (const member of ["NotBefore", "Before", "PageKey"] as const) if (select[member] !== undefined) refuse(member);
  if ((ConstraintsPost.BytesOffset ?? 0) !== 0) refuse("BytesOffset");
  for (const member of ["Header", "Payload", "Trailer"] as const) if (ConstraintsPost[member] === false) refuse(member);
}

/** At least one frame of a page that is still empty, however large it is, or the caller would never get on. */
async function page(
  account: Account,
  { select, epoch }: { readonly select: ConstraintsSelect; readonly epoch: number },
  room: Room,
): Promise<DareEnvelope[]> {
  const out: DareEnvelope[] = [];
  const { IndexMin: from, IndexMax: last } = select;
  const range = last === undefined ? { from, epoch } : { from, to: last + 1, epoch };
  for await (const frame of account.frames(storeLabel(select.Container), range)) {
    const size = frame.headerOctets.length + frame.body.length + frame.trailerOctets.length;
    if (room.frames === 0 || (size > room.octets && !room.isEmpty)) break;
    room.frames -= 1;
    room.octets -= size;
    room.isEmpty = false;
    out.push(envelopeOf(frame));
  }
  return out;
}

/** An empty trailer record is an absent part of the envelope. */
function envelopeOf(frame: SequenceFrame): DareEnvelope {
  const { header, headerOctets, body, trailer, trailerOctets } = frame;
  return { header, headerOctets, body, ...(trailer === undefined ? {} : { trailer, trailerOctets }) };
}
