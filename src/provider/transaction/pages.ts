/** Pages of frames as a caller selects them: octet for octet as they were appended, and of bounded size. */
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import type { ConstraintsSelect, ContainerUpdate } from "../../protocol/index.ts";
import { mayRead, storeLabel } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import { statusOf } from "../account/container-status.ts";

/** What an answer may still hold. */
export interface Room {
  octets: number;
  frames: number;
  isEmpty: boolean;
}

/** Room for so much, and for one frame in any case. */
export function roomFor(most: { readonly octets: number; readonly frames: number }): Room {
  return { ...most, isEmpty: true };
}

/** What this service does not select by is refused by name, never passed over. ERR_USAGE. */
export function refuseSelection(selects: readonly ConstraintsSelect[]): void {
  for (const select of selects)
    for (const member of ["NotBefore", "Before", "PageKey"] as const) if (select[member] !== undefined) refuseMember(member);
}

/** ERR_USAGE. */
export function refuseMember(member: string): never {
  throw new MeshError("ERR_USAGE", `this service does not select by ${member}`, {
    hint: "select by IndexMin and IndexMax, page by BytesMax and MaxEntries",
  });
}

/** One page, which takes its room. Errors: ERR_NOT_AUTHORIZED; ERR_NOT_FOUND for an epoch that is not kept. */
export async function pageOf(account: Account, rights: readonly string[], select: ConstraintsSelect, room: Room): Promise<ContainerUpdate> {
  const label = storeLabel(select.Container);
  if (!mayRead(rights, label)) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${label}`);
  const end = await account.end(label, select.Epoch);
  return { ...statusOf(label, end), Envelopes: await framesOf(account, { select, epoch: end.epoch }, room) };
}

/** At least one frame of a page that is still empty, however large it is, or the caller would never get on. */
async function framesOf(
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
