/** How changes of an account are written in its journal. Header and trailer of a frame are JSON, so they stand as text and come back the same. */
import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { decodeBase64url, encodeBase64url } from "../../../codec/base64url.ts";
import type { FrameOctets } from "../../../dare/index.ts";
import { storeLabel } from "../../../schema/index.ts";
import type { Answer, Append, Commit, Delivery } from "../service-store.ts";
import type { FileName, StoredLedger, StoredStage } from "./ledger.ts";

type StoredFrame = readonly [header: string, body: string, trailer: string];
interface StoredAppend {
  readonly label: string;
  /** 0 when absent, as before stores could begin anew. */
  readonly epoch?: number;
  readonly index: number;
  readonly frames: readonly StoredFrame[];
}
interface StoredAnswer {
  /** Sender and request id with a blank between. */
  readonly key: string;
  readonly time: number;
  readonly response: string;
}

/** A file; of a staged sequence when it has a number. */
export interface StoredFile {
  readonly label: string;
  readonly epoch: number;
  readonly number?: number;
}

/** A staged file that comes in force. */
export interface StoredSwitch extends Required<StoredFile> {
  readonly count: number;
  readonly time: number;
}

/** A change. */
export interface StoredCommit {
  readonly kind: "commit";
  readonly id: number;
  readonly appends: readonly StoredAppend[];
  readonly switches?: readonly StoredSwitch[];
  readonly answer?: StoredAnswer;
  readonly seen?: { readonly sender: string; readonly requestIds: readonly string[] };
  readonly deliveries?: readonly Delivery[];
}

/**
 * A record of the journal. `delivered`: these deliveries of a commit are over; all of them where 0.2.0 wrote it. `settled`: the files have everything before it, and the ledger is this. `staged`: a staged sequence was begun or goes on.
 * `gone`: a file that is not in force is removed. `swept`: bodies before an index are erased.
 */
export type Stored =
  | StoredCommit
  | { readonly kind: "answer"; readonly answer: StoredAnswer }
  | { readonly kind: "delivered"; readonly id: number; readonly of?: readonly Delivery[] }
  | (StoredStage & { readonly kind: "staged" })
  | (StoredFile & { readonly kind: "gone" })
  | { readonly kind: "swept"; readonly label: string; readonly epoch: number; readonly to: number }
  | (StoredLedger & { readonly kind: "settled"; readonly id: number });

/** @param files of the staged sequences that come in force */
export function storeCommit(id: number, { appends, answer, seen, deliveries }: Commit, switches: readonly StoredSwitch[]): StoredCommit {
  return {
    kind: "commit",
    id,
    appends: appends.map(({ store, epoch, index, frames }) => ({
      label: store,
      ...(epoch === 0 ? {} : { epoch }),
      index,
      frames: frames.map(storeFrame),
    })),
    ...(switches.length === 0 ? {} : { switches }),
    ...(answer === undefined ? {} : { answer: storeAnswer(answer) }),
    ...(seen === undefined ? {} : { seen }),
    ...(deliveries === undefined ? {} : { deliveries }),
  };
}

/** ERR_STORE_DAMAGED names the path. */
export function loadAppend({ label, epoch = 0, index, frames }: StoredAppend, path: string): Append {
  return { store: storeLabel(label), epoch, index, frames: frames.map((frame) => loadFrame(frame, path)) };
}

export function storeAnswer({ sender, requestId, time, response }: Answer): StoredAnswer {
  return { key: `${sender} ${requestId}`, time, response: fromUtf8(response) };
}

export function loadAnswer({ key, time, response }: StoredAnswer): Answer {
  const blank = key.indexOf(" ");
  return { sender: key.slice(0, blank), requestId: key.slice(blank + 1), time, response: utf8(response) };
}

export function storeFile({ store, epoch, number }: FileName): StoredFile {
  return { label: store, epoch, ...(number === undefined ? {} : { number }) };
}

export function loadFile({ label, epoch, number }: StoredFile): FileName {
  return { store: storeLabel(label), epoch, ...(number === undefined ? {} : { number }) };
}

function storeFrame({ headerOctets, body, trailerOctets }: FrameOctets): StoredFrame {
  return [fromUtf8(headerOctets), encodeBase64url(body), fromUtf8(trailerOctets)];
}

function loadFrame([header, body, trailer]: StoredFrame, path: string): FrameOctets {
  const octets = decodeBase64url(body);
  if (octets === undefined) throw new MeshError("ERR_STORE_DAMAGED", `${path} holds a damaged frame`);
  return { headerOctets: utf8(header), body: octets, trailerOctets: utf8(trailer) };
}
