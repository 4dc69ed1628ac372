/** The real service in a process of its own: the target of floods. Over IPC: says its port, and when asked the octets that it holds after a collection. */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { answerMeasures } from "../../kit/raw-mqtt.ts";

const service = new MeshService();
await service.start({
  bind: { kind: "open" },
  dir: process.argv[2] ?? "",
  host: "0.0.0.0",
  port: 0,
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
});
answerMeasures(Number(new URL(service.url).port), () => ({ clients: 0, refused: 0, hails: 0 }));
