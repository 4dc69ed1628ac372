/** The honest device on TCP in a process of its own, as the target of floods. */
import { TokenBucket } from "../../../src/base/token-bucket.ts";
import { TcpDevice } from "../../../src/transport/tcp/tcp-device.ts";
import { ports } from "../../kit/broker.ts";
import { honestDevice, honestHail } from "../../kit/honest.ts";
import { answerMeasures } from "../../kit/raw-mqtt.ts";

// As a device is built: one limit for all its streams.
const bucket = new TokenBucket({ perSecond: 1, burst: 8 }, ports.clock);
const device = new TcpDevice({
  host: "127.0.0.1",
  port: 0,
  hails: () => [honestHail()],
  onStream: (stream) => honestDevice(stream, { bucket, description: () => new Uint8Array(3000) }),
  ...ports,
});
await device.start();
answerMeasures(device.port, () => ({ clients: 0, refused: 0, hails: 0 }));
