/** kill -9 of either service while a message is on its way: nothing is lost, nothing is there twice, and the sender is told once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free-port.ts";
import { nodeWords } from "../../kit/node-words.ts";
import { Person } from "../../kit/service.ts";
import { contactFrom, fates, inbound, send } from "../../kit/two-services.ts";

interface Child {
  readonly url: string;
  readonly gone: Promise<unknown>;
  kill(): Promise<void>;
}

class Pair {
  readonly #dirs = { com: tempDirectory(), net: tempDirectory() };
  readonly #ports = { com: 0, net: 0 };

  async open(): Promise<this> {
    for (const name of ["com", "net"] as const) this.#ports[name] = await freePort();
    return this;
  }

  async start(name: "com" | "net", point = "", count = 1): Promise<Child> {
    const other = name === "com" ? "net" : "com";
    const options = {
      dir: this.#dirs[name],
      port: this.#ports[name],
      domains: [`example.${name}`],
      peers: [{ domain: `example.${other}`, url: `http://127.0.0.1:${this.#ports[other]}` }],
      limits: { peerRetryMs: 50, peerRetryMostMs: 400 },
      point,
      count,
    };
    const child = spawn(process.execPath, [...nodeWords("test/provider/peer/peer-child.ts"), JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const gone = once(child, "exit");
    const kill = async (): Promise<void> => {
      child.kill("SIGKILL");
      await gone;
    };
    onCleanup(kill);
    const [line] = (await Promise.race([once(child.stdout, "data"), gone.then(() => assert.unreachable("it did not start"))])) as [Buffer];
    return { url: line.toString().trim(), gone, kill };
  }
}

describe("provider: kill -9 between services", (it) => {
  for (const [who, point] of [
    ["com", "commit-applied"],
    ["com", "parcel-answered"],
    ["com", "parcel-told"],
    ["net", "commit-recorded"],
    ["net", "commit-applied"],
  ] as const) {
    it(
      `of ${who} at ${point}`,
      async () => {
        const pair = await new Pair().open();
        let com = await pair.start("com");
        let net = await pair.start("net");
        const alice = await (await Person.meet("alice@example.com", com.url)).bind();
        const bob = await (await Person.meet("bob@example.net", net.url)).bind();
        const [first, second] = [contactFrom(alice), contactFrom(alice)];
        await send(alice, [first], [bob.address]);
        await eventually("the first is there", async () => (await fates(alice)).length === 1);
        // The one that dies passes the point with the next message.
        if (who === "com") {
          await com.kill();
          com = await pair.start("com", point);
        } else {
          await net.kill();
          net = await pair.start("net", point);
        }
        const sent = send(alice, [second], [bob.address]).catch(() => undefined);
        await (who === "com" ? com : net).gone;
        if (who === "com") com = await pair.start("com");
        else net = await pair.start("net");
        await sent;
        await eventually("the second is told", async () => (await fates(alice)).length >= 2);
        assert.equal(await inbound(bob), [first.header.EnvelopeId!, second.header.EnvelopeId!]);
        await com.kill();
        await pair.start("com");
        // A further message shows that what was open before has been looked at.
        const third = contactFrom(alice);
        await send(alice, [third], [bob.address]);
        await eventually("the third is there", async () => (await inbound(bob)).includes(third.header.EnvelopeId!));
        await eventually("the third is told", async () => (await fates(alice)).length >= 3);
        assert.equal(
          await inbound(bob),
          [first, second, third].map(({ header }) => header.EnvelopeId!),
        );
        assert.equal(
          await fates(alice),
          Array.from({ length: 3 }, () => ({ account: bob.address, fate: "Received" })),
        );
      },
      { timeoutMs: 120_000 },
    );
  }
});
