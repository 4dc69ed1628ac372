/** One broker in a process of its own: `ours` with the access rules of a hub (clients of the owner), or `aedes` as it comes. Prints its port. */
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLog as log } from "../../src/base/log.ts";
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";

async function ours(): Promise<number> {
  const rights = { publish: ["bench/+/state"], subscribe: ["bench/#"] };
  const policy = meshAccessPolicy({
    authenticate: async ({ username, password }) => (username === "owner" && password !== undefined ? "owner" : undefined),
    ownerRights: () => rights,
  });
  const broker = new MeshBroker({ host: "127.0.0.1", port: 0, clock, log, dataDir: mkdtempSync(join(tmpdir(), "mesh-bench-broker-")), policy });
  await broker.start();
  return broker.status().port;
}

async function stock(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const port = await (process.argv[2] === "ours" ? ours() : stock());
process.stdout.write(`${port}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
