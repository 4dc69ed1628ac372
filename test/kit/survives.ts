/** A machine of an account that does something in a process of its own (crash-child.ts), which dies in front of one of its writes. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { packagePath } from "../../src/base/package-root.ts";
import { assert } from "../harness/suite.ts";
import { nodeWords } from "./node-words.ts";

const run = promisify(execFile);
const never = 1_000_000_000;

/** A deed and where it ends. */
export interface Deed {
  readonly dir: string;
  /** As crash-child.ts takes it. */
  readonly deed: readonly [name: string, ...words: readonly string[]];
  /** The write in front of which it dies, from 1; none where it is not given. */
  readonly at?: number;
  /** The machine loses its power there: what was not synchronised is gone from its disk. */
  readonly losesPower?: boolean;
  /** The account's seed, where the deed takes it. */
  readonly seed?: string;
}

/** True when the deed came to its end; a process that ends in another way than by its death fails the test. */
export async function survives({ dir, deed, at = never, losesPower = false, seed }: Deed): Promise<boolean> {
  const child = nodeWords(packagePath("test/kit/crash-child.ts"));
  const words = losesPower
    ? ["--import", packagePath("test/kill/fault-layer.mjs"), ...child, dir, String(never), ...deed]
    : [...child, dir, String(at), ...deed];
  const env = {
    ...process.env,
    ...(seed === undefined ? {} : { MESH_TEST_SEED: seed }),
    ...(losesPower ? { FAULT: JSON.stringify({ dir, at, mode: "power" }) } : {}),
  };
  try {
    await run(process.execPath, words, { env });
    return true;
  } catch (error) {
    const { signal, stderr } = error as { readonly signal?: string; readonly stderr: string };
    assert.is(signal, "SIGKILL", stderr);
    return false;
  }
}
