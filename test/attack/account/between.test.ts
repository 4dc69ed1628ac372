/** Somebody between a device and its service, without TLS, who answers in the service's place: a portal, a broken proxy. Afterwards all goes on. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createMute } from "node:net";
import type { AgentEvent } from "../../../src/account/index.ts";
import { addPlace, exclusively, runAgent } from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

const rubbish = [
  "x".repeat(1 << 20),
  "<html>log in first</html>",
  "",
  "{}",
  "\x03".repeat(80),
  '{"MeshHelloResponse":{}}',
  "\x0f".repeat(41),
  "\x01",
] as const;

describe("attack: somebody who answers in the service's place", (it) => {
  it(
    "the agent goes on when he is gone",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      await alice.close();
      let answerWith: string | undefined;
      let served = 0;
      const proxy = createServer(async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        if (answerWith !== undefined) return void response.end(answerWith);
        served += 1;
        const type = request.headers["content-type"] ?? "";
        const answer = await fetch(`${house.service.url}${request.url}`, {
          method: "POST",
          headers: { "content-type": type },
          body: Buffer.concat(parts),
        });
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      onCleanup(() => void proxy.close());
      onCleanup(() => proxy.closeAllConnections());
      const serviceUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      for (const text of rubbish) {
        const stop = new AbortController();
        const events: AgentEvent[] = [];
        answerWith = text;

        const running = runAgent({
          dir: house.home("alice"),
          serviceUrl,
          ports,
          signal: stop.signal,
          claim: false,
          onEvent: (event) => events.push(event),
        }).then(
          () => "ended",
          (error: Error) => `${text} ended it: ${error.message}`,
        );
        const early = await Promise.race([
          running,
          eventually("it tells", () => events.some(({ kind }) => kind === "offline")).then(() => undefined),
        ]);
        assert.is(early, undefined);
        served = 0;
        answerWith = undefined;
        await eventually("it asks again", () => served >= 2);
        stop.abort();
        assert.is(await running, "ended");
      }
      await house.stop();
    },
    { timeoutMs: 180_000 },
  );

  it("what a machine knew is shown when a portal answers for the service, whatever it answers", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    await addPlace(alice, { name: "kitchen" });
    await alice.close();
    let status = 200;
    const portal = createServer((request, response) => {
      request.resume();
      response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:1/" } : {});
      response.end("x".repeat(1 << 20));
    });
    await new Promise<void>((resolve) => portal.listen(0, "127.0.0.1", resolve));
    onCleanup(() => void portal.close());
    onCleanup(() => portal.closeAllConnections());
    const laptop = machine(house.home("alice"), `http://127.0.0.1:${(portal.address() as AddressInfo).port}`);
    for (status of [200, 302, 400, 401, 403, 404, 451, 500, 511]) {
      const { stdout, stderr, status: exit } = await laptop.run(["place", "list"]);
      assert.is(exit, 0, `${status}: ${stderr}`);
      assert.match(stdout, /kitchen/);
      assert.match(stderr, /^warning: .*this is what this device knew before/);
    }
  });

  it("whoever hangs in the service's place does not make the agent keep the directory from its owner", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    await alice.close();
    const dir = house.home("alice");
    const asked: Socket[] = [];
    const mute = createMute((socket) => void asked.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    onCleanup(() => {
      for (const socket of asked) socket.destroy();
      mute.close();
    });
    const stop = new AbortController();
    const serviceUrl = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const running = runAgent({ dir, serviceUrl, ports, signal: stop.signal, claim: false, onEvent: () => undefined });
    await eventually("it asks", () => asked.length > 0);
    // Less than an exchange takes to give up.
    await exclusively({ dir, purpose: "the owner", clock: ports.clock, patienceMs: 2000 }, async () =>
      assert.ok(asked.every(({ destroyed }) => !destroyed)),
    );
    const from = performance.now();
    stop.abort();
    await running;
    assert.ok(performance.now() - from < 14_000, "it is stopped without waiting for an answer");
  });
});
