/** So many at once and no more. */
import { Seats } from "../../../src/base/crowd/seats.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

describe("base: seats", (it) => {
  const seats = (most: number): Seats => new Seats(most, (figure) => new MeshError("ERR_BUSY", `${figure} sit already`));

  it("refuses who finds none, with the figure, and has one again when a task ends or fails", async () => {
    const two = seats(2);
    let begun = 0;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const task = (): Promise<void> => {
      begun += 1;
      return ended;
    };
    const sitting = [two.run(task), two.run(() => task().then(() => Promise.reject(new Error("fell"))))];
    assert.throws(
      () => two.admit(),
      (error: MeshError) => error.code === "ERR_BUSY" && error.message === "2 sit already",
    );
    await throwsMesh(two.run(task), "ERR_BUSY");
    assert.is(begun, 2, "what is refused never began");
    end();
    assert.equal(
      (await Promise.allSettled(sitting)).map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    two.admit();
    await Promise.all([two.run(task), two.run(task)]);
  });

  it("a task that throws before it waits has its seat no more", async () => {
    const one = seats(1);
    const thrown = one.run(() => {
      throw new Error("at once");
    });
    assert.is(await thrown.catch((error: Error) => error.message), "at once");
    one.admit();
  });
});
