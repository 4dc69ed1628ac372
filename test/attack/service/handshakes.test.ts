/** Handshakes from many addresses at once: an owner's device is served meanwhile, and a new one gets in. Figures are printed. */
import { Agent, request } from "node:http";
import { concat } from "../../../src/base/bytes.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { cookieLength, packetKind } from "../../../src/protocol/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { pause } from "../../kit/broker.ts";
import { quantile, startTarget } from "../../kit/raw-mqtt.ts";
import { rawHandshake } from "../../kit/raw-session.ts";
import { clientOf, Person, random } from "../../kit/service.ts";

const addresses = 50;
const floodMs = 3000;

/** Posts a packet from an address of its own; undefined when the connection was refused or cut. */
function post(options: { readonly port: number; readonly agent: Agent; readonly body: Uint8Array }): Promise<Uint8Array | undefined> {
  const { port, agent, body } = options;
  return new Promise((resolve) => {
    const headers = { "content-type": "application/octet-stream", "content-length": body.length };
    const asked = request({ host: "127.0.0.1", port, path: "/.well-known/mmm", method: "POST", agent, headers }, (answer) => {
      const parts: Uint8Array[] = [];
      answer.on("data", (part: Uint8Array) => parts.push(part));
      answer.on("end", () => resolve(answer.statusCode === 200 ? concat(...parts) : undefined));
      answer.on("error", () => resolve(undefined));
    });
    asked.on("error", () => resolve(undefined));
    asked.end(body);
  });
}

describe("attack on the service: handshakes", (it) => {
  it(
    "from fifty addresses, with and without the cookie",
    async () => {
      const { port } = await startTarget(packagePath("test/attack/service/target.ts"));
      const url = `http://127.0.0.1:${port}`;
      const alice = await (await Person.meet("alice@example.com", url)).bind();
      const { packet, message } = await rawHandshake({ url, link: generatePrivateKey("X448", random) });
      const counts = { sent: 0, answered: 0, cookies: 0, refused: 0 };
      let isOver = false;
      const flood = async (host: number): Promise<void> => {
        const agent = new Agent({ keepAlive: true, localAddress: `127.0.1.${host + 1}` });
        onCleanup(() => agent.destroy());
        for (let body = packet; !isOver; ) {
          counts.sent++;
          const answer = await post({ port, agent, body });
          const isCookie = answer?.[0] === packetKind.cookie && answer.length === 1 + cookieLength;
          if (isCookie) counts.cookies++;
          else if (answer === undefined) counts.refused++;
          else counts.answered++;
          // Every second attacker takes the trouble.
          body = isCookie && host % 2 === 0 ? concat(Uint8Array.of(packetKind.cookie), answer.subarray(1), message) : packet;
          if (answer === undefined) await pause(5);
        }
      };
      const flooding = Array.from({ length: addresses }, (_, host) => flood(host));
      const waits: number[] = [];
      const end = performance.now() + floodMs;
      let newcomers = 0;
      for (let turn = 0; performance.now() < end || turn < 10; turn++) {
        const begun = performance.now();
        await alice.client.status({ Account: alice.address });
        waits.push(performance.now() - begun);
        if (turn % 10 !== 0) continue;
        // Its device begins anew: a handshake among the others.
        await clientOf(url, alice.device.link, alice.address).status({ Account: alice.address });
        newcomers++;
      }
      isOver = true;
      await Promise.all(flooding);
      const sorted = waits.sort((a, b) => a - b);
      const shown = [0.5, 0.99].map((share) => `${quantile(sorted, share).toFixed(0)} ms`).join(", ");
      console.log(`${JSON.stringify(counts)}; ${waits.length} requests served (${shown} at 50 %, 99 %), ${newcomers} new sessions`);
      assert.ok(counts.sent > addresses, "it was a flood");
      assert.ok(newcomers > 0);
    },
    { timeoutMs: 60_000 },
  );
});
