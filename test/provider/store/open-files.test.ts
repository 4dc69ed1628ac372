/** Files that are kept open: the bound, who is closed first, and a machine that has fewer descriptors than the bound. */
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { OpenFiles } from "../../../src/provider/store/file/open-files.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { pause } from "../../kit/broker.ts";

/** A machine with so many descriptors. */
function machine(most: number) {
  const open = new Set<string>();
  const what = (key: string) => ({
    key,
    weight: 1,
    open: async () => {
      if (open.size >= most) throw new MeshError("ERR_BUSY", "short of descriptors");
      open.add(key);
      return { key, close: async () => void open.delete(key) };
    },
  });
  return { open, what };
}

describe("service store: open files", (it) => {
  it("closes the least recently used for another, never one in use", async () => {
    const { open, what } = machine(10);
    const files = new OpenFiles({ limit: 2, log: silentLog });
    const held = await files.take(what("a"));
    for (const key of ["b", "c", "b", "d"]) await files.use(what(key), async () => undefined);
    assert.equal([...open].sort(), ["a", "d"]);
    held.release();
    await files.closeAll();
    assert.is(open.size, 0);
  });

  it("opens a file once for all who want it at a time", async () => {
    const { what } = machine(1);
    const files = new OpenFiles({ limit: 2, log: silentLog });
    const seen = await Promise.all([1, 2, 3].map(() => files.use(what("a"), async (file) => file)));
    assert.is(new Set(seen).size, 1);
  });

  it("on a machine with fewer descriptors than it may keep, closes what is idle and goes on; refuses when all are in use", async () => {
    const { open, what } = machine(3);
    const files = new OpenFiles({ limit: 100, log: silentLog });
    for (const key of ["a", "b", "c", "d"]) await files.use(what(key), async () => undefined);
    assert.equal([...open], ["d"]);
    const held = [await files.take(what("e")), await files.take(what("f")), await files.take(what("g"))];
    await throwsMesh(
      files.use(what("h"), async () => undefined),
      "ERR_BUSY",
    );
    for (const { release } of held) release();
    await files.use(what("h"), async () => undefined);
  });

  it("closes a file when those who use it at the call have done; whoever comes meanwhile waits and opens it anew", async () => {
    const { what } = machine(2);
    const files = new OpenFiles({ limit: 2, log: silentLog });
    const held = await files.take(what("a"));
    const closing = files.close("a");
    let isGiven = false;
    const next = files.take(what("a")).then((taken) => {
      isGiven = true;
      return taken;
    });
    await pause(20);
    assert.not(isGiven);
    held.release();
    await closing;
    const { file, release } = await next;
    assert.is.not(file, held.file);
    release();
  });
});
