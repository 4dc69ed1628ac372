/** How a session with a known device is opened, and how what its owner sealed is handed over. extensions §3.4, §4; docs/device-link.md §5, §7. */

import type { AccountContext } from "../../account/hub.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { LinkSession, LinkStream } from "../../link/index.ts";
import { openLink } from "../../link/index.ts";
import type { KnownDevice } from "./known-devices.ts";

/** Time limit of a handshake, in milliseconds. */
export const handshakeMs = 5000;

/** Time limit of Deliver and Release: a small device writes its flash before it answers. */
const orderMs = 15_000;

/** A session under the psk of the deal in force. Errors: ERR_TIMEOUT, ERR_LINK, ERR_VERIFICATION. */
export function openLinked(options: {
  readonly account: AccountContext;
  readonly device: KnownDevice;
  readonly stream: LinkStream;
  /** True for the session that brings a deal to a device which has the one before. */
  readonly delivers?: boolean;
  readonly log: Log;
}): Promise<LinkSession> {
  const { account, device, stream, delivers = false, log } = options;
  const { Psk, DeliveryPsk, DealEpoch } = device.activation;
  return openLink({
    stream,
    mode: "linked",
    id: device.udf,
    local: account.keys.base.link25519,
    remote: device.link,
    psk: delivers ? (DeliveryPsk ?? Psk) : Psk,
    hubUdf: account.deviceUdf,
    dealEpoch: DealEpoch,
    clock: account.ports.clock,
    random: account.ports.random,
    timeoutMs: handshakeMs,
    log,
  });
}

/** Carries RespondDevice, unread, to the device. Resolves once it is stored there; the same one again has the same answer. Errors: ERR_OWNED, ERR_DELIVERY, ERR_TIMEOUT, ERR_LINK. */
export async function deliver(session: LinkSession, device: KnownDevice): Promise<void> {
  const { SealedRespondDevice } = device.entry;
  if (!SealedRespondDevice) throw new MeshError("ERR_DELIVERY", `the entry of ${device.udf} holds nothing to deliver`);
  const result = await session.request("Deliver", { Sealed: SealedRespondDevice }, { timeoutMs: orderMs });
  if (result.Result === "Accept") return;
  // The device's word decides nothing but which remedy is shown.
  if (result.ErrorCode === "ERR_OWNED") throw new MeshError("ERR_OWNED", "the device is locked to another owner");
  throw new MeshError("ERR_DELIVERY", `the device refused what the owner sent: ${result.ErrorReport ?? "no reason given"}`);
}

/** Carries the owner's ReleaseDevice, unread, to the device. Errors: ERR_DELIVERY, ERR_TIMEOUT, ERR_LINK. */
export async function release(session: LinkSession, sealed: Uint8Array): Promise<void> {
  const { Result, ErrorReport } = await session.request("Release", { Sealed: sealed }, { timeoutMs: orderMs });
  if (Result !== "Accept") throw new MeshError("ERR_DELIVERY", `the device refused its release: ${ErrorReport ?? "no reason given"}`);
}
