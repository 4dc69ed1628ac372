/** A delivery of a split (docs/extensions.md §16), made as the grantee and the service make it together, and every way to make it wrong. */

import { encodeObjectB } from "../../src/codec/index.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { generatePrivateKey, newNonce, sha512 } from "../../src/crypto/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import { AdministratorSplit, keyDataOf, RespondDevice, RespondSplit, SplitConnection } from "../../src/schema/index.ts";
import type { Dealt, Holding, Hub } from "./owner.ts";
import { dealTo, random, sealFor, sign } from "./owner.ts";

/** What is wrong with one. */
export interface SplitTamper {
  readonly split?: Partial<AdministratorSplit>;
  readonly connection?: Partial<SplitConnection>;
  readonly respond?: Partial<RespondDevice>;
  /** In the place of the administrators' key. */
  readonly administrator?: PrivateKey;
  /** In the place of the split's key. */
  readonly key?: PrivateKey;
}

/** Deals as a split for one device of a class does; the connections inside are not signed. */
export function splitDealTo(holding: Holding, hub: Hub, epoch: number, tamper: SplitTamper = {}): Dealt {
  const dealt = dealTo(holding, hub, epoch);
  const { owner, made } = holding;
  const unsigned = (envelope: { readonly body: Uint8Array }) => sealEnvelope({ plaintext: envelope.body, random });
  const respond = {
    ...dealt.respond,
    EnvelopedConnectionDevice: unsigned(dealt.respond.EnvelopedConnectionDevice),
    EnvelopedConnectionHub: unsigned(dealt.respond.EnvelopedConnectionHub),
    ...tamper.respond,
  };
  const Respond = encodeObjectB(RespondDevice, respond);
  const key = generatePrivateKey("Ed25519", random);
  const split: AdministratorSplit = {
    Id: newNonce(random),
    AccountUdf: owner.accountUdf,
    Key: keyDataOf(key.public),
    GranteeUdf: newNonce(random),
    HubUdf: hub.udf,
    Classes: ["plug", made.factory.Class],
    Count: 2,
    NotOnOrAfter: "2030-01-01T00:00:00Z",
    ...tamper.split,
  };
  const digest = (text: string): Uint8Array => sha512(new TextEncoder().encode(text));
  const connection: SplitConnection = {
    AccountUdf: owner.accountUdf,
    SplitId: split.Id,
    Serial: 2,
    HubUdf: hub.udf,
    DeviceUdf: made.deviceUdf,
    Class: made.factory.Class,
    DealEpoch: epoch,
    Time: "2029-01-01T00:00:00Z",
    ConnectionDigest: sha512(respond.EnvelopedConnectionDevice.body),
    RespondDigest: sha512(Respond),
    HubDigest: digest("hub"),
    DealDigest: digest("deal"),
    ...tamper.connection,
  };
  const given: RespondSplit = {
    EnvelopedAdministratorSplit: sign(AdministratorSplit, split, tamper.administrator ?? owner.administrator),
    EnvelopedSplitConnection: sign(SplitConnection, connection, tamper.key ?? key),
    Respond,
  };
  const envelope = sealEnvelope({ plaintext: encodeObjectB(RespondSplit, given), random });
  return { ...dealt, sealed: sealFor(holding, RespondDevice.tag, envelope, { hubUdf: hub.udf, dealEpoch: epoch }) };
}
