/** A catalog's copy opens from its live entries, and from the whole file whenever the index beside it is not what it should be. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CatalogReplica } from "../../../src/account/store/catalog-replica.ts";
import { systemRandom as random } from "../../../src/base/random.ts";
import { tag } from "../../../src/codec/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { SequenceFile } from "../../../src/dare/index.ts";
import { CatalogedState } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";

const devices = 30;
const rounds = 40;

const store = { label: "MMM_State", storeKeys: [{ key: generatePrivateKey("X448", random), keyEpoch: 0 }], readers: [], random } as const;
const writer = { accountUdf: "MALICE", deviceUdf: "MHUB", signer: generatePrivateKey("Ed448", random), time: "2026-01-01T00:00:00Z" };
const udf = (device: number): string => `MDEV-${device}`;
const state = (device: number, round: number) =>
  tag(CatalogedState, { DeviceUdf: udf(device), Updated: writer.time, Sequence: round, Status: "Online", Via: writer.deviceUdf });

async function change(replica: CatalogReplica, changes: Parameters<CatalogReplica["prepare"]>[0]): Promise<void> {
  const group = replica.prepare(changes, writer);
  if (group) await replica.commit(group);
}

/** A copy in which thirty devices spoke forty times; two were deleted, one of them with something to say. */
async function filled(path: string, nameOf = udf): Promise<readonly unknown[]> {
  const replica = await CatalogReplica.open({ path, ...store });
  for (let round = 1; round <= rounds; round += 1) {
    await change(
      replica,
      Array.from({ length: devices }, (_, device) => ({ key: nameOf(device), change: () => state(device, round) })),
    );
    if (round === 3) {
      await change(replica, [
        { key: udf(4), change: () => undefined },
        { key: udf(5), change: () => undefined, removal: state(5, 1000) },
      ]);
    }
  }
  const seen = contentOf(replica);
  await replica.close();
  return seen;
}

const contentOf = (replica: CatalogReplica): readonly unknown[] => [[...replica.entries()], replica.removals(), replica.count];

async function reopened(path: string): Promise<readonly unknown[]> {
  const replica = await CatalogReplica.open({ path, ...store });
  try {
    return contentOf(replica);
  } finally {
    await replica.close();
  }
}

/** Changes an octet in the body of a frame that no live entry is in. */
async function damage(path: string): Promise<void> {
  const file = await SequenceFile.open({ path });
  const at = await file.offsetOf(5);
  const { body } = await file.read(5);
  await file.close();
  const octets = readFileSync(path);
  const found = octets.indexOf(body, at);
  octets[found + 20] = (octets[found + 20] ?? 0) ^ 1;
  writeFileSync(path, octets);
}

describe("live index", (it) => {
  it("gives what the whole file gives, in the same order", async () => {
    const path = join(tempDirectory(), "state.dare");
    const seen = await filled(path);
    assert.ok(existsSync(`${path}.live`));
    assert.equal(await reopened(path), seen);
    rmSync(`${path}.live`);
    assert.equal(await reopened(path), seen);
  });

  it("reads live frames only: damage among the dead is not met", async () => {
    const path = join(tempDirectory(), "state.dare");
    const seen = await filled(path);
    await damage(path);
    assert.equal(await reopened(path), seen);
    rmSync(`${path}.live`);
    await throwsMesh(reopened(path), "ERR_STORE_DAMAGED");
  });

  it("is passed over when it is cut, changed, of another file, or from a future that is gone", async () => {
    const dir = tempDirectory();
    const path = join(dir, "state.dare");
    const other = join(dir, "other.dare");
    const seen = await filled(path);
    await filled(other, (device) => udf(devices - 1 - device));
    const good = readFileSync(`${path}.live`);
    const changed = Buffer.from(good);
    changed[changed.indexOf("live") + 8] = 0x31;
    for (const bad of [good.subarray(0, 100), new Uint8Array(), changed, Buffer.from("{}"), readFileSync(`${other}.live`)]) {
      writeFileSync(`${path}.live`, bad);
      assert.equal(await reopened(path), seen);
    }
    const small = join(dir, "small.dare");
    const replica = await CatalogReplica.open({ path: small, ...store });
    await change(replica, [{ key: udf(1), change: () => state(1, 1) }]);
    await replica.close();
    writeFileSync(`${small}.live`, good);
    assert.is(((await reopened(small))[0] as unknown[]).length, 1);
  });
});
