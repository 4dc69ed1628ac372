/** Shares that a copy of a service's disk holds, for who has keys to open them. */
import { isMeshError } from "../../src/base/errors.ts";
import { decodeObject, untag } from "../../src/codec/index.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { exchangeSeed, openFrame, SequenceFile } from "../../src/dare/index.ts";
import { CatalogedPower, CatalogUpdate, openServicedShare } from "../../src/schema/index.ts";

/** Every share that the keys open in a copy of MMM_Access, by the id of its capability. */
export async function sharesIn(path: string, keys: readonly PrivateKey[], accountUdf: string): Promise<Map<string, PrivateKey>> {
  const found = new Map<string, PrivateKey>();
  const file = await SequenceFile.open({ path });
  let seed: Uint8Array | undefined;
  for await (const frame of file.frames({ from: 1 })) {
    if (frame.isMeta) continue;
    try {
      if (frame.header.recipients) seed = exchangeSeed(frame, keys);
      const { Entry } = decodeObject(CatalogUpdate, openFrame({ frame, baseSeed: seed! }).payload);
      const [, value] = untag(Entry!, "Entry");
      if (CatalogedPower.takes?.(value) !== true) continue;
      const { Capability } = CatalogedPower.decode(value, "Entry");
      if (Capability.tag !== "CapabilityDecryptServiced") continue;
      const { Id, EnvelopedKeyShare } = Capability.value;
      for (const service of keys) {
        try {
          found.set(Id, openServicedShare(EnvelopedKeyShare, { accountUdf, capabilityId: Id, service }));
        } catch (error) {
          if (!isMeshError(error)) throw error;
        }
      }
    } catch (error) {
      if (!isMeshError(error)) throw error;
    }
  }
  await file.close();
  return found;
}
