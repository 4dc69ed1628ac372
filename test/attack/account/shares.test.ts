/**
 * What somebody opens who has copied the disk of a removed device of role `threshold`, that of its account's service, or both: nothing with one of
 * them, nor with both as long as the service's own seed is not among it. With that seed, everything: the service's former share stands in the
 * history of MMM_Access, which is append-only. The test shows that too, so that nobody promises more.
 */
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { revokeDevice } from "../../../src/account/index.ts";
import { fromUtf8, toHex, utf8 } from "../../../src/base/bytes.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { addPrivate } from "../../../src/crypto/index.ts";
import { openEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import { loadIdentity } from "../../../src/provider/identity.ts";
import { publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { sharesIn } from "../../kit/power-shares.ts";

/** Every key and share that a device holds. */
function keysOf({ keys }: AccountContext): PrivateKey[] {
  return [
    keys.encryption,
    keys.authentication,
    ...Object.values(keys.base),
    ...[...keys.storeKeys.values()].flatMap((list) => list.map(({ key }) => key)),
    ...keys.sharedKeys.map(({ share }) => share),
  ];
}

describe("copies of disks after a device of role threshold was removed", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  let stolen: string;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["threshold"]);
    await revokeDevice(alice, phone.deviceUdf);
    stolen = join(house.dir, "stolen");
    cpSync(join(house.dir, "service"), stolen, { recursive: true });
  });
  it.after(() => house.stop());

  const file = () => sealEnvelope({ plaintext: utf8("the file"), recipients: [publicKeyOf(alice.profile.AccountEncryption)], random: ports.random });
  const accessOf = (dir: string): string => {
    const [path] = readdirSync(dir, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith("MMM_Access.dare"));
    return join(dir, path!);
  };

  it("that of the device opens nothing, with all of its keys and shares", async () => {
    for (const key of keysOf(phone)) await throwsMesh(() => openEnvelope(file(), { keys: [key] }), "ERR_VERIFICATION");
  });

  it("that of the service without its seed gives the device no share", async () => {
    assert.is((await sharesIn(accessOf(stolen), keysOf(phone), alice.accountUdf)).size, 0);
    assert.not.ok(readFileSync(accessOf(stolen)).includes(Buffer.from(phone.keys.sharedKeys[0]!.share.export().Private)));
  });

  it("that of the service with its seed opens nothing alone; together with the device's it gives the account's key", async () => {
    const identity = await loadIdentity({ dir: stolen, random: ports.random });
    const shares = await sharesIn(accessOf(stolen), [identity.encryption], alice.accountUdf);
    assert.ok(shares.size >= 3);
    for (const share of shares.values()) await throwsMesh(() => openEnvelope(file(), { keys: [share] }), "ERR_VERIFICATION");
    const own = phone.keys.sharedKeys.find(({ resource }) => resource === "AccountEncryption")!;
    const whole = addPrivate(own.share, shares.get(own.serviceId)!);
    assert.is(toHex(whole.public.octets), toHex(own.public.octets));
    assert.is(fromUtf8(openEnvelope(file(), { keys: [whole] })), "the file");
    rmSync(stolen, { recursive: true });
  });
});
