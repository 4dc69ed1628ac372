/** A sample of the kills of `npm run test:kill`: deaths spread over the whole story of hub and service, and some at random under load. */
import { assert, describe } from "../harness/suite.ts";
import { killAtRandom } from "./at-random.ts";
import { deathsOf, survive } from "./enumerate.ts";

const sample = 2;

describe("kill -9", (it) => {
  for (const program of ["hub", "service"] as const) {
    it(
      `the ${program} dies at points of its own code, and device, hub and account agree`,
      async () => {
        const { points, deaths, house } = await deathsOf(program);
        assert.ok(points > 80, `${points} points`);
        const first = Math.floor((deaths.length / sample) * Math.random());
        const chosen = deaths.filter((_, i) => i % Math.floor(deaths.length / sample) === first).slice(0, sample);
        const { failures, runs } = await survive(program, chosen, house);
        assert.is(runs, chosen.length);
        assert.equal(failures, []);
      },
      { timeoutMs: 200_000 },
    );
  }

  it(
    "at random under load, with answers lost on their way",
    async () => {
      const { kills, presses } = await killAtRandom({ kills: 5 });
      assert.is(kills, 5);
      assert.ok(presses > 10);
    },
    { timeoutMs: 200_000 },
  );
});
