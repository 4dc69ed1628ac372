/** A device's own word: verified under its key in the account, the newest kept, whatever hub and service show later. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { OwnWords } from "../../src/names/own-word.ts";
import type { CatalogedState, ConnectionDevice } from "../../src/schema/index.ts";
import { DeviceReport, envelopeObject, keyDataOf } from "../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

const random = systemRandom;
const signer = generatePrivateKey("Ed25519", random);
const link = keyDataOf(generatePrivateKey("X25519", random).public);
const connection: ConnectionDevice = {
  Subject: "MLOCK",
  Authority: "MACCOUNT",
  Roles: [],
  Authentication: link,
  Signature: keyDataOf(signer.public),
  Encryption: keyDataOf(generatePrivateKey("Ed25519", random).public),
  Link: [link],
};

function shown(report: Partial<DeviceReport> | undefined, key: PrivateKey = signer): CatalogedState {
  const value: DeviceReport = { AccountUdf: "MACCOUNT", DeviceUdf: "MLOCK", DealEpoch: 1, Sequence: 1, Values: [], ...report };
  return {
    DeviceUdf: "MLOCK",
    Updated: "2026-11-28T20:00:00Z",
    Sequence: 1,
    Status: "Online",
    Via: "MHUB",
    ...(report ? { EnvelopedReported: envelopeObject({ struct: DeviceReport, value, signers: [key], random, compact: true }) } : {}),
  };
}

describe("what devices say of themselves", (it) => {
  it("is the newest that was ever seen, also by a later command", async () => {
    const dir = tempDirectory();
    const words = await OwnWords.load(dir, silentLog);
    assert.is(words.of(connection, shown(undefined)), undefined);
    assert.is(words.of(connection, shown({ Sequence: 7 }))?.report.Sequence, 7);
    await words.save(dir);
    const later = await OwnWords.load(dir, silentLog);
    const rolledBack = later.of(connection, shown({ Sequence: 6 }));
    assert.is(rolledBack?.report.Sequence, 7);
    assert.is(rolledBack?.isWithheld, true);
    assert.is(later.of(connection, shown(undefined))?.isWithheld, true);
    assert.is(later.of(connection, shown({ Sequence: 7 }))?.isWithheld, false);
    assert.is(later.of(connection, shown({ Sequence: 8 }))?.report.Sequence, 8);
    assert.is(
      later.of(connection, shown({ Sequence: 2, DealEpoch: 2 }))?.report.Sequence,
      2,
      "a device that was reset counts on under a higher deal",
    );
  });

  it("is of nobody else: another key, device or account says nothing", async () => {
    const words = await OwnWords.load(tempDirectory(), silentLog);
    assert.is(words.of(connection, shown({ Sequence: 9 }, generatePrivateKey("Ed25519", random))), undefined);
    assert.is(words.of(connection, shown({ Sequence: 9, DeviceUdf: "MOTHER" })), undefined);
    assert.is(words.of(connection, shown({ Sequence: 9, AccountUdf: "MOTHER" })), undefined);
  });

  it("is forgotten when the device has another key, and when the file is damaged", async () => {
    const dir = tempDirectory();
    const words = await OwnWords.load(dir, silentLog);
    words.of(connection, shown({ Sequence: 9 }));
    await words.save(dir);
    const renewed = { ...connection, Signature: keyDataOf(generatePrivateKey("Ed25519", random).public) };
    assert.is((await OwnWords.load(dir, silentLog)).of(renewed, shown(undefined)), undefined);
    await writeFile(join(dir, "reported"), "MLOCK e30\nMLOCK\n\u0000\n");
    assert.is((await OwnWords.load(dir, silentLog)).of(connection, shown(undefined)), undefined);
  });
});
