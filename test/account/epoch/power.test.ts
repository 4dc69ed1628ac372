/** A machine that loses its power while it begins epochs: what was not synchronised is gone from its disk, and the next run goes on with one history. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { addPlace, AccountContext as Context } from "../../../src/account/index.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { nodeWords } from "../../kit/node-words.ts";

const child = packagePath("test/kit/crash-child.ts");
const run = promisify(execFile);
const { first, stride, least, timeoutMs } = killPoints(43);

/** Begins epochs in a process that loses its power in front of its nth write; true when it came to its end before. */
async function attempt(dir: string, at: number): Promise<boolean> {
  const layer = resolve("test/kill/fault-layer.mjs");
  const words = ["--import", layer, ...nodeWords(child), dir, "1000000000", "begin", "MMM_Place", "MMM_Device", "MMM_Access"];
  try {
    await run(process.execPath, words, { env: { ...process.env, FAULT: JSON.stringify({ dir, at, mode: "power" }) } });
    return true;
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr: string };
    assert.is(signal, "SIGKILL", stderr);
    return false;
  }
}

describe("a machine that loses its power while stores begin anew", (it) => {
  it(
    "goes on where its disk says that it was",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["web"]);
      const { dir } = alice;
      await addPlace(alice, { name: "kitchen" });
      await alice.close();
      const names = (context: Context): readonly string[] =>
        context
          .list(placeCatalog)
          .map(({ value }) => value.LocalName)
          .sort();
      let expected: readonly string[] = ["kitchen"];
      let lost = 0;
      for (let at = first, whole = false; !whole; at += stride) {
        whole = await attempt(dir, at);
        if (!whole) lost += 1;
        const context = await Context.open({ dir, ports });
        await context.sync();
        await context.resumeEpochs();
        assert.equal(names(context), expected, `power lost at write ${at}`);
        await addPlace(context, { name: `room ${at}` });
        expected = [...expected, `room ${at}`].sort();
        await laptop.sync();
        assert.equal(names(laptop), expected, `power lost at write ${at}`);
        assert.is(laptop.sizeOf("MMM_Place").epoch, context.sizeOf("MMM_Place").epoch);
        await context.close();
      }
      assert.ok(laptop.sizeOf("MMM_Place").epoch > 0);
      assert.ok(lost >= least, `power was lost ${lost} times`);
      await house.stop();
    },
    { timeoutMs },
  );
});
