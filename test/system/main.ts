/**
 * The whole system on a machine of its own: a Debian under qemu on which the package is installed by its own installer, with a Bluetooth adapter and a
 * lamp in its air, a scanner at its USB port, a lamp at its broker, and a boot anew. What is done is printed as a person would see it; with --write it
 * becomes docs/system-test.md.
 *   node --import tsx test/system/main.ts [--write] [--keep]
 * Each start of Node takes eight seconds there, the whole ten minutes where it has a core. The last line is `N passed, N failed`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packagePath } from "../../src/base/package-root.ts";
import { baseImage, canMake, freshDisk, need, packageDisk } from "./image.ts";
import { playSystem } from "./story.ts";
import { Transcript } from "./transcript.ts";
import { VirtualMachine } from "./virtual-machine.ts";

const { values } = parseArgs({
  options: {
    /** The transcript replaces docs/system-test.md. */
    write: { type: "boolean", default: false },
    /** Leaves the run's directory, with the disk as it was at the end. */
    keep: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  const transcript = new Transcript((line) => console.log(line));
  if (!canMake()) {
    console.log(`skipped: ${need}`);
    return 0;
  }
  const image = baseImage((line) => transcript.note(line));
  const dir = mkdtempSync(join(packagePath(".tmp/system"), "run-"));
  const machine = new VirtualMachine({ image, disk: freshDisk(image, dir), packageDisk: packageDisk(dir), dir, memoryMb: 1024 });
  try {
    await playSystem(machine, transcript);
    await machine.powerOff();
    if (values.write) writeFileSync(packagePath("docs/system-test.md"), transcript.page());
  } catch (error) {
    transcript.failed(error);
    const journal = await machine.run("journalctl --boot --no-pager --lines=60", { mayFail: true, timeoutMs: 300_000 }).catch(() => undefined);
    console.log(journal?.stdout ?? machine.console);
  } finally {
    machine.kill();
    if (!values.keep) rmSync(dir, { recursive: true });
  }
  console.log(`${transcript.passed} passed, ${transcript.hasFailed ? 1 : 0} failed`);
  return transcript.hasFailed ? 1 : 0;
}

process.exitCode = await main();
