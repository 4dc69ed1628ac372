/** So many at once and no more. */
import { AtMost } from "../../../src/base/crowd/at-most.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

describe("base: at most so many", (it) => {
  const bound = (most: number): AtMost => new AtMost(most, (figure) => new MeshError("ERR_BUSY", `${figure} are there already`));

  it("refuses one more, with the figure, and takes one again when a task ends or fails", async () => {
    const two = bound(2);
    let begun = 0;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const task = (): Promise<void> => {
      begun += 1;
      return ended;
    };
    const running = [two.run(task), two.run(() => task().then(() => Promise.reject(new Error("fell"))))];
    assert.throws(
      () => two.admit(),
      (error: MeshError) => error.code === "ERR_BUSY" && error.message === "2 are there already",
    );
    await throwsMesh(two.run(task), "ERR_BUSY");
    assert.is(begun, 2, "what is refused never began");
    end();
    assert.equal(
      (await Promise.allSettled(running)).map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    two.admit();
    await Promise.all([two.run(task), two.run(task)]);
  });

  it("a task that throws before it waits counts no more", async () => {
    const one = bound(1);
    const thrown = one.run(() => {
      throw new Error("at once");
    });
    assert.is(await thrown.catch((error: Error) => error.message), "at once");
    one.admit();
  });
});
