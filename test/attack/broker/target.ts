/**
 * The real broker with its medium in a process of its own, and a hub that keeps a link with the honest device: the target of floods.
 * Over IPC: says its port, and when asked the octets that it holds after a collection.
 */
import { matchesHail } from "../../../src/link/index.ts";
import { meshAccessPolicy } from "../../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../../src/transport/mqtt/broker/broker.ts";
import { MqttMedium } from "../../../src/transport/mqtt/mqtt-medium.ts";
import { ports, testAccess } from "../../kit/broker.ts";
import { hailKey, honestHub } from "../../kit/honest.ts";
import { answerMeasures } from "../../kit/raw-mqtt.ts";

const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: process.argv[2] ?? "", policy: meshAccessPolicy(testAccess), ...ports });
const medium = new MqttMedium({ broker, ...ports });
const linked = new Set<string>();
medium.onGone(({ address }) => linked.delete(address));
medium.onHail(({ octets, peer }) => {
  // A device hails twice, at CONNECT and by its topic.
  if (!matchesHail(hailKey, octets) || linked.has(peer.address)) return;
  linked.add(peer.address);
  medium
    .open(peer)
    .then((stream) => honestHub(stream))
    .catch((error: unknown) => console.error(String(error)));
});
await broker.start();
await medium.start();
answerMeasures(broker.status().port, () => ({ clients: broker.status().clients, refused: broker.status().refused, hails: medium.hails().length }));
