/**
 * A service that edits what is in its stores, as far as that can be done without keys: each change is named by the owner's laptop and by her hub,
 * and neither believes a single entry of it. When the service is honest again, both go on.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, put } from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { dateTime } from "../../../src/base/clock.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import { encodeBase64url, tag } from "../../../src/codec/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { firstFrame, newExchange } from "../../../src/dare/index.ts";
import { CatalogedPlace, type CatalogedState, stateCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";
import type { EditedHouse } from "./edited-house.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import type { HostileService } from "./hostile-service.ts";
import { describedAs, edited, flipped, groupUnder, moved, rehung } from "./tamper.ts";

const { random } = ports;

describe("attack: a service that edits its stores", (it) => {
  let house: Household;
  let evil: HostileService;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  let show: EditedHouse["show"];
  let honest: EditedHouse["honest"];

  it.before(async () => {
    ({ house, evil, alice, laptop, hub, show, honest } = await startEditedHouse());
  });
  it.after(() => house.stop());

  /** One change of MMM_Place that both have not seen yet is shown wrongly; each has to name it, and to believe nothing of it. */
  async function refusedByBoth(
    change: (frames: readonly DareEnvelope[]) => readonly DareEnvelope[],
    options: { readonly code?: ErrorCode; readonly says: RegExp; readonly prepare?: () => Promise<void> },
  ): Promise<void> {
    honest();
    await alice.sync();
    await Promise.all([laptop.sync(), hub.sync()]);
    const name = `room ${random.bytes(4).join("")}`;
    await addPlace(alice, { name });
    await addPlace(alice, { name: `${name} b` });
    await options.prepare?.();
    show("MMM_Place", change, await evil.frames(address, "MMM_Place"));
    for (const victim of [laptop, hub]) {
      const error = await throwsMesh(victim.sync(), options.code ?? "ERR_VERIFICATION");
      assert.match(error.message, options.says);
      assert.ok(error.hint.length > 20, "a person is told what to do");
      // True groups in front of the false one are believed, as far as they go.
      for (const place of placesOf(victim)) assert.ok(placesOf(alice).includes(place), `${place} was never written`);
      assert.not.ok(placesOf(victim).includes(`${name} b`));
      await throwsMesh(victim.sync(), options.code ?? "ERR_VERIFICATION");
    }
    honest();
    await alice.sync();
    for (const victim of [laptop, hub]) {
      await victim.sync();
      assert.equal(placesOf(victim), placesOf(alice));
    }
  }

  /** Index of the newest entry. */
  const newest = (frames: readonly DareEnvelope[]): number => frames.length - 2;

  it("flips one bit of an entry's body", async () => {
    for (const bit of [0, 130, 700]) {
      await refusedByBoth((all) => all.map((frame, i) => (i === newest(all) ? { ...frame, body: flipped(frame.body, bit) } : frame)), {
        says: /frame/,
      });
    }
  });

  it("flips one bit, and makes every digest and apex fit again", () =>
    refusedByBoth((all) => rehung(all.map((frame, i) => (i === newest(all) ? edited(frame, { body: flipped(frame.body, 5) }) : frame))), {
      says: /frame/,
    }));

  it("flips bits in a trailer", async () => {
    const wrong = encodeBase64url(random.bytes(64));
    for (const trailer of [{ Mac: wrong }, { TreeDigest: wrong }, { PayloadDigest: wrong }, { Mac: undefined }]) {
      await refusedByBoth((all) => all.map((frame, i) => (i === newest(all) ? edited(frame, { trailer }) : frame)), { says: /frame/ });
    }
  });

  it("edits a header's Event to Delete", () =>
    refusedByBoth((all) => all.map((frame, i) => (i === newest(all) ? describedAs(frame, { Event: "Delete" }) : frame)), { says: /frame/ }));

  it("edits a header's UniqueId, Previous and ExchangePosition", async () => {
    await refusedByBoth((all) => all.map((frame, i) => (i === newest(all) ? describedAs(frame, { UniqueId: "ABCD" }) : frame)), { says: /frame/ });
    await refusedByBoth((all) => all.map((frame, i) => (i === newest(all) ? describedAs(frame, { Previous: 1 }) : frame)), { says: /frame/ });
    await refusedByBoth(
      (all) => all.map((frame, i) => (i === newest(all) ? edited(frame, { header: { SequenceInfo: { Index: i, ExchangePosition: 1 } } }) : frame)),
      { says: /frame/ },
    );
  });

  it("takes the encryption off a header, so that the body would be read as it is", () =>
    refusedByBoth(
      (all) =>
        rehung(
          all.map((frame, i) => {
            if (i !== newest(all)) return frame;
            const update = { Store: "MMM_Place", Event: "New", Key: "evil", Entry: { CatalogedPlace: { Key: "evil", LocalName: "cell" } } };
            return edited(frame, {
              header: { enc: undefined, recipients: undefined, salt: undefined, Salt: undefined },
              body: utf8(JSON.stringify({ CatalogUpdate: update })),
            });
          }),
        ),
      { says: /frame/ },
    ));

  it("swaps two entries, and two whole groups", async () => {
    const swap = (all: readonly DareEnvelope[], i: number, j: number): DareEnvelope[] => {
      const out = [...all];
      [out[i], out[j]] = [moved(all[j]!, i), moved(all[i]!, j)];
      return out;
    };
    // The last four frames: entry, apex, entry, apex.
    await refusedByBoth((all) => swap(all, all.length - 4, all.length - 2), { says: /frame/ });
    await refusedByBoth((all) => rehung(swap(all, all.length - 4, all.length - 2)), { says: /frame/ });
    await refusedByBoth((all) => rehung(swap(swap(all, all.length - 4, all.length - 2), all.length - 3, all.length - 1)), { says: /frame|history/ });
  });

  it("leaves a group out and closes the gap", () =>
    refusedByBoth((all) => rehung([...all.slice(0, -4), ...all.slice(-2).map((frame, i) => moved(frame, all.length - 4 + i))]), {
      says: /frame|history/,
    }));

  it("holds back the apex", () => refusedByBoth((all) => all.slice(0, -1), { says: /no device vouches/ }));

  it("writes an entry of its own in the place of the last one, under an apex of its own", () =>
    refusedByBoth(
      (all) => {
        const kept = all.slice(0, -2);
        const own = generatePrivateKey("X448", random);
        const entry = tag(CatalogedPlace, { Key: "evil", LocalName: "cell" });
        const group = groupUnder({
          after: kept,
          entry,
          label: "MMM_Place",
          key: "evil",
          storeKey: own,
          signer: generatePrivateKey("Ed448", random),
          writer: alice,
        });
        return [...kept, ...group];
      },
      { says: /frame/ },
    ));

  it("flips a bit in a state frame: the laptop and the hub that wrote it name it", async () => {
    honest();
    const state = (Sequence: number): CatalogedState => ({
      DeviceUdf: hub.deviceUdf,
      Updated: dateTime(ports.clock.now()),
      Sequence,
      Status: "Online",
      Via: hub.deviceUdf,
    });
    const write = (sequence: number) => hub.transact({ catalogs: [put(stateCatalog, state(sequence))] });
    await write(1);
    await laptop.sync();
    await write(2);
    const truth = await evil.frames(address, "MMM_State");
    show("MMM_State", (all) => rehung(all.map((frame, i) => (i === newest(all) ? edited(frame, { body: flipped(frame.body, 40) }) : frame))), truth);
    await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.is(laptop.get(stateCatalog, hub.deviceUdf)?.Sequence, 1);
    // The hub wrote the true one.
    await throwsMesh(hub.sync(), "ERR_FORK");
    assert.is(hub.get(stateCatalog, hub.deviceUdf)?.Sequence, 2);
    honest();
    await hub.sync();
    await laptop.sync();
    assert.is(laptop.get(stateCatalog, hub.deviceUdf)?.Sequence, 2);
  });

  it("names its own key in frame 0: a device that comes new refuses the store, and nothing is ever sealed to that key", async () => {
    honest();
    const own = generatePrivateKey("X448", random);
    const first = firstFrame({ contentType: "application/mmm-catalog", exchange: newExchange({ recipients: [own.public], random }), random });
    const { recipients } = JSON.parse(fromUtf8(first.headerOctets)) as { recipients: unknown };
    const additions = [{ policy: { EncryptKeys: [], Sealed: true } }, { recipients }];
    for (const [n, header] of additions.entries()) {
      const truth = await evil.frames(address, "MMM_Place");
      show("MMM_Place", (all) => all.map((frame, i) => (i === 0 ? edited(frame, { header }) : frame)), truth);
      const error = await throwsMesh(house.join(alice, `new laptop ${n}`, ["web"]), "ERR_VERIFICATION");
      assert.match(error.message, /frame 0|DarePolicy/);
      await throwsMesh(house.join(alice, `new hub ${n}`, ["hub"]), "ERR_VERIFICATION");
      honest();
    }
    // Devices that have the store already seal what they write to the owner's key, whatever stands in front.
    await addPlace(alice, { name: "porch" });
    const frames = await evil.frames(address, "MMM_Place");
    for (const { header } of frames)
      for (const { kid } of header.recipients ?? []) assert.is(kid, alice.keys.storeKeys.get("MMM_Place")?.[0]?.key.public.udf);
  });
});
