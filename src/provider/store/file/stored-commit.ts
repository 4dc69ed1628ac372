/** How a change of an account is written in its journal. Header and trailer of a frame are JSON, so they stand as text and come back the same. */
import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { decodeBase64url, encodeBase64url } from "../../../codec/base64url.ts";
import type { FrameOctets } from "../../../dare/index.ts";
import { storeLabel } from "../../../schema/index.ts";
import type { Answer, Append, Commit, Delivery, StoreEnds } from "../service-store.ts";

type StoredFrame = readonly [header: string, body: string, trailer: string];
interface StoredAppend {
  readonly label: string;
  readonly index: number;
  readonly frames: readonly StoredFrame[];
}
interface StoredAnswer {
  /** Sender and request id with a blank between. */
  readonly key: string;
  readonly time: number;
  readonly response: string;
}
interface StoredEnd {
  readonly label: string;
  readonly count: number;
  readonly octets: number;
  readonly digest?: string;
}

/** A change. */
export interface StoredCommit {
  readonly kind: "commit";
  readonly id: number;
  readonly appends: readonly StoredAppend[];
  readonly answer?: StoredAnswer;
  readonly seen?: { readonly sender: string; readonly requestIds: readonly string[] };
  readonly deliveries?: readonly Delivery[];
}

/** A record of the journal; `settled`: the stores have everything before it, and end there. */
export type Stored =
  | StoredCommit
  | { readonly kind: "answer"; readonly answer: StoredAnswer }
  | { readonly kind: "delivered"; readonly id: number }
  | { readonly kind: "settled"; readonly id: number; readonly ends: readonly StoredEnd[] };

export function storeCommit(id: number, { appends, answer, seen, deliveries }: Commit): StoredCommit {
  return {
    kind: "commit",
    id,
    appends: appends.map(({ store, index, frames }) => ({ label: store, index, frames: frames.map(storeFrame) })),
    ...(answer === undefined ? {} : { answer: storeAnswer(answer) }),
    ...(seen === undefined ? {} : { seen }),
    ...(deliveries === undefined ? {} : { deliveries }),
  };
}

/** ERR_STORE_DAMAGED names the path. */
export function loadAppend({ label, index, frames }: StoredAppend, path: string): Append {
  return { store: storeLabel(label), epoch: 0, index, frames: frames.map((frame) => loadFrame(frame, path)) };
}

export function storeAnswer({ sender, requestId, time, response }: Answer): StoredAnswer {
  return { key: `${sender} ${requestId}`, time, response: fromUtf8(response) };
}

export function loadAnswer({ key, time, response }: StoredAnswer): Answer {
  const blank = key.indexOf(" ");
  return { sender: key.slice(0, blank), requestId: key.slice(blank + 1), time, response: utf8(response) };
}

export function storeEnds(ends: StoreEnds): readonly StoredEnd[] {
  return [...ends].map(([label, { count, octets, digest }]) => ({
    label,
    count,
    octets,
    ...(digest === undefined ? {} : { digest: encodeBase64url(digest) }),
  }));
}

export function loadEnds(ends: readonly StoredEnd[]): StoreEnds {
  return new Map(
    ends.map(({ label, count, octets, digest }) => {
      const bytes = digest === undefined ? undefined : decodeBase64url(digest);
      return [storeLabel(label), { epoch: 0, count, octets, ...(bytes === undefined ? {} : { digest: bytes }) }];
    }),
  );
}

function storeFrame({ headerOctets, body, trailerOctets }: FrameOctets): StoredFrame {
  return [fromUtf8(headerOctets), encodeBase64url(body), fromUtf8(trailerOctets)];
}

function loadFrame([header, body, trailer]: StoredFrame, path: string): FrameOctets {
  const octets = decodeBase64url(body);
  if (octets === undefined) throw new MeshError("ERR_STORE_DAMAGED", `${path} holds a damaged frame`);
  return { headerOctets: utf8(header), body: octets, trailerOctets: utf8(trailer) };
}
