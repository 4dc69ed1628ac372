/** A machine that is far behind a store that has begun anew: it fetches what lives, and not all that was, where its copy is a beginning of that. */
import type { AccountContext } from "../../../src/account/index.ts";
import { edit, findPlace, put } from "../../../src/account/index.ts";
import type { Log } from "../../../src/base/log.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { threeMachines } from "../../kit/household.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";
import { keepingLog } from "../../kit/service.ts";

/** Enough frames that an epoch of them is far. */
const many = 600;

const rename = (context: AccountContext, name: string) =>
  context.transact({ catalogs: [edit(placeCatalog, findPlace(context, "hall").Key, (one) => one && { ...one, LocalName: name })] });

/** Writes a store full, with entries that are gone at the end. */
async function fill(context: AccountContext, word: string): Promise<void> {
  for (let at = 0; at < many; at += 200) {
    const keys = Array.from({ length: 200 }, (_, n) => `P${at + n}`);
    await context.transact({ catalogs: keys.map((Key) => put(placeCatalog, { Key, LocalName: `${word} ${Key}` })) });
  }
}

/** Frames that a machine asks for beyond one at a time, and what its log says. */
function watched(context: AccountContext) {
  const lines: { event: string; data?: Record<string, unknown> }[] = [];
  const log: Log = keepingLog(lines);
  Object.assign(context.ports, { log });
  const epochs = new Set<number>();
  const { client } = context;
  const download = client.download.bind(client);
  client.download = async (request) => {
    for (const { Container, Epoch = 0, IndexMax } of request.Select) if (Container === "MMM_Place" && IndexMax === undefined) epochs.add(Epoch);
    return download(request);
  };
  return { epochs, says: (event: string) => lines.some((line) => line.event === event) };
}

describe("a machine that is far behind", (it) => {
  it(
    "takes over what lives, without what was; one that is a little behind goes through all of it",
    async () => {
      const { house, alice, phone, laptop } = await threeMachines();
      for (const context of [phone, laptop]) await context.sync();
      await rename(alice, "entrance");
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      const little = watched(laptop);
      await laptop.sync();
      assert.equal([[...little.epochs].sort(), little.says("store.not_compared")], [[0, 1], false]);
      await fill(alice, "once");
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await fill(alice, "now");
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      const far = watched(phone);
      await phone.sync();
      assert.equal([[...far.epochs], far.says("store.not_compared")], [[3], true]);
      const names = phone.list(placeCatalog).map(({ value }) => value.LocalName);
      assert.equal([names.length, names.filter((name) => name.startsWith("now ")).length], [many + 1, many]);
      assert.is(findPlace(phone, "entrance").LocalName, "entrance");
      await alice.transact({ catalogs: [put(placeCatalog, { Key: "P0", LocalName: "later" })] });
      await phone.sync();
      assert.is(phone.get(placeCatalog, "P0")?.LocalName, "later");
      await house.stop();
    },
    { timeoutMs: 240_000 },
  );

  it(
    "does not leave behind what it has itself, and the service has lost",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const phone = await house.join(alice, "phone", ["admin", "web"]);
      await alice.transact({ catalogs: [put(placeCatalog, { Key: "P0", LocalName: "hall" })] });
      for (const context of [alice, phone]) await context.sync();
      await house.backUp();
      await phone.transact({ catalogs: [put(placeCatalog, { Key: "mine", LocalName: "of the lost day" })] });
      await house.putBack();
      await fill(alice, "other");
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await throwsMesh(phone.sync(), "ERR_ROLLBACK");
      assert.is(phone.get(placeCatalog, "mine")?.LocalName, "of the lost day");
      await house.stop();
    },
    { timeoutMs: 240_000 },
  );
});
