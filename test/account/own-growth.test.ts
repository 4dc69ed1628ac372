/** What a machine has written itself wakes nobody but others, and what has come in several stores is fetched in one exchange. */
import type { AccountContext } from "../../src/account/index.ts";
import { addPlace, put } from "../../src/account/index.ts";
import { closingMessage } from "../../src/account/message/closed.ts";
import { findPlace } from "../../src/account/place/place.ts";
import { newNonce } from "../../src/crypto/index.ts";
import type { SpoolLabel } from "../../src/schema/index.ts";
import { bookmarkCatalog, placeCatalog, storeLabels } from "../../src/schema/index.ts";
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

  it("is whole where a page that stores share ends inside a group of the last one", async () => {
    const { alice, laptop } = at;
    await laptop.sync();
    const numbers = [...Array(6).keys()];
    await alice.transact({
      catalogs: [
        ...numbers.map((n) => put(bookmarkCatalog, { Path: `/${n}`, Uri: `https://example.com/${n}` })),
        ...numbers.map((n) => put(placeCatalog, { Key: newNonce(ports.random), LocalName: `cellar ${n}` })),
      ],
    });
    const { client } = laptop;
    const download = client.download.bind(client);
    // As a service does whose pages are full after so many frames.
    client.download = (request, options) => download({ ...request, ConstraintsPost: { MaxEntries: 9 } }, options);
    await laptop.sync();
    client.download = download;
    assert.ok(findPlace(laptop, "cellar 5"));
    assert.is(laptop.list(bookmarkCatalog).length, 6);
  });

  it("is not asked for twice: a sync goes by what a wait was told, unless the copies have moved since", async () => {
    const { alice, laptop } = at;
    const { client } = laptop;
    const status = client.status.bind(client);
    let asked = 0;
    client.status = (request, options) => {
      asked += request.Wait === undefined ? 1 : 0;
      return status(request, options);
    };
    const both = { stores: ["MMM_Inbound", "MMM_Command", "MMM_Place", "MMM_Device"], seconds: 5 } as const;
    let places = 0;
    const news = async (options: Parameters<AccountContext["wait"]>[0]): Promise<void> => {
      await laptop.sync(both);
      await addPlace(alice, { name: `room ${places++}` });
      asked = 0;
      assert.is(await laptop.wait(options), true);
    };
    await news(both);
    await laptop.sync(both);
    assert.is(asked, 0, "the wait has told of all of them");
    assert.ok(findPlace(laptop, "room 0"));
    await laptop.sync(both);
    assert.is(asked, 1, "once");
    await news(both);
    await laptop.sync();
    assert.is(asked, 1, "of others it has told nothing");
    await news({ ...both, beside: storeLabels });
    await laptop.sync();
    assert.is(asked, 0, "of those beside it has, too");
    assert.ok(findPlace(laptop, "room 2"));
    await news(both);
    await addPlace(laptop, { name: "the laptop's" });
    asked = 0;
    await laptop.sync(both);
    assert.ok(asked > 0, "the copies have moved");
    assert.ok(findPlace(laptop, "room 3") && findPlace(laptop, "the laptop's"));
    client.status = status;
  });

  it("comes along with the wait that it ends, that of stores beside as well; of an older service it is fetched", async () => {
    const { alice, laptop } = at;
    const { client } = laptop;
    const [status, download] = [client.status.bind(client), client.download.bind(client)];
    let fetched = 0;
    client.download = (request, options) => {
      fetched += 1;
      return download(request, options);
    };
    const waited = { stores: ["MMM_Place", "MMM_Inbound"], seconds: 5, beside: storeLabels } as const;
    const write = async (n: number): Promise<void> => {
      await say(alice, "MMM_Inbound");
      const bookmark = put(bookmarkCatalog, { Path: `/along ${n}`, Uri: "https://example.com/" });
      await alice.transact({ catalogs: [bookmark, put(placeCatalog, { Key: newNonce(ports.random), LocalName: `along ${n}` })] });
    };
    const knows = (n: number): boolean =>
      findPlace(laptop, `along ${n}`) !== undefined && laptop.list(bookmarkCatalog).some(({ value }) => value.Path === `/along ${n}`);
    await laptop.sync();
    // What this machine wrote itself is not in its copy, and comes along with what others wrote behind it.
    await say(laptop, "MMM_Inbound");
    await write(1);
    fetched = 0;
    assert.is(await laptop.wait(waited), true);
    await laptop.sync();
    assert.is(fetched, 0);
    assert.ok(knows(1));
    await alice.sync();
    assert.is(laptop.spoolCount("MMM_Inbound"), alice.spoolCount("MMM_Inbound"));
    await alice.transact({ catalogs: [put(bookmarkCatalog, { Path: "/alone", Uri: "https://example.com/" })] });
    assert.is(await laptop.wait({ ...waited, seconds: 1 }), false, "what is beside ends no wait");
    await laptop.sync();
    client.status = ({ Select: _selected, Beside: _beside, ...request }, options) => status(request, options);
    await write(2);
    assert.is(await laptop.wait(waited), true);
    await laptop.sync();
    assert.ok(fetched > 0 && knows(2));
    // A page that goes on from elsewhere is not taken for the one that is wanted.
    client.status = async (request, options) => {
      const response = await status(request, options);
      return {
        ...response,
        ...(response.Updates ? { Updates: response.Updates.map((update) => ({ ...update, Envelopes: update.Envelopes.slice(1) })) } : {}),
      };
    };
    await write(3);
    assert.is(await laptop.wait(waited), true);
    await laptop.sync();
    assert.ok(knows(3));
    client.status = status;
    client.download = download;
  });
});
