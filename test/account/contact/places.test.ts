/** How many requests of strangers wait at once: of all, and of one domain. */
import { WaitingPlaces } from "../../../src/account/contact/places.ts";
import { assert, describe } from "../../harness/suite.ts";

describe("places for contacts that wait", (it) => {
  it("one domain has a quarter of them, whatever it puts before its name", () => {
    const places = new WaitingPlaces();
    const refused = [];
    for (let n = 0; n < 100; n++) refused.push(places.take(`m@${n % 2 ? `sub${n}.` : ""}flood.example`));
    assert.is(refused.filter((reason) => reason === undefined).length, 64);
    assert.match(refused.at(-1) ?? "", /64 requests of flood.example wait already/);
    assert.is(places.take("bob@honest.example"), undefined);
  });

  it("all together have so many", () => {
    const places = new WaitingPlaces();
    const taken = Array.from({ length: 400 }, (_, n) => places.take(`m@domain${n}.example`)).filter((reason) => reason === undefined);
    assert.is(taken.length, 256);
  });
});
