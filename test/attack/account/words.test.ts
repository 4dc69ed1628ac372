/** A service that refuses with words and codes of its choice: it speaks of the request and of itself, and never for the machine that asked. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentEvent } from "../../../src/account/index.ts";
import { AccountContext, addPlace, runAgent } from "../../../src/account/index.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { catalogue } from "../../../src/base/errors.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { Response } from "../../../src/protocol/index.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { startHostile } from "./hostile-service.ts";

async function startHouse() {
  let evil: Awaited<ReturnType<typeof startHostile>> | undefined;
  const house = await startHousehold(async (dir) => {
    evil = await startHostile(dir);
    return evil;
  });
  onCleanup(() => house.stop());
  if (!evil) throw new Error("no service");
  return { house, malice: evil.malice };
}

/** The pauses between two tries are a twentieth as long; what waits for an answer has its time. */
const hurried: Clock = { ...ports.clock, sleep: (ms, signal) => ports.clock.sleep(ms <= 5000 ? ms / 20 : ms, signal) };

/** A refusal as no honest service makes it. */
function refusal(change: Partial<Response>): Uint8Array {
  return encodeObject(Response, { Status: 500, ...change });
}

describe("attack: the words of a service", (it) => {
  it("it cannot say that a copy on this machine is damaged", async () => {
    const { house, malice } = await startHouse();
    const alice = await house.create("alice", "alice@example.com");
    await addPlace(alice, { name: "kitchen" });
    const path = join(alice.dir, "stores", "MMM_Place.dare");
    malice.answer = () => refusal({ ErrorCode: "ERR_STORE_DAMAGED", ErrorDetail: { path } });
    for (let n = 0; n < 3; n++) await alice.sync().catch(() => undefined);
    assert.not.ok(existsSync(join(alice.dir, "stores", "kept")), "nothing was set aside");
    // The service is gone for good.
    await alice.close();
    const again = await AccountContext.open({ dir: alice.dir, ports });
    assert.is(again.list(placeCatalog).length, 1);
    await again.close();
  });

  it("whatever it says, its words are short, and only members that are known come with them", async () => {
    const { house, malice } = await startHouse();
    const alice = await house.create("alice", "alice@example.com");
    for (const ErrorCode of [...Object.keys(catalogue), "ERR_NONSENSE"]) {
      malice.answer = () => refusal({ ErrorCode, StatusDescription: "x".repeat(1 << 20), ErrorDetail: { path: "/", much: "y".repeat(1 << 20) } });
      const error = await alice.sync().then(
        () => undefined,
        (thrown: Error & { readonly detail: object }) => thrown,
      );
      assert.ok(error, ErrorCode);
      assert.ok(error.message.length < 1000 && JSON.stringify(error.detail).length < 1000, ErrorCode);
    }
    malice.answer = undefined;
    await alice.sync();
  });

  it(
    "no code that it can say ends the agent (with short pauses between its tries)",
    async () => {
      const { house, malice } = await startHouse();
      const alice = await house.create("alice", "alice@example.com");
      await alice.close();
      for (const ErrorCode of Object.keys(catalogue)) {
        const stop = new AbortController();
        const events: AgentEvent[] = [];
        malice.answer = () => refusal({ ErrorCode });
        const running = runAgent({
          dir: house.home("alice"),
          ports: { ...ports, clock: hurried },
          signal: stop.signal,
          claim: false,
          onEvent: (event) => events.push(event),
        }).then(
          () => "ended",
          (error: Error) => `${ErrorCode} ended it: ${error.message}`,
        );
        const early = await Promise.race([
          running,
          eventually("it tells", () => events.some(({ kind }) => kind === "offline" || kind === "distrusted")).then(() => undefined),
        ]);
        assert.is(early, undefined);
        let served = 0;
        malice.answer = () => {
          served += 1;
          return undefined;
        };
        await eventually("it asks again", () => served >= 3);
        stop.abort();
        assert.is(await running, "ended");
      }
    },
    { timeoutMs: 240_000 },
  );
});
