/** The limits of a split: whatever is beyond one of them is refused, by the one check that every verifier uses. docs/extensions.md §16. */
import fc from "fast-check";
import { systemRandom } from "../../src/base/random.ts";
import { decodeObject, encodeObject, encodeObjectB } from "../../src/codec/index.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { classRisk } from "../../src/schema/device/class-risk.ts";
import type { AdministratorSplit, SplitConnection } from "../../src/schema/index.ts";
import {
  AdministratorSplit as AdministratorSplitStruct,
  isHarmless,
  keyDataOf,
  mostOfSplit,
  requireWithin,
  SplitConnection as SplitConnectionStruct,
} from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const split: AdministratorSplit = {
  Id: "NSPLIT",
  AccountUdf: "MACCOUNT",
  Key: keyDataOf(generatePrivateKey("Ed25519", systemRandom).public),
  GranteeUdf: "MPHONE",
  HubUdf: "MHUB",
  Classes: ["light", "sensor"],
  Count: 3,
  NotOnOrAfter: "2030-01-01T00:00:00Z",
};
const refuses = async (task: () => void, why: RegExp): Promise<void> => assert.match((await throwsMesh(task, "ERR_NOT_AUTHORIZED")).message, why);
const digest = new Uint8Array(64);
const connection: SplitConnection = {
  AccountUdf: "MACCOUNT",
  SplitId: "NSPLIT",
  Serial: 3,
  HubUdf: "MHUB",
  DeviceUdf: "MBULB",
  Class: "light",
  DealEpoch: 1,
  Time: "2029-01-01T00:00:00Z",
  ConnectionDigest: digest,
  RespondDigest: digest,
  HubDigest: digest,
  DealDigest: digest,
};

describe("schema: the limits of a split", (it) => {
  it("lets through what is within", () => requireWithin(split, connection));

  it("refuses each thing that is beyond, by name", async () => {
    const beyond: readonly (readonly [Partial<SplitConnection>, RegExp])[] = [
      [{ Serial: 4 }, /more than 3 devices/],
      [{ Serial: 0 }, /more than 3 devices/],
      [{ Class: "lock" }, /class "lock"/],
      [{ Class: "siren" }, /class "siren"/],
      [{ Class: "nobody-knows" }, /class "nobody-knows"/],
      [{ HubUdf: "MOTHER" }, /another hub/],
      [{ SplitId: "NOTHER" }, /another split/],
      [{ AccountUdf: "MOTHER" }, /another split/],
    ];
    for (const [change, why] of beyond) await refuses(() => requireWithin(split, { ...connection, ...change }), why);
  });

  it("never lets a class through that can do harm, whatever an administrator has named", async () => {
    for (const { class: name, commands } of classRisk) {
      const harmful = Object.values(commands).some((risk) => risk !== "none");
      assert.is(isHarmless(name), !harmful, name);
      const named = { ...split, Classes: [name] };
      if (harmful) await refuses(() => requireWithin(named, { ...connection, Class: name }), /class/);
      else requireWithin(named, { ...connection, Class: name });
    }
  });

  it("lets through no number outside of 1 to Count, nor beyond what any split may have", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.oneof(fc.integer({ min: -5, max: 300 }), fc.double()), async (Count, Serial) => {
        const isWithin = Number.isInteger(Serial) && Serial >= 1 && Serial <= Count && Serial <= mostOfSplit;
        const check = (): void => requireWithin({ ...split, Count }, { ...connection, Serial });
        if (isWithin) check();
        else await refuses(check, /more than/);
      }),
    );
  });

  it("is read back as it was written, in JSON and JSON-B", () => {
    for (const encode of [encodeObject, encodeObjectB]) {
      const again = decodeObject(AdministratorSplitStruct, encode(AdministratorSplitStruct, split));
      assert.equal(encode(AdministratorSplitStruct, again), encode(AdministratorSplitStruct, split));
      const read = decodeObject(SplitConnectionStruct, encode(SplitConnectionStruct, connection));
      assert.equal(encode(SplitConnectionStruct, read), encode(SplitConnectionStruct, connection));
    }
  });
});
