/** Three-way merge of one entry: members that one side changed, lists, scalars that both changed, and entries that one side removed. */
import { mergeEntry } from "../../../src/account/store/merge.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { assert, describe } from "../../harness/suite.ts";

const place = (members: Record<string, Datum>): Datum => ({ CatalogedPlace: { Key: "k", LocalName: "hall", ...members } });
const alias = (...names: readonly string[]): Datum => names.map((Name) => ({ Name }));
const base = place({ Updated: "2026-01-01T00:00:00Z", LocalNames: alias("a", "b"), Parent: "house" });
const members = ["LocalName", "LocalNames", "Parent"];

/** Merges two states that were put in the place of whatever stood. */
const merge = (mine: Datum | undefined, theirs: Datum | undefined, named: readonly string[] | "all" = members) =>
  mergeEntry({ base, mine, theirs, applied: mine }, named);

describe("a three-way merge", (it) => {
  it("takes from each side what it alone changed", () => {
    const mine = place({ Updated: "2026-01-03T00:00:00Z", LocalNames: alias("a", "b"), Parent: "garden" });
    const theirs = place({ Updated: "2026-01-02T00:00:00Z", LocalName: "entrance", LocalNames: alias("a", "b"), Parent: "house" });
    assert.equal(merge(mine, theirs), {
      entry: place({ Updated: "2026-01-03T00:00:00Z", LocalName: "entrance", LocalNames: alias("a", "b"), Parent: "garden" }),
    });
  });

  it("unites lists, without what either side has taken out", () => {
    const mine = place({ LocalNames: alias("a", "mine"), Parent: "house" });
    const theirs = place({ LocalNames: alias("a", "b", "theirs"), Parent: "house" });
    assert.equal(merge(mine, theirs), { entry: place({ LocalNames: alias("a", "theirs", "mine"), Parent: "house" }) });
  });

  it("decides scalars by Updated, and hands back what lost", () => {
    const earlier = place({ Updated: "2026-01-02T00:00:00Z", LocalName: "entrance", LocalNames: alias("a", "b"), Parent: "house" });
    const later = place({ Updated: "2026-01-03T00:00:00Z", LocalName: "corridor", LocalNames: alias("a", "b"), Parent: "house" });
    const lost = { CatalogedPlace: { LocalName: "entrance" } };
    assert.equal(merge(later, earlier), { entry: later, lost });
    const theirsLater = merge(earlier, later);
    assert.equal(theirsLater.lost, lost);
    assert.is(theirsLater.entry, later);
  });

  it("knows the same change made twice", () => {
    const same = place({ LocalName: "entrance", LocalNames: alias("a", "b"), Parent: "house" });
    const merged = merge(same, place({ LocalName: "entrance", LocalNames: alias("a", "b"), Parent: "house" }));
    assert.equal(merged, { entry: same });
  });

  it("keeps an entry that one side changed when the other removes it", () => {
    const theirs = place({ LocalName: "entrance" });
    assert.equal(merge(undefined, theirs, "all"), { entry: undefined, lost: theirs });
    assert.equal(merge(undefined, base, "all"), { entry: undefined });
    assert.equal(merge(theirs, undefined, "all"), { entry: theirs });
  });

  it("of a whole entry merges members that nobody named", () => {
    const mine = place({ Updated: "2026-01-02T00:00:00Z", LocalNames: alias("a", "b"), Parent: "house", Unknown: "x" });
    const theirs = place({ LocalNames: alias("a", "b") });
    assert.equal(merge(mine, theirs, "all"), { entry: place({ Updated: "2026-01-02T00:00:00Z", LocalNames: alias("a", "b"), Unknown: "x" }) });
  });
});
