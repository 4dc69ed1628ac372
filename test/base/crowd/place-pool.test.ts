/** Room for strangers: who is put out when there is none left. */
import { networkOf } from "../../../src/base/crowd/network.ts";
import { type Place, PlacePool, type Room } from "../../../src/base/crowd/place-pool.ts";
import { assert, describe } from "../../harness/suite.ts";

function crowd(room: Room) {
  const pool = new PlacePool(room);
  const evicted: string[] = [];
  const place = (address: string, name = address): Place => ({ address, evict: () => void evicted.push(name) });
  return { pool, evicted, place };
}

describe("base: room for strangers", (it) => {
  it("puts out the oldest of the network that has most", () => {
    const { pool, evicted, place } = crowd({ most: 4 });
    for (const name of ["a", "b", "c"]) pool.enter(place("192.0.2.1", name));
    pool.enter(place("192.0.2.2"));
    pool.enter(place("192.0.2.3"));
    assert.equal(evicted, ["a"]);
    pool.enter(place("::ffff:192.0.2.1", "d"));
    assert.equal(evicted, ["a", "b"]);
  });

  it("lets newcomers in when everybody has one place", () => {
    const { pool, evicted, place } = crowd({ most: 100 });
    for (let i = 0; i < 250; i++) pool.enter(place(`10.0.${i}.1`));
    assert.is(evicted.length, 150);
    assert.is(evicted[149], "10.0.149.1");
  });

  it("keeps each network within its part", () => {
    const { pool, evicted, place } = crowd({ most: 100, each: 2 });
    for (const host of ["1", "2", "3"]) pool.enter(place(`2001:db8:1:2::${host}`));
    assert.equal(evicted, ["2001:db8:1:2::1"]);
    pool.enter(place("2001:db8:1:3::1"));
    assert.is(evicted.length, 1);
  });

  it("counts octets as well as connections, and forgets who left", () => {
    const { pool, evicted, place } = crowd({ most: 1000 });
    const [heavy, light] = [place("192.0.2.1"), place("192.0.2.2")];
    pool.enter(heavy, 400);
    pool.enter(light, 300);
    pool.enter(heavy, 400);
    assert.equal(evicted, ["192.0.2.1"]);
    pool.leave(heavy);
    pool.leave(light);
    pool.enter(heavy, 1000);
    assert.is(evicted.length, 1);
    pool.enter(heavy, 1);
    assert.is(evicted.length, 2, "one that is too large alone has no room either");
  });

  it("takes an IPv6 host for the network that it has to itself", () => {
    assert.is(networkOf("2001:db8:0:1::5"), networkOf("2001:db8:0:1:ffff::9"));
    assert.not(networkOf("2001:db8:0:1::5") === networkOf("2001:db8:0:2::5"));
    assert.is(networkOf("::ffff:192.0.2.7"), networkOf("192.0.2.7"));
  });
});
