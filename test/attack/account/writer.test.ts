/**
 * A device of the account that may write a store, and writes what nobody can believe: the service cannot tell, the others must. What it left
 * there stops neither them nor what they do in other stores.
 */
import type { AccountContext, AgentEvent } from "../../../src/account/index.ts";
import { addPlace, issuePin, revokeDevice, runAgent } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import { CatalogedPlace, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { groupUnder } from "./tamper.ts";

const { random } = ports;
const address = "alice@example.com";

async function framesOf(device: AccountContext, label: CatalogLabel): Promise<DareEnvelope[]> {
  const { Updates } = await device.client.download({ Account: address, Select: [{ Container: label, IndexMin: 0 }] });
  return [...(Updates[0]?.Envelopes ?? [])];
}

/** Appends a group to MMM_Network: under another store key, or closed by somebody else, than it has to be. */
async function spoil(pad: AccountContext, how: "key" | "signature"): Promise<void> {
  const after = await framesOf(pad, "MMM_Network");
  const own = pad.keys.storeKeys.get("MMM_Network")?.[0]?.key;
  assert.ok(own);
  const storeKey = how === "key" ? generatePrivateKey("X448", random) : own;
  const signer = how === "signature" ? generatePrivateKey("Ed448", random) : pad.keys.signature;
  const entry = tag(CatalogedPlace, { Key: "evil", LocalName: "cell" });
  const Envelopes = groupUnder({ writer: pad, label: "MMM_Network", after, key: "evil", entry, storeKey, signer });
  const digest = after.at(-1)?.trailer?.TreeDigest;
  const update = { Container: "MMM_Network", Index: after.length, ...(digest === undefined ? {} : { Digest: digest }), Envelopes };
  await pad.client.transact({ Account: address, RequestId: newNonce(random), Updates: [update] });
}

describe("attack: a device that may write", (it) => {
  for (const how of ["key", "signature"] as const) {
    it(`leaves a group with the wrong ${how}: the agent goes on, and the device can be removed`, async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", address);
      const pad = await house.join(alice, "pad", ["device"]);
      await spoil(pad, how);
      const error = await throwsMesh(alice.sync(), "ERR_VERIFICATION");
      assert.match(error.message, /MMM_Network/);
      await addPlace(alice, { name: "kitchen" });
      const { uri } = await issuePin(alice, { roles: ["device"], minutes: 10, localName: "phone" });
      assert.ok(uri);
      const stop = new AbortController();
      const events: AgentEvent[] = [];
      await alice.close();
      const running = runAgent({ dir: house.home("alice"), ports, signal: stop.signal, claim: false, onEvent: (event) => events.push(event) });
      const ended = running.then(
        () => "ended",
        (reason: Error) => reason.message,
      );
      await eventually("it tells", () => events.some(({ kind, reason }) => kind === "failed" && reason?.includes("MMM_Network")));
      stop.abort();
      assert.is(await ended, "ended");
      await house.stop();
    });
  }

  it("can be removed", async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", address);
    const pad = await house.join(alice, "pad", ["device"]);
    await spoil(pad, "signature");
    await revokeDevice(alice, pad.deviceUdf);
    assert.is(alice.get(deviceCatalog, pad.deviceUdf), undefined);
    await house.stop();
  });
});
