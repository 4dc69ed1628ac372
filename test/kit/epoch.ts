/** Epochs as a device would stage them and switch to them, without the account room: what a person keeps of a catalog goes on in a new sequence. */
import type { Datum } from "../../src/codec/datum.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { TreeFrontier } from "../../src/dare/index.ts";
import type { ContainerStatus, MeshClient, StageSwitch } from "../../src/protocol/index.ts";
import type { CatalogLabel, EpochBegin } from "../../src/schema/index.ts";
import type { Person } from "./service.ts";
import { random } from "./service.ts";

/** A sequence that is to come in force. */
export interface Prepared {
  readonly label: CatalogLabel;
  readonly name: string;
  readonly epoch: number;
  readonly former: ContainerStatus;
  readonly frames: readonly DareEnvelope[];
  readonly frontier: TreeFrontier;
}

interface Entry {
  readonly key: string;
  readonly entry?: Datum;
}

/** Makes the next epoch of a catalog with these entries; `change` is for what should be refused. */
export async function prepare(person: Person, label: CatalogLabel, entries: readonly Entry[], change: Partial<EpochBegin> = {}): Promise<Prepared> {
  const { ContainerStatus: statuses } = await person.client.status({ Account: person.address, Catalogs: [label] });
  const former = statuses[0]!;
  const epoch = (former.Epoch ?? 0) + 1;
  const begin: EpochBegin = {
    AccountUdf: person.udf,
    Store: label,
    Epoch: epoch,
    KeyEpoch: 0,
    Former: { Store: label, Epoch: epoch - 1, Index: former.Index - 1, TreeDigest: former.Digest ?? new Uint8Array() },
    Reason: "Compact",
    Time: "2026-01-01T00:00:00Z",
    DeviceUdf: person.device.profileKey.public.udf,
    ...change,
  };
  const frontier = new TreeFrontier();
  const { Envelopes } = person.frames(label, frontier, entries, { epoch, begin });
  return { label, name: newNonce(random).slice(0, 32), epoch, former, frames: Envelopes, frontier };
}

/** Sends frames of a prepared sequence in pages. @returns where the staged sequence ends */
export async function sendPages(
  person: Person,
  prepared: Prepared,
  options: { readonly from?: number; readonly to?: number; readonly page?: number; readonly client?: MeshClient } = {},
): Promise<ContainerStatus> {
  const { from = 0, to = prepared.frames.length, page = 2, client = person.client } = options;
  let end: ContainerStatus | undefined;
  for (let at = from; at < to; at += page) {
    const Envelopes = prepared.frames.slice(at, Math.min(to, at + page));
    end = (await client.stage({ ...named(person, prepared), Index: at, Envelopes })).ContainerStatus[0];
  }
  return end!;
}

/** Asks how far a staged sequence has come. */
export async function askStage(person: Person, prepared: Prepared, client = person.client): Promise<ContainerStatus> {
  return (await client.stage({ ...named(person, prepared), Index: 0, Envelopes: [] })).ContainerStatus[0]!;
}

export function switchTo({ label, name, epoch, former, frontier }: Prepared): StageSwitch {
  return { Container: label, Stage: name, Former: former, Epoch: epoch, Index: frontier.count, Digest: frontier.last! };
}

/** Stages the next epochs of catalogs and switches to them. */
export async function goOn(person: Person, ...catalogs: readonly (readonly [CatalogLabel, readonly Entry[]])[]): Promise<readonly Prepared[]> {
  const all: Prepared[] = [];
  for (const [label, entries] of catalogs) {
    const prepared = await prepare(person, label, entries);
    await sendPages(person, prepared);
    all.push(prepared);
  }
  await person.client.transact({ Account: person.address, RequestId: newNonce(random), Switch: all.map(switchTo) });
  return all;
}

function named(person: Person, { name, label, epoch }: Prepared): { Account: string; Stage: string; Container: string; Epoch: number } {
  return { Account: person.address, Stage: name, Container: label, Epoch: epoch };
}
