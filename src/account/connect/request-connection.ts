/** The joining device's side: ask to be connected, by PIN or by comparing the witness, and fetch the answer. protocol-09 §9.1; extensions §8 (?udf=). */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { connectionWitness, newNonce, pinAnswer, pinId, pinWitness, responseId, saltedPin } from "../../crypto/index.ts";
import { eitherMember } from "../../dare/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import type { Enveloped, Verified } from "../../schema/index.ts";
import {
  AcknowledgeConnection,
  accountAddress,
  isNewerProfile,
  openObject,
  ProfileUser,
  peekObject,
  publicKeyOf,
  RequestConnection,
  RespondConnection,
  verifyProfile,
} from "../../schema/index.ts";
import { AccountContext } from "../context/account-context.ts";
import { loadAccountFile, saveAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { identityOf, loadIdentity } from "../context/device-identity.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import { openKeyring } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { checkOwnName } from "../naming/check.ts";
import { storesFolder } from "../store/copy-path.ts";
import { anchorCopies } from "../store/seen-mark.ts";
import type { PendingFile } from "./pending-file.ts";
import { loadPendingFile, removePendingFile, savePendingFile } from "./pending-file.ts";

/** Whom to ask, and with what. */
export interface RequestConnectionOptions {
  readonly dir: string;
  readonly address: string;
  readonly pin?: string;
  /** The account's fingerprint, from `?udf=`: the answer of any other account is refused. */
  readonly accountUdf?: string;
  readonly serviceUrl: string;
  readonly localName?: string;
  /** Asks once more although a request is open that nobody has answered: the service may have lost it. */
  readonly anew?: boolean;
  readonly ports: Ports;
}

/** What the person compares with the administration device when there was no PIN. */
export interface ConnectionRequested {
  readonly deviceUdf: string;
  readonly accountUdf: string;
  readonly witness: string;
}

/**
 * Asks to be connected and remembers the request. Asked again with the same PIN, or again without one, it is the request that is open:
 * its answer may be there already, and a second one would be refused for a PIN that was used.
 * Errors: ERR_NAME, ERR_ACCOUNT_EXISTS, ERR_ACCOUNT_UNKNOWN, ERR_VERIFICATION when the service shows another account than `accountUdf`; ERR_EXISTS when the
 * request that is open asks for another name.
 */
export async function requestConnection(options: RequestConnectionOptions): Promise<ConnectionRequested> {
  const { dir, serviceUrl, ports } = options;
  const address = accountAddress(options.address);
  const localName = options.localName === undefined ? undefined : checkOwnName(options.localName);
  const existing = await loadAccountFile(dir);
  if (existing) throw new MeshError("ERR_ACCOUNT_EXISTS", `${dir} is already connected to ${existing.AccountAddress}`);
  const identity = await identityOf(dir, ports);
  const salted = options.pin === undefined ? undefined : saltedPin(options.pin, "Device");
  const pin = salted === undefined ? undefined : pinId(salted, address);
  const open = await loadPendingFile(dir);
  const answer = open && isSameRequest(open, { address, serviceUrl, pin }) ? await answerTo(open, { identity, ports }) : "no";
  if (open?.Witness !== undefined && open.EnvelopedProfileUser && (answer === "yes" || (answer === undefined && options.anew !== true))) {
    if (localName !== undefined && localName !== open.LocalName) throw askedOtherwise(open);
    const { value } = verifyProfile(ProfileUser, open.EnvelopedProfileUser, options.accountUdf);
    return { deviceUdf: identity.udf, accountUdf: value.ProfileSignature.Udf, witness: open.Witness };
  }
  const clientNonce = ports.random.bytes(16);
  const request: RequestConnection = {
    MessageId: newNonce(ports.random),
    AccountAddress: address,
    AuthenticatedData: identity.envelope,
    ClientNonce: clientNonce,
    ...(salted === undefined || pin === undefined
      ? {}
      : {
          PinId: pin,
          PinWitness: pinWitness({
            salted,
            account: address,
            clientNonce,
            payloadDigest: eitherMember(identity.envelope, "PayloadDigest") ?? new Uint8Array(),
          }),
        }),
    ...(localName === undefined ? {} : { LocalName: localName }),
  };
  const envelope = messageEnvelope({ struct: RequestConnection, value: request, signer: identity.base.signature, ports });
  const client = new MeshClient({ url: serviceUrl, link: identity.base.link448, clock: ports.clock, random: ports.random });
  try {
    const response = await client.connect({ Account: address, EnvelopedRequestConnection: envelope });
    const profile = verifyProfile(ProfileUser, response.EnvelopedProfileAccount, options.accountUdf);
    const acknowledge = peekObject(AcknowledgeConnection, response.EnvelopedAcknowledgeConnection);
    const witness = connectionWitness({
      accountKey: publicKeyOf(profile.value.ProfileSignature),
      deviceKey: identity.base.profile.public,
      serverNonce: acknowledge.ServerNonce,
      clientNonce,
    });
    if (acknowledge.Witness !== witness) throw verificationError("the witness of the connection");
    await savePendingFile(dir, {
      AccountAddress: address,
      ServiceUrl: serviceUrl,
      EnvelopedProfileUser: profile.envelope,
      Witness: witness,
      ResponseId: responseId(witness),
      ...(localName === undefined ? {} : { LocalName: localName }),
      ...(pin === undefined ? {} : { PinId: pin }),
      ...(salted === undefined || options.accountUdf !== undefined ? {} : { SaltedPin: salted }),
    });
    return { deviceUdf: identity.udf, accountUdf: profile.value.ProfileSignature.Udf, witness };
  } finally {
    await client.close();
  }
}

function askedOtherwise({ LocalName: name, AccountAddress }: PendingFile): MeshError {
  const before = name === undefined ? "without a name" : `as ${name}`;
  return new MeshError("ERR_EXISTS", `this machine has asked ${AccountAddress} already, ${before}`, {
    hint: "leave --name away and have the owner name it, also later by 'meshman device name'; while nobody has answered, --anew asks once more",
  });
}

/** What the owner has said; undefined while nothing is known. After a no it is asked anew. */
async function answerTo(
  { AccountAddress, ServiceUrl, ResponseId }: PendingFile,
  { identity, ports }: { readonly identity: DeviceIdentity; readonly ports: Ports },
): Promise<"yes" | "no" | undefined> {
  const client = new MeshClient({ url: ServiceUrl, link: identity.base.link448, clock: ports.clock, random: ports.random });
  try {
    const { EnvelopedRespondConnection } = await client.complete({ AccountAddress, ResponseId, Wait: 0 });
    return openObject(RespondConnection, EnvelopedRespondConnection, [identity.base.encryption]).Result === "Accept" ? "yes" : "no";
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  } finally {
    await client.close();
  }
}

function isSameRequest(
  { AccountAddress, ServiceUrl, PinId }: PendingFile,
  { address, serviceUrl, pin }: { readonly address: string; readonly serviceUrl: string; readonly pin: string | undefined },
): boolean {
  return AccountAddress === address && ServiceUrl === serviceUrl && PinId === pin;
}

/** The URI named no account, so any account might have answered: only the one that issued the PIN can show that it knows it. */
function checkPinAnswer(pending: PendingFile, deviceUdf: string, profile: ProfileUser, respond: RespondConnection): void {
  const { SaltedPin: salted = "", Witness: witness = "" } = pending;
  const expected = pinAnswer({ salted, accountUdf: profile.ProfileSignature.Udf, deviceUdf, witness });
  if (respond.PinAnswer && equalBytes(respond.PinAnswer, expected)) return;
  throw new MeshError("ERR_VERIFICATION", `who answers for ${pending.AccountAddress} (${profile.ProfileSignature.Udf}) does not know the PIN`, {
    hint: "somebody is between this machine and the account; get the whole code from 'meshman account pin', with ?udf= at its end",
  });
}

const pinRefusals = {
  ERR_PIN_INVALID: "is wrong",
  ERR_PIN_USED: "was used before",
  ERR_PIN_EXPIRED: "has expired",
} as const;

/** The account may have replaced its keys since the request: its root key says so. Errors: ERR_VERIFICATION. */
function newestOf(shown: Verified<ProfileUser>, answered: Enveloped<ProfileUser> | undefined): Verified<ProfileUser> {
  const other = answered && verifyProfile(ProfileUser, answered, shown.value.ProfileSignature.Udf);
  return other && isNewerProfile(other.value, shown.value) ? other : shown;
}

/** A service that was put back to an earlier day has no request any more, and says the same. */
function stillOpen({ message, detail }: MeshError): MeshError {
  return new MeshError("ERR_PENDING", message, {
    detail,
    hint: "the owner accepts it by 'meshman device pending' and 'device accept'; where nothing is listed there, ask once more: 'meshman device request --anew'",
  });
}

/** The owner's no; with the reason when it was about the PIN. */
function refusal(address: string, { Result, ErrorCode = "" }: RespondConnection): MeshError {
  for (const [code, reason] of Object.entries(pinRefusals) as [keyof typeof pinRefusals, string][]) {
    if (ErrorCode === code) return new MeshError(code, `${address} refused the PIN: it ${reason}`);
  }
  return new MeshError("ERR_REJECTED", `${address} answered ${Result}`);
}

/**
 * Fetches the answer to the open request, waiting up to `waitSeconds`, and makes this directory a member of the account.
 * Errors: ERR_PENDING while nobody has answered, ERR_REJECTED, ERR_PIN_INVALID, ERR_PIN_USED or ERR_PIN_EXPIRED, ERR_VERIFICATION when the answer is not the account's.
 */
export async function completeConnection(options: {
  readonly dir: string;
  readonly waitSeconds?: number;
  readonly ports: Ports;
}): Promise<AccountContext> {
  const { dir, ports, waitSeconds = 0 } = options;
  const pending = await loadPendingFile(dir);
  const identity = await loadIdentity(dir);
  if (!pending || !identity) {
    if (await loadAccountFile(dir)) return AccountContext.open({ dir, ports });
    throw new MeshError("ERR_NO_ACCOUNT", `${dir} has no open connection request`);
  }
  const client = new MeshClient({ url: pending.ServiceUrl, link: identity.base.link448, clock: ports.clock, random: ports.random });
  try {
    const { EnvelopedRespondConnection } = await client
      .complete({ AccountAddress: pending.AccountAddress, ResponseId: pending.ResponseId, Wait: waitSeconds })
      .catch((error: unknown) => Promise.reject(isMeshError(error, "ERR_PENDING") ? stillOpen(error) : error));
    const respond = openObject(RespondConnection, EnvelopedRespondConnection, [identity.base.encryption]);
    const shown = pending.EnvelopedProfileUser ?? respond.EnvelopedProfileUser;
    if (!shown) throw new MeshError("ERR_SCHEMA", "RespondConnection: the profile of the account is missing");
    const profile = newestOf(verifyProfile(ProfileUser, shown), respond.EnvelopedProfileUser);
    // The seal shows only who can read it: whether the owner wrote it is told by the signature.
    openObject(RespondConnection, EnvelopedRespondConnection, [identity.base.encryption], [publicKeyOf(profile.value.AdministratorSignature)]);
    // An answer to an earlier request of this device would bring back roles that it has no more.
    if (respond.MessageId !== pending.ResponseId) throw verificationError("the answer to the connection request");
    if (respond.Result === "Accept" && pending.SaltedPin !== undefined) checkPinAnswer(pending, identity.udf, profile.value, respond);
    if (respond.Result !== "Accept" || !respond.CatalogedDevice) {
      await removePendingFile(dir);
      throw refusal(pending.AccountAddress, respond);
    }
    await client.hello();
    const profileService = client.profileService;
    if (profileService?.value.ProfileSignature.Udf !== profile.value.ServiceUdf) throw verificationError("the service of the account");
    // What is kept from here on is not looked at again: the keys that were given add up, or nothing is kept.
    openKeyring(identity, respond.CatalogedDevice, profile.value);
    await anchorCopies(storesFolder(dir), { told: respond.Heads ?? [] });
    await saveAccountFile(dir, {
      AccountAddress: pending.AccountAddress,
      ServiceUrl: pending.ServiceUrl,
      ServiceUdf: profile.value.ServiceUdf,
      EnvelopedProfileUser: profile.envelope,
      EnvelopedProfileService: profileService.envelope,
      CatalogedDevice: respond.CatalogedDevice,
    });
    const context = await AccountContext.open({ dir, ports });
    await removePendingFile(dir);
    try {
      await syncWhatHolds(
        () => context.sync(),
        ({ code, message }) => ports.log.warn("store.doubted", { code, reason: message }),
      );
      await context.checkHeads(respond.Heads ?? [], respond.CatalogedDevice.DeviceUdf);
    } catch (error) {
      await context.close();
      throw error;
    }
    return context;
  } finally {
    await client.close();
  }
}
