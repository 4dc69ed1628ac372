/** Listeners: told in their order, taken out once each, and none is passed over because another one throws. */
import { Listeners } from "../../src/base/listeners.ts";
import { assert, describe } from "../harness/suite.ts";

describe("listeners", (it) => {
  it("are told in the order they came, until they are taken out", () => {
    const heard: string[] = [];
    const listeners = new Listeners<number>();
    const listener = (value: number): void => void heard.push(`a${value}`);
    const undo = listeners.add(listener);
    listeners.add((value) => void heard.push(`b${value}`));
    listeners.add(listener);
    listeners.tell(1);
    undo();
    undo();
    listeners.tell(2);
    assert.equal(heard, ["a1", "b1", "a1", "b2", "a2"]);
  });

  it("are all told when one throws", () => {
    const heard: string[] = [];
    const listeners = new Listeners();
    listeners.add(() => {
      throw new Error("first");
    });
    listeners.add(() => void heard.push("second"));
    assert.throws(() => listeners.tell(), /first/);
    assert.equal(heard, ["second"]);
  });

  it("who come or go while others are told change nothing of this telling", () => {
    const heard: string[] = [];
    const listeners = new Listeners();
    const undo = listeners.add(() => {
      undo();
      listeners.add(() => void heard.push("late"));
      heard.push("first");
    });
    listeners.tell();
    assert.equal(heard, ["first"]);
    listeners.tell();
    assert.equal(heard, ["first", "late"]);
  });

  it("give back what the teller waits for", async () => {
    const listeners = new Listeners<number, Promise<number>>();
    listeners.add(async (value) => value + 1);
    listeners.add(async (value) => value + 2);
    assert.equal(await Promise.all(listeners.tell(1)), [2, 3]);
  });
});
