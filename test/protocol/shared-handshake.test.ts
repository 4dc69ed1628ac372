/** Callers of a client that has no session yet share the handshake, and each of them can give up. */
import { systemClock } from "../../src/base/clock.ts";
import { MeshClient } from "../../src/protocol/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { Person, random, startService } from "../kit/service.ts";

describe("protocol: a handshake that nobody answers", (it) => {
  it("is one for all who wait: who gives up waits no longer, and it ends with the last of them", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    let goOn: () => void = () => undefined;
    let asked = 0;
    let ended = 0;
    const client = new MeshClient({
      url: service.url,
      link: alice.device.link,
      account: alice.address,
      clock: systemClock,
      random,
      fetch: async (url, init) => {
        asked += 1;
        await new Promise<void>((resolve, reject) => {
          goOn = resolve;
          init.signal?.addEventListener("abort", () => {
            ended += 1;
            reject(init.signal?.reason as Error);
          });
        });
        return fetch(url, init);
      },
    });
    const status = (signal?: AbortSignal) => client.status({ Account: alice.address }, signal ? { signal } : {});
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const why = new Error("the owner has other things to do");
    const isGivenUp = async (call: Promise<unknown>): Promise<void> => assert.is(await call.catch((error: unknown) => error), why);
    const [one, other] = [status(first.signal), status(second.signal)];
    first.abort(why);
    await isGivenUp(one);
    assert.equal([asked, ended], [1, 0], "the other one still waits");
    second.abort(why);
    await isGivenUp(other);
    assert.equal([asked, ended], [1, 1], "nobody waits any more");
    // The next one begins anew.
    const next = status(third.signal);
    const whole = status();
    third.abort(why);
    await isGivenUp(next);
    const going = setInterval(() => goOn(), 5);
    await whole;
    clearInterval(going);
    assert.is(ended, 1);
  });
});
