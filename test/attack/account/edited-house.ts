/** A house whose service shows edited stores to everybody but the owner's first device. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace } from "../../../src/account/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import type { HostileService } from "./hostile-service.ts";
import { startHostile } from "./hostile-service.ts";

/** The account's address. */
export const address = "alice@example.com";

/** A form in which a store is shown. */
export type Edit = (frames: readonly DareEnvelope[]) => readonly DareEnvelope[];

/** The owner at her first device, her laptop, her hub, and the service that edits. */
export interface EditedHouse {
  readonly house: Household;
  readonly evil: HostileService;
  readonly alice: AccountContext;
  readonly laptop: AccountContext;
  readonly hub: AccountContext;
  /** Shows the whole store in another form, to all but the owner's first device. */
  show(label: CatalogLabel, change: Edit, truth: readonly DareEnvelope[]): void;
  /** Shows what is there again. */
  honest(): void;
}

/** Starts the house, with a place named hall. */
export async function startEditedHouse(): Promise<EditedHouse> {
  let hostile: HostileService | undefined;
  const house = await startHousehold(async (dir) => {
    hostile = await startHostile(dir);
    return hostile;
  });
  if (!hostile) throw new Error("the household has not started its service");
  const evil = hostile;
  const alice = await house.create("alice", address);
  const laptop = await house.join(alice, "laptop", ["web", "command"]);
  const hub = await house.join(alice, "hub", ["hub"]);
  await addPlace(alice, { name: "hall" });
  await alice.sync();

  function show(label: CatalogLabel, change: Edit, truth: readonly DareEnvelope[]): void {
    const shown = change(truth);
    evil.malice.status = (answer, linkUdf) => ({
      ...answer,
      ContainerStatus: answer.ContainerStatus.map((status) => {
        const last = shown.at(-1)?.trailer?.TreeDigest;
        if (linkUdf === alice.identity.base.link448.public.udf || status.Container !== label) return status;
        return { ...status, Index: shown.length, ...(last ? { Digest: last } : {}) };
      }),
    });
    evil.malice.download = (answer, linkUdf) => ({
      ...answer,
      Updates: answer.Updates.map((update) => {
        if (linkUdf === alice.identity.base.link448.public.udf || update.Container !== label) return update;
        const from = update.Envelopes[0]?.header.SequenceInfo?.Index ?? truth.length;
        return { ...update, Index: shown.length, Envelopes: shown.slice(from) };
      }),
    });
  }

  function honest(): void {
    evil.malice.status = undefined;
    evil.malice.download = undefined;
  }

  return { house, evil, alice, laptop, hub, show, honest };
}
