/** AcceptConnection: the device's word to its owner that it is connected, sent in each session until the hub has taken it. extensions §3 step 4. */
import type { Clock } from "../../src/base/clock.ts";
import { asMeshError } from "../../src/base/errors.ts";
import type { Log } from "../../src/base/log.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { sha512 } from "../../src/crypto/index.ts";
import { parseEnvelope } from "../../src/dare/index.ts";
import type { LinkSession } from "../../src/link/index.ts";
import { AcceptConnection, acceptMac } from "../../src/schema/index.ts";
import type { SlotConnection } from "./image-object.ts";

const retryMs = 3_000;

/** Octets of AcceptConnection; always the same ones for one connection. */
export function acceptConnection(deviceUdf: string, connection: SlotConnection): Uint8Array {
  const { AccountUdf, HubUdf, DealEpoch, ConnectionDevice, LinkRoot } = connection;
  const ConnectionDigest = sha512(parseEnvelope(ConnectionDevice).body);
  const fields = { DeviceUdf: deviceUdf, AccountUdf, HubUdf, DealEpoch, ConnectionDigest };
  return encodeObjectB(AcceptConnection, { ...fields, Mac: acceptMac(LinkRoot, fields) });
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
