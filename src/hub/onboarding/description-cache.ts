/**
 * Sealed descriptions that were seen, by PublicationId: a device is recognised when its code is read again, also without a word of its own.
 * They are stored as they came, sealed under their codes. Bounded; the least recently written go first.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { makeDirectory } from "../../base/directory.ts";

const most = 1024;
const suffix = ".dare";

/** A directory of sealed descriptions. */
export class DescriptionCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Octets of the sealed description; undefined when there is none. */
  get(publicationId: string): Promise<Uint8Array | undefined> {
    return readFileIfExists(this.#path(publicationId));
  }

  async put(publicationId: string, sealed: Uint8Array): Promise<void> {
    await makeDirectory(this.#dir);
    await this.#makeRoom();
    await writeFileAtomic(this.#path(publicationId), sealed);
  }

  async #makeRoom(): Promise<void> {
    const names = (await readdir(this.#dir)).filter((name) => name.endsWith(suffix));
    if (names.length < most) return;
    const aged = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(this.#dir, name))).mtimeMs })));
    aged.sort((a, b) => a.at - b.at);
    for (const { name } of aged.slice(0, names.length - most + 1)) await rm(join(this.#dir, name), { force: true });
  }

  /** A PublicationId is a UDF: letters, digits and dashes. */
  #path(publicationId: string): string {
    return join(this.#dir, `${publicationId}${suffix}`);
  }
}
