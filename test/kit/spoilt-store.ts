/** A store that ends with what nobody can believe, put there by a device that may write it. */
import type { AccountContext } from "../../src/account/index.ts";
import { tag } from "../../src/codec/index.ts";
import { generatePrivateKey, newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import type { CatalogLabel } from "../../src/schema/index.ts";
import { CatalogedPlace } from "../../src/schema/index.ts";
import { groupUnder } from "../attack/account/tamper.ts";
import { assert } from "../harness/suite.ts";
import { ports } from "./household.ts";

const { random } = ports;

async function framesOf(device: AccountContext, label: CatalogLabel): Promise<DareEnvelope[]> {
  const { Updates } = await device.client.download({ Account: device.address, Select: [{ Container: label, IndexMin: 0 }] });
  return [...(Updates[0]?.Envelopes ?? [])];
}

/** Appends a group to MMM_Network: under another store key, or closed by somebody else, than it has to be. */
export async function spoil(pad: AccountContext, how: "key" | "signature"): Promise<void> {
  const after = await framesOf(pad, "MMM_Network");
  const own = pad.keys.storeKeys.get("MMM_Network")?.[0]?.key;
  assert.ok(own);
  const storeKey = how === "key" ? generatePrivateKey("X448", random) : own;
  const signer = how === "signature" ? generatePrivateKey("Ed448", random) : pad.keys.signature;
  const entry = tag(CatalogedPlace, { Key: "evil", LocalName: "cell" });
  const Envelopes = groupUnder({ writer: pad, label: "MMM_Network", after, key: "evil", entry, storeKey, signer });
  const digest = after.at(-1)?.trailer?.TreeDigest;
  const update = { Container: "MMM_Network", Index: after.length, ...(digest === undefined ? {} : { Digest: digest }), Envelopes };
  await pad.client.transact({ Account: pad.address, RequestId: newNonce(random), Updates: [update] });
}
