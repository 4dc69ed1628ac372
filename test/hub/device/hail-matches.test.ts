/** Whose a hail is, and what it costs to find out in a house that comes back. */
import { systemRandom as random } from "../../../src/base/random.ts";
import { HailMatches } from "../../../src/hub/device/hail-matches.ts";
import type { KnownDevice } from "../../../src/hub/device/known-devices.ts";
import { makeHail } from "../../../src/link/index.ts";
import { assert, describe } from "../../harness/suite.ts";

/** A device that counts how often its key is tried. */
function counting(udf: string, tried: () => void, former: readonly Uint8Array[] = []) {
  const key = random.bytes(32);
  const activation = {
    get HailKey() {
      tried();
      return key;
    },
    FormerHailKeys: former,
  } as unknown as KnownDevice["activation"];
  return { udf, activation, key };
}

describe("whose a hail is", (it) => {
  it("two hundred devices that come back cost 50 tries each", () => {
    const matches = new HailMatches<ReturnType<typeof counting>>();
    let tries = 0;
    const devices = Array.from({ length: 200 }, (_, number) => counting(`M${number}`, () => (tries += 1)));
    for (const device of devices) matches.set(device);
    // In whatever order they come.
    const coming = devices.map((device) => ({ device, at: random.bytes(4).toString() })).sort((one, other) => (one.at < other.at ? -1 : 1));
    for (const { device } of coming) {
      const hail = makeHail(device.key, random);
      // At its login, and when it is heard.
      assert.is(matches.match(hail)?.device.udf, device.udf);
      assert.is(matches.match(hail)?.device.udf, device.udf);
    }
    assert.ok(tries < 200 * 70, `${tries} tries`);
  });

  it("what has changed is not found under what was", () => {
    const matches = new HailMatches<ReturnType<typeof counting>>();
    const before = counting("MONE", () => undefined);
    matches.set(before);
    const hail = makeHail(before.key, random);
    assert.is(matches.match(hail)?.deal, "current");
    matches.set(counting("MONE", () => undefined, [before.key]));
    assert.is(matches.match(hail)?.deal, "previous", "dealt again");
    matches.delete("MONE");
    assert.is(matches.match(hail), undefined);
    assert.is(matches.match(random.bytes(12)), undefined, "anybody's");
  });

  it("a hail of a deal before is another's in force", () => {
    const matches = new HailMatches<ReturnType<typeof counting>>();
    const first = counting("MONE", () => undefined);
    const second = counting("MTWO", () => undefined, [first.key]);
    matches.set(second);
    matches.set(first);
    assert.equal(
      [matches.match(makeHail(first.key, random))].map((found) => [found?.device.udf, found?.deal]),
      [["MONE", "current"]],
    );
  });
});
