/** The account that a hub and an agent belong to is deleted: both say so, and the house goes on. */

import type { AgentEvent } from "../../src/account/index.ts";
import { deleteAccount, runAgent } from "../../src/account/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { type RemovalHouse, startRemovalHouse } from "../kit/removal-house.ts";

describe("a house whose account was deleted", (it) => {
  let house: RemovalHouse;
  it.before(async () => {
    house = await startRemovalHouse();
  });
  it.after(() => house.stop());

  it(
    "is obeyed at home and starts again, while hub and agent say that the service holds no such account",
    async () => {
      const { world } = house;
      const phone = await world.household.join(world.alice, "phone", ["web"]);
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      await house.light("lamp");
      const say = async (): Promise<string> => (await house.client().say({ text: "turn on the lamp" })).kind;
      await eventually("the light is there", () => daemon.hub.devices().some(({ name, status }) => name === "lamp" && status === "Online"), 25_000);
      assert.is(await say(), "done");
      const told: AgentEvent[] = [];
      const ending = new AbortController();
      const agent = runAgent({ dir: phone.dir, ports, signal: ending.signal, onEvent: (event) => told.push(event) });

      await deleteAccount(world.alice);
      const words = /the service holds no account alice@example\.com any more/;
      const reason = async (): Promise<string> => JSON.stringify(await house.client().status());
      await eventually("the hub says so", async () => words.test(await reason()), 25_000);
      await eventually("the agent says so", () => told.some(({ kind, reason: why }) => kind === "offline" && words.test(why ?? "")), 25_000);
      ending.abort();
      await agent;
      assert.is(await say(), "done");
      await daemon.stop();

      const again = house.daemon();
      await again.start();
      onCleanup(() => again.stop());
      assert.ok(again.hub.devices().some(({ name }) => name === "lamp"));
      await eventually("the restarted hub says so", async () => words.test(await reason()), 25_000);
    },
    { timeoutMs: 280_000 },
  );
});
