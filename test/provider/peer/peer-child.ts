/** A service with peers that kills itself at the n-th passing of a fault point: one argument, the options as JSON. Prints its URL when ready. */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { MeshService } from "../../../src/provider/index.ts";

const { point, count, ...options } = JSON.parse(process.argv[2] ?? "{}");
let passed = 0;
const service = new MeshService();
await service.start({
  host: "127.0.0.1",
  bind: { kind: "open" },
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  fault: (at) => {
    if (at === point && ++passed === count) process.kill(process.pid, "SIGKILL");
  },
  ...options,
});
process.stdout.write(`${service.url}\n`);
