/** `dare copy`: an archive written anew, without what was deleted or replaced, in clear or for other readers. */
import { MeshError } from "../../../base/errors.ts";
import { encryptionUdf } from "../../../crypto/index.ts";
import type { ContentMeta } from "../../../dare/index.ts";
import { appendIndexRecord, frameMeta, isEncrypted, isRedacted, liveEntries, maxPositions } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import { givenKey } from "../key/given.ts";
import type { Invocation } from "../surroundings.ts";
import { makeSequence } from "./archive-file.ts";
import { openingOf } from "./opening.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";
import { withSequence } from "./sequence-file.ts";
import type { TypeFlags } from "./type-flags.ts";
import { containerTypeOf, contentTypeOfUse } from "./type-flags.ts";

/** What `dare copy` takes. */
export interface CopyFlags extends SealingFlags {
  readonly decrypt?: boolean;
  readonly index: boolean;
  readonly purge: boolean;
  readonly force?: boolean;
  readonly legacy?: boolean;
}

/** `dare copy IN OUT`. Errors: ERR_USAGE when what is encrypted would come out in clear unasked. */
export async function dareCopy(call: Invocation, input: string, file: string, flags: CopyFlags & TypeFlags): Promise<void> {
  const { output, ports, signal } = call;
  const { key, keyFile, ...others } = flags;
  const held = { ...(key !== undefined && { key }), ...(keyFile !== undefined && { keyFile }) };
  if (flags.decrypt && flags.encrypt) throw new MeshError("ERR_USAGE", "--decrypt and --encrypt exclude each other");
  const given = await givenKey(call, held);
  const opening = await openingOf(call, given ? { key: encryptionUdf(given) } : {});
  // The key that opens the archive closes its copy as well, unless that is to be in clear.
  const sealing = { ...(await sealingOf(call, others)), ...(given && !flags.decrypt && { symmetricKey: given }) };
  const isSealed = sealing.recipients !== undefined || sealing.symmetricKey !== undefined;
  const content = await contentOf(call, input);
  const copied = await withSequence(call, { content, opening, legacy: flags.legacy ?? false }, async ({ reader, opener, frames }) => {
    await reader.verify();
    const { frame: first } = await reader.read(0);
    const kept = flags.purge ? new Set((await liveEntries(frames("reading"))).map(({ index }) => index)) : undefined;
    const contentType = frameMeta(first).cty ?? contentTypeOfUse(flags);
    const made = { file, replace: flags.force ?? false, containerType: containerTypeOf(flags), contentType, sealing };
    return makeSequence(call, made, async ({ entries }) => {
      let count = 0;
      for await (const frame of frames("copying")) {
        signal.throwIfAborted();
        const meta = frameMeta(frame);
        const isNamed = meta.UniqueId !== undefined || frame.header.EnvelopeId !== undefined;
        if (frame.index === 0 || frame.isMeta || isRedacted(frame) || (kept && isNamed && !kept.has(frame.index))) continue;
        if (isEncrypted(frame.header) && !isSealed && !flags.decrypt)
          throw new MeshError("ERR_USAGE", `${input} is encrypted, and the copy would not be`, { hint: "say --decrypt, or for whom by --encrypt" });
        const { payload, cloakedMeta } = await opener.open(frame);
        const contentMeta = movedMeta(meta, flags.purge && isNamed);
        await entries.append(
          [{ payload, contentMeta: isSealed ? contentMeta : { ...contentMeta, ...cloakedMeta }, ...(isSealed && cloakedMeta && { cloakedMeta }) }],
          {
            sync: false,
          },
        );
        count++;
      }
      if (flags.index && entries.sequence.count <= maxPositions) await appendIndexRecord({ file: entries.sequence, random: ports.random });
      return count;
    });
  });
  report(output, { file, entries: copied }, () => {
    output.line(`File: ${file}`);
    output.line(`Entries: ${copied}`);
  });
}

/** Places of other frames do not hold in the copy, and a history that is left behind begins anew. */
function movedMeta(meta: ContentMeta, isNew: boolean): ContentMeta {
  const { First: _first, Previous: _previous, ...kept } = meta;
  return isNew ? { ...kept, Event: "New" } : kept;
}
