/**
 * Gives a service back the messages that it has lost: the frames that it wrote itself, as this device has them. Where it has written others in their
 * place since, nobody can: that is told (docs/extensions.md §5, Repair).
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { SpoolLabel } from "../../schema/index.ts";
import type { Writing } from "../context/write.ts";
import { framePages } from "./stage.ts";

/** A spool of which the service has less than this device, or something else. */
export interface LostMessages {
  readonly store: SpoolLabel;
  /** Frames at the service, and in this device's copy. */
  readonly service: number;
  readonly here: number;
  /** What the service has are the first frames of this copy. */
  readonly isBeginning: boolean;
}

/** Spools that do not go on from what this device has. Errors: those of the service. */
export async function lostMessages({ client, address, stores }: Pick<Writing, "client" | "address" | "stores">): Promise<readonly LostMessages[]> {
  const { ContainerStatus: there } = await client.status({ Account: address, Catalogs: [], Spools: [...stores.spools.keys()] });
  const lost: LostMessages[] = [];
  for (const [store, copy] of stores.spools) {
    const { count: here, treeDigest } = copy;
    const { Index: service = 0, Digest: digest } = there.find(({ Container }) => Container === store) ?? {};
    const isOther = service === here && treeDigest !== undefined && !(digest && equalBytes(digest, treeDigest));
    if (service >= here && !isOther) continue;
    const own = service === 0 ? undefined : await copy.treeDigestAt(service - 1);
    lost.push({ store, service, here, isBeginning: !isOther && own !== undefined && digest !== undefined && equalBytes(own, digest) });
  }
  return lost;
}

/**
 * Gives back what can be. @returns what was; what is still lost, lostMessages tells
 * Errors: ERR_NOT_AUTHORIZED; those of the service.
 */
export async function giveBackMessages(writing: Writing): Promise<readonly LostMessages[]> {
  const { client, address, stores, ports } = writing;
  const given: LostMessages[] = [];
  for (const lost of await lostMessages(writing)) {
    const copy = stores.spools.get(lost.store);
    if (!copy || !lost.isBeginning) continue;
    try {
      let index = lost.service;
      for await (const envelopes of framePages(copy.frames(index))) {
        const digest = await copy.treeDigestAt(index - 1);
        const update = { Container: lost.store, Index: index, ...(digest ? { Digest: digest } : {}), Envelopes: envelopes };
        await client.transact({ Account: address, RequestId: newNonce(ports.random), GivenBack: [update] });
        index += envelopes.length;
      }
      given.push(lost);
    } catch (error) {
      // Somebody wrote to it in this moment.
      if (!isMeshError(error, "ERR_CONFLICT")) throw error;
    }
  }
  return given;
}
