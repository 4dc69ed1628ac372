import { join } from "node:path";
import { describe } from "../harness/suite.ts";
import { House } from "./house.ts";
import { pointsOf } from "./processes.ts";
import { live } from "./story.ts";

describe("kill: dev", (it) => {
  it("story", async () => {
    const house = await House.build();
    const trace = join(house.dir, "hub.trace");
    console.log(await house.startHub({ trace }));
    for (let i = 0; i < 3; i++) {
    const t = performance.now();
    await live(house);
    console.log("story", performance.now() - t, "restarts", house.restarts, pointsOf(trace).length);}
    for (const { number, call, path } of pointsOf(trace).slice(0, 0)) console.log(number, call, path);
  }, { timeoutMs: 120_000 });
});
