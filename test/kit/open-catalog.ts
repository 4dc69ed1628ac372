/** Catalog files of the tests of dare: sealed to one key, closed with their test. */
import { join } from "node:path";
import { fromUtf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import * as dare from "../../src/dare/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";

/** Who they are sealed to. */
export const own = generatePrivateKey("X25519", random);
export const sealed = { recipients: [own.public], keys: [own], random };

/** Opens or makes one. */
export async function openCatalog(path: string, options: Partial<dare.EntryFileOptions> = {}): Promise<dare.CatalogFile> {
  const opened = await dare.CatalogFile.open({ path, create: true, ...sealed, ...options });
  onCleanup(() => opened.close());
  return opened;
}

/** A path where nothing is yet. */
export const freshPath = (name = "store.dseq"): string => join(tempDirectory(), name);

/** Its live entries, as text. */
export async function contentsOf(file: dare.CatalogFile): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for await (const { contentMeta, payload } of file.list()) out[contentMeta.UniqueId!] = fromUtf8(payload);
  return out;
}
