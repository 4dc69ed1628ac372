/**
 * Steps describe and link with one peer: its sealed description must belong to the code, and it must hold the keys that the description
 * names. What comes of it is the device's signed contribution. extensions §2, §3.1.
 */
import type { AccountContext } from "../../account/hub.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { encodeBase32 } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { LinkSession, LinkStream } from "../../link/index.ts";
import { describe, openLink } from "../../link/index.ts";
import type { DeviceContribution, OpenedDescription } from "../../schema/index.ts";
import { openDescription, publicKeyOf, verifyContribution } from "../../schema/index.ts";
import { handshakeMs } from "../device/open-device.ts";
import type { ScannedCode } from "./scan.ts";
import { Refusal, within } from "./step.ts";

/** What a meeting names: the epoch of a device that was never dealt. Another one looks for the epoch of what it is brought in a few from its own on. */
export const meetingEpoch = 1;

/** A description that belongs to the code, with the octets it came in. */
export interface Described {
  readonly sealed: Uint8Array;
  readonly opened: OpenedDescription;
}

/** A device that has proven itself. */
export interface Met {
  readonly described: Described;
  /** Octets of EnvelopedDeviceContribution. */
  readonly contribution: Uint8Array;
  /** UDF of the fresh link key in it. */
  readonly linkUdf: string;
  readonly witness: string;
}

/** Opens a description with the code. Errors: ERR_DESCRIPTION. */
export function openDescribed(code: ScannedCode, sealed: Uint8Array): Described {
  return { sealed, opened: openDescription({ sealed, key: code.key, account: code.account }) };
}

/** The link key that a description names. Errors: ERR_DESCRIPTION. */
function linkKeyOf({ opened }: Described): PublicKey {
  const key = opened.profile.value.Link.map(publicKeyOf).find(({ curve }) => curve === "X25519");
  if (!key) throw new MeshError("ERR_DESCRIPTION", "the device's profile has no X25519 link key");
  return key;
}

/** A session in mode onboard. Errors: ERR_TIMEOUT, ERR_LINK, ERR_VERIFICATION when the peer has not the device's keys. */
export function openOnboard(options: {
  readonly account: AccountContext;
  readonly stream: LinkStream;
  readonly code: ScannedCode;
  readonly described: Described;
  readonly dealEpoch: number;
}): Promise<LinkSession> {
  const { account, stream, code, described, dealEpoch } = options;
  const { clock, random, log } = account.ports;
  return openLink({
    stream,
    mode: "onboard",
    id: code.publicationId,
    local: account.keys.base.link25519,
    remote: linkKeyOf(described),
    psk: code.linkKey,
    hubUdf: account.deviceUdf,
    dealEpoch,
    clock,
    random,
    timeoutMs: handshakeMs,
    log,
  });
}

/** Reads and verifies a contribution. Errors: ERR_VERIFICATION, ERR_ENCODING, ERR_SCHEMA, ERR_KEY. */
function openContribution(octets: Uint8Array, described: Described): DeviceContribution {
  return verifyContribution(parseEnvelope(octets), described.opened.profile.value).value;
}

/** Meets a peer on an open stream. Failures are StepFailures of describe or link, or Refusals by the device itself. */
export async function meet(options: {
  readonly account: AccountContext;
  readonly stream: LinkStream;
  readonly code: ScannedCode;
  /** From the cache, or from another peer: the description is the same whoever gives it. */
  readonly described: Described | undefined;
  readonly onDescribed: (described: Described) => void;
  /** True when somebody goes on with the session. */
  readonly keep: (session: LinkSession) => boolean;
}): Promise<Met> {
  const { account, stream, code, onDescribed, keep } = options;
  const { clock } = account.ports;
  const described =
    options.described ?? (await within("describe", async () => openDescribed(code, await describe({ stream, clock, timeoutMs: handshakeMs }))));
  onDescribed(described);
  return within("link", async () => {
    const session = await openOnboard({ account, stream, code, described, dealEpoch: meetingEpoch });
    let isKept = false;
    try {
      const contribution = await askContribution(session, described);
      isKept = keep(session);
      return { described, ...contribution, witness: encodeBase32(session.handshakeHash, 140) };
    } finally {
      if (!isKept) await session.close();
    }
  });
}

async function askContribution(session: LinkSession, described: Described): Promise<Pick<Met, "contribution" | "linkUdf">> {
  try {
    const { Contribution: contribution } = await session.request("Describe", {});
    return { contribution, linkUdf: openContribution(contribution, described).Link25519.Udf };
  } catch (error) {
    if (isMeshError(error, "ERR_LINK") || isMeshError(error, "ERR_TIMEOUT")) throw error;
    throw new Refusal("link", error);
  }
}
