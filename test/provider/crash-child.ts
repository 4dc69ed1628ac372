/** A service that kills itself at the n-th passing of a fault point: arguments dir, port, point, n. Prints its URL when ready. */
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { MeshService } from "../../src/provider/index.ts";

const [dir = "", port = "0", point = "", count = "1"] = process.argv.slice(2);
let passed = 0;
const service = new MeshService();
await service.start({
  bind: { kind: "open" },
  dir,
  host: "127.0.0.1",
  port: Number(port),
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  fault: (at) => {
    if (at === point && ++passed === Number(count)) process.kill(process.pid, "SIGKILL");
  },
});
process.stdout.write(`${service.url}\n`);
