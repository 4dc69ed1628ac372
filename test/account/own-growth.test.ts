/** What a machine has written itself wakes nobody but others, and what has come in several stores is fetched in one exchange. */
import type { AccountContext } from "../../src/account/index.ts";
import { addPlace } from "../../src/account/index.ts";
import { closingMessage } from "../../src/account/message/closed.ts";
import { findPlace } from "../../src/account/place/place.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { SpoolLabel } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { ports, threeMachines } from "../kit/household.ts";

const say = (context: AccountContext, spool: SpoolLabel): Promise<unknown> =>
  context.transact({ messages: [{ spool, envelope: closingMessage(context, newNonce(ports.random)) }] });
const isNews = (context: AccountContext): Promise<boolean> => context.wait({ stores: ["MMM_Inbound", "MMM_Command"], seconds: 1 });

describe("account: what a machine has written itself", (it) => {
  let at: Awaited<ReturnType<typeof threeMachines>>;
  it.before(async () => {
    at = await threeMachines();
  });
  it.after(() => at.house.stop());

  it("does not end its wait, once or several times, until somebody else has written, before or after", async () => {
    const { alice, laptop } = at;
    await alice.sync();
    await say(alice, "MMM_Command");
    await say(alice, "MMM_Command");
    await say(alice, "MMM_Inbound");
    assert.is(await isNews(alice), false, "its own");
    await say(laptop, "MMM_Command");
    assert.is(await isNews(alice), true, "the laptop's, behind its own");
    await alice.sync();
    await say(alice, "MMM_Command");
    assert.is(await isNews(alice), false);
    await alice.sync();
    assert.is(await isNews(alice), false, "brought up to date");

    await say(laptop, "MMM_Inbound");
    await say(alice, "MMM_Inbound");
    assert.is(await isNews(alice), true, "the laptop's, before its own");
    await alice.sync();
    assert.is(await isNews(alice), false);
  });

  it("comes in one exchange where several stores have grown, and in one for each where one has", async () => {
    const { alice, laptop } = at;
    const { client } = laptop;
    const download = client.download.bind(client);
    const asked: string[][] = [];
    client.download = (request, options) => {
      asked.push(request.Select.map(({ Container }) => Container).sort());
      return download(request, options);
    };
    await laptop.sync();
    asked.length = 0;
    await addPlace(alice, { name: "attic" });
    for (const spool of ["MMM_Inbound", "MMM_Command", "MMM_Command"] as const) await say(alice, spool);
    await laptop.sync();
    assert.equal(asked, [["MMM_Command", "MMM_Inbound", "MMM_Place"]]);
    assert.ok(findPlace(laptop, "attic"));
    await say(alice, "MMM_Inbound");
    await laptop.sync();
    assert.equal(asked.slice(1), [["MMM_Inbound"]]);
    await alice.sync();
    const head = (context: AccountContext): unknown => context.heads().find(({ Store }) => Store === "MMM_Inbound");
    assert.equal(head(laptop), head(alice));
  });
});
