/** Which share of a group's key a member keeps as his: the newest, whatever the clocks of administrators said. */
import { keepShare } from "../../../src/account/group/own-share.ts";
import { decodeEntry } from "../../../src/account/store/entry.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { encodeJson, parseJson } from "../../../src/codec/index.ts";
import { generateScalarKey, newNonce } from "../../../src/crypto/index.ts";
import type { ActivationShare } from "../../../src/schema/index.ts";
import { CatalogedGroup, envelopeObject, keyDataOf, ProfileUser, privateKeyDataOf } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const key = () => keyDataOf(generateScalarKey("X448", ports.random).public);

function shareOf(Key: ReturnType<typeof key>): ActivationShare {
  const own = generateScalarKey("X448", ports.random);
  return { Resource: "AccountEncryption", KeyEpoch: 0, Key, ServiceId: newNonce(ports.random), Share: privateKeyDataOf(own), Counterpart: key() };
}

describe("a member's own share of a group's key", (it) => {
  let profile: ProfileUser;
  it.before(async () => {
    const house = await startHousehold();
    ({ profile } = await house.create("alice", "alice@example.com"));
    await house.stop();
  });

  const of = (Version: number) => envelopeObject({ struct: ProfileUser, value: { ...profile, Version }, random: ports.random });
  /** Takes them as they come. */
  const kept = (...shares: readonly { readonly version: number; readonly share: ActivationShare; readonly dealt: string }[]): CatalogedGroup => {
    let entry: Datum | undefined;
    // Through its octets, as a store keeps it.
    for (const { version, share, dealt } of shares)
      entry = parseJson(encodeJson(keepShare({ address: "family@example.com", profile: of(version), share, dealt }).change(entry)!));
    return decodeEntry(CatalogedGroup, entry!)!;
  };
  const early = "2026-11-29T10:00:00Z";
  const late = "2026-11-29T11:00:00Z";

  it("of a key that came later it is the newer one, also where the clock of the machine that dealt it is behind", () => {
    const [first, second] = [shareOf(key()), shareOf(key())];
    const group = kept({ version: 1, share: first, dealt: late }, { version: 2, share: second, dealt: early });
    assert.is(group.Share?.ServiceId, second.ServiceId);
    assert.equal(
      group.FormerShares?.map(({ ServiceId }) => ServiceId),
      [first.ServiceId],
    );
  });

  it("one of a former key that comes late is kept beside it, once", () => {
    const [first, second] = [shareOf(key()), shareOf(key())];
    const before = { version: 1, share: first, dealt: late };
    const group = kept({ version: 2, share: second, dealt: early }, before, before);
    assert.is(group.Share?.ServiceId, second.ServiceId);
    assert.equal(
      group.FormerShares?.map(({ ServiceId }) => ServiceId),
      [first.ServiceId],
    );
  });

  it("of one key the one that was dealt later counts", () => {
    const same = key();
    const [first, second] = [shareOf(same), shareOf(same)];
    for (const order of [
      [
        { version: 1, share: first, dealt: early },
        { version: 2, share: second, dealt: late },
      ],
      [
        { version: 2, share: second, dealt: late },
        { version: 1, share: first, dealt: early },
      ],
    ]) {
      const group = kept(...order);
      assert.is(group.Share?.ServiceId, second.ServiceId);
      assert.is(group.FormerShares, undefined);
    }
  });
});
