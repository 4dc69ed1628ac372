/** AcceptConnection: the device's word to its owner that it is connected, sent in each session until the hub has taken it. extensions §3 step 4. */
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Random } from "../../../src/base/random.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import { parseEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import type { LinkSession } from "../../../src/link/index.ts";
import { AcceptConnection, acceptMac, ClaimConfirm } from "../../../src/schema/index.ts";
import type { SlotConnection } from "../image/image-object.ts";

const retryMs = 3_000;

/** Octets of AcceptConnection, with ClaimConfirm when the owner has claimed; always the same ones for one connection. */
export function acceptConnection(options: {
  readonly deviceUdf: string;
  readonly publicationId: string;
  readonly connection: SlotConnection;
  /** The base Signature key. */
  readonly signer: PrivateKey;
  readonly random: Random;
}): Uint8Array {
  const { deviceUdf, publicationId, connection, signer, random } = options;
  const { AccountUdf, HubUdf, DealEpoch, ConnectionDevice, LinkRoot, ClaimMessageId } = connection;
  const ConnectionDigest = sha512(parseEnvelope(ConnectionDevice).body);
  const fields = { DeviceUdf: deviceUdf, AccountUdf, HubUdf, DealEpoch, ConnectionDigest };
  const accept: AcceptConnection = { ...fields, Mac: acceptMac(LinkRoot, fields) };
  if (ClaimMessageId === undefined) return encodeObjectB(AcceptConnection, accept);
  const confirm: ClaimConfirm = { PublicationId: publicationId, AccountUdf, MessageId: ClaimMessageId };
  const plaintext = encodeObjectB(ClaimConfirm, confirm);
  const meta = { MessageType: ClaimConfirm.tag, cty: "application/mmm/object" };
  const EnvelopedClaimConfirm = sealEnvelope({ plaintext, contentMeta: meta, signers: [signer], random });
  return encodeObjectB(AcceptConnection, { ...accept, EnvelopedClaimConfirm });
}

/** Sends it until the hub answers Accept (true), or the session ends or is void (false). */
export async function sendAcceptance(options: {
  readonly session: LinkSession;
  readonly accept: Uint8Array;
  readonly wanted: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<boolean> {
  const { session, accept, wanted, clock, log } = options;
  while (!session.isClosed && wanted()) {
    try {
      const { Result } = await session.request("Accepted", { Accept: accept });
      if (Result === "Accept") return true;
    } catch (error) {
      log.debug("device.accept_unsent", { reason: asMeshError(error).message });
    }
    if (!session.isClosed) await clock.sleep(retryMs);
  }
  return false;
}
