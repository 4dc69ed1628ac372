/** A service that says that a store is in an epoch of any number, or that every epoch is a Repair: a sync ends, and asks so often and no more. */
import type { AccountContext } from "../../../src/account/index.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { firstFrame, frameOf, parseFrame } from "../../../src/dare/index.ts";
import { EpochBegin } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";

/** An epoch that says it is a Repair, and that nobody signed. */
function repairOf({ accountUdf, deviceUdf }: AccountContext, Epoch: number) {
  const Former = { Store: "MMM_Device", Index: 0, TreeDigest: new Uint8Array(64) };
  const said = { Store: "MMM_Device", Epoch, KeyEpoch: 0, Former, Reason: "Repair", Time: "2026-01-01T00:00:00Z" } as const;
  const payload = encodeObject(EpochBegin, { AccountUdf: accountUdf, DeviceUdf: deviceUdf, ...said });
  return frameOf(parseFrame(firstFrame({ contentType: "application/mmm-catalog", payload })));
}

/** Has the service claim an epoch of MMM_Device. @returns how often it was asked */
function claim(context: AccountContext, epoch: number, isRepair: boolean): () => number {
  const { client } = context;
  const [status, download] = [client.status.bind(client), client.download.bind(client)];
  let asked = 0;
  client.status = async (request) => {
    const answer = await status(request);
    const ContainerStatus = answer.ContainerStatus.map((one) => (one.Container === "MMM_Device" ? { ...one, Epoch: epoch } : one));
    return { ...answer, ContainerStatus };
  };
  client.download = async (request) => {
    asked += 1;
    const [select] = request.Select;
    if (!isRepair || select?.Container !== "MMM_Device" || !select.Epoch) return download(request);
    const Envelopes = select.IndexMin === 0 ? [repairOf(context, select.Epoch)] : [];
    return { Status: 200, Updates: [{ Container: "MMM_Device", Epoch: select.Epoch, Index: 2, Envelopes }] };
  };
  return () => asked;
}

describe("attack: an epoch that a service claims", (it) => {
  for (const epoch of [2 ** 40, Number.MAX_SAFE_INTEGER]) {
    it(
      `of number ${epoch}`,
      async () => {
        const house = await startHousehold();
        onCleanup(() => house.stop());
        const alice = await house.create("alice", "alice@example.com");
        const asked = claim(alice, epoch, false);
        await throwsMesh(alice.sync(), "ERR_ROLLBACK");
        assert.ok(asked() > 1000 && asked() < 1100, `it was asked ${asked()} times`);
      },
      { timeoutMs: 120_000 },
    );
  }

  it(
    "each of which it calls a Repair",
    async () => {
      const house = await startHousehold();
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const asked = claim(alice, 100_000, true);
      await throwsMesh(alice.sync(), "ERR_VERIFICATION");
      assert.ok(asked() > 500 && asked() < 1200, `it was asked ${asked()} times`);
    },
    { timeoutMs: 120_000 },
  );
});
