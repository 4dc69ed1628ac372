/** The race of peers that hail with one code: what it leaves behind. */
import { getEventListeners } from "node:events";
import { MeshError } from "../../../src/base/errors.ts";
import { HailWatch } from "../../../src/hub/onboarding/hail-watch.ts";
import { firstOf } from "../../../src/hub/onboarding/race.ts";
import { makeHail } from "../../../src/link/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { MemoryMedium } from "../../kit/memory-medium.ts";

describe("the race of peers", (it) => {
  it("leaves nothing on the signal of the hub, whether it was won, lost or given up", async () => {
    const { clock, random } = ports;
    const [medium, hailKey, hub] = [new MemoryMedium(clock), random.bytes(32), new AbortController()];
    const watch = new HailWatch({ media: [medium], hailKey });
    medium.join("somebody", () => undefined, [makeHail(hailKey, random)]);
    const race = (attempt: () => Promise<string>) => firstOf({ watch, attempt, timeMs: 50, clock, signal: hub.signal });
    for (let count = 0; count < 3; count++) {
      assert.is(await race(async () => "won"), "won");
      await throwsMesh(
        race(() => Promise.reject(new MeshError("ERR_LINK", "no"))),
        "ERR_LINK",
      );
    }
    assert.is(getEventListeners(hub.signal, "abort").length, 0);
    const waiting = race(() => new Promise(() => undefined));
    hub.abort(new MeshError("ERR_HUB_NOT_RUNNING", "it stops"));
    await throwsMesh(waiting, "ERR_HUB_NOT_RUNNING");
    watch.stop();
  });
});
