/**
 * The newest head of MMM_Audit that the account's service has shown to this device: what it logs before it uses its shares. Kept on the disk, so that
 * a service which later shows less, or something else in its place, is found out. Answers that it never logs are not. docs/extensions.md §6
 */
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import { comparePositions, formerAudit, Head } from "../../schema/index.ts";
import { readObjectFile } from "../context/object-file.ts";

const fileName = "audit.json";
const hint =
  "ask whoever runs the service whether its disk was put back to an earlier day; if so run 'meshman account repair' here, else do not trust it";

/** One device's memory of the audit. */
export class AuditHead {
  readonly #path: string;

  constructor(dir: string) {
    this.#path = join(dir, fileName);
  }

  /** The highest head that was shown; undefined when none was. Errors: ERR_SCHEMA, ERR_STORE. */
  highest(): Promise<Head | undefined> {
    // Another process of this device may have been shown more.
    return readObjectFile(this.#path, Head);
  }

  /**
   * Takes the head that came with an answer, one after the other; it is on the disk before anybody uses the answer.
   * It was verified before. One of the next epoch says where the former one ended: not before what was shown of it.
   * Errors: ERR_ROLLBACK when it is lower than one that was shown before, or missing; ERR_FORK when it is another one in the same place; those of the disk.
   */
  async take(shown: Head | undefined): Promise<void> {
    const before = await this.highest();
    const order = shown && before ? comparePositions(shown, before) : 1;
    if (!shown || order < 0) {
      const seen = (before?.Index ?? -1) + 1;
      throw new MeshError("ERR_ROLLBACK", `the service shows an audit of ${shown ? shown.Index + 1 : 0} frames, this device has seen ${seen}`, {
        hint,
      });
    }
    if (before && order === 0) {
      if (equalBytes(before.TreeDigest, shown.TreeDigest)) return before.Apex ? undefined : this.#keep(shown);
      throw new MeshError("ERR_FORK", `the service shows another audit up to frame ${shown.Index} than before`, { hint });
    }
    if (before && (shown.Epoch ?? 0) > (before.Epoch ?? 0)) requireGoesOn(before, shown);
    await this.#keep(shown);
  }

  /** With what the service signed: it has to believe it when it has lost that itself. */
  async #keep(head: Head): Promise<void> {
    await writeFileAtomic(this.#path, encodeObject(Head, head));
  }
}

/** Two epochs on, what the former one held is not comparable any more: only that each names the one before it. */
function requireGoesOn(before: Head, shown: Head): void {
  const former = formerAudit(shown);
  const epoch = (shown.Epoch ?? 0) - 1;
  if (former === undefined || (former.Epoch ?? 0) !== epoch)
    throw new MeshError("ERR_ROLLBACK", `the service shows an audit of epoch ${epoch + 1} that does not say where epoch ${epoch} ended`);
  const order = comparePositions(former, before);
  if (order < 0)
    throw new MeshError(
      "ERR_ROLLBACK",
      `the service ended epoch ${epoch} of its audit at frame ${former.Index}, this device has seen frame ${before.Index}`,
    );
  if (order === 0 && !equalBytes(former.TreeDigest, before.TreeDigest))
    throw new MeshError("ERR_FORK", `the service shows another audit up to frame ${before.Index} of epoch ${epoch} than before`);
}
