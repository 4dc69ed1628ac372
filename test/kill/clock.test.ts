/** Wrong clocks: the hub starts in 1970, clocks jump by a day, and everything that is judged by time goes on. */

import { stateCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { ports } from "../kit/household.ts";
import { House } from "./house.ts";
import { agree, command, commandFromAfar, live, onboard, press } from "./story.ts";

const day = 86_400_000;

describe("clock", (it) => {
  it(
    "a hub that starts in 1970 connects, obeys from afar, reports with the right time, and lets go",
    async () => {
      const house = await House.build();
      onCleanup(() => house.close());
      assert.ok(await house.startHub({ clock: [1000 - ports.clock.now()] }));
      await live(house);
      await house.phone.sync();
      const times = (await house.phone.history(stateCatalog)).map(({ value }) => Date.parse(value?.Updated ?? ""));
      const wrong = times.filter((time) => Math.abs(time - ports.clock.now()) > 120_000);
      // What was said before the service was first heard has the machine's own time.
      assert.ok(wrong.length <= 1, `${wrong.length} of ${times.length} times are wrong`);
      assert.is(house.restarts, 0);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "the hub's clock jumps a day ahead, two days back, and to the right time",
    async () => {
      const house = await House.build();
      onCleanup(() => house.close());
      assert.ok(await house.startHub({ clock: [0, day, -day, 0] }));
      const lamp = await house.lamp();
      await onboard(house, lamp);
      for (const [i, brightness] of [20, 30, 40].entries()) {
        house.hub?.signal("SIGUSR2");
        press(lamp, 2);
        await command(house, lamp, i % 2 === 0);
        await commandFromAfar(house, lamp, brightness);
        await agree(house, lamp);
        const another = await house.lamp();
        await onboard(house, another);
        await another.off();
      }
      assert.is(house.restarts, 0);
    },
    { timeoutMs: 180_000 },
  );
});
