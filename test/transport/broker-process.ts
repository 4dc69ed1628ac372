/** A broker in its own process, to be killed: `broker-process.ts DIR` prints its port. */
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { ports, testAccess } from "../kit/broker.ts";

const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: process.argv[2] ?? "", policy: meshAccessPolicy(testAccess), ...ports });
await broker.start();
console.log(broker.status().port);
