/**
 * Connecting a full-size device by its printed code, the administration device's side (protocol-09 §7.5 and §9.1, "static QR").
 * The claim is filed at the maker's service, where the device finds out who wants it; the answer waits at the owner's service under the
 * response id of the claim's MessageId. Devices that speak through a hub are connected by the hub (device/offer.ts).
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, string, struct } from "../../codec/index.ts";
import type { ConnectUri, PrivateKey } from "../../crypto/index.ts";
import { newNonce, parseConnectUri, publicationId } from "../../crypto/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import type { MeshClient } from "../../protocol/index.ts";
import { peerOf, serviceUrl } from "../../protocol/index.ts";
import type { CatalogedDevice, CatalogLabel, OpenedDescription, Role } from "../../schema/index.ts";
import { checkRoleSet, deviceCatalog, openDescription, publicKeyOf } from "../../schema/index.ts";
import { pinnedMakerKeys } from "../contact/maker.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { errandClient } from "../context/errand.ts";
import { claimEnvelope } from "../message/claim.ts";
import { checkDeviceName } from "../naming/check.ts";
import { acceptConnection, removalsOf } from "./pending-connection.ts";

/** A claim that was begun: kept until the answer is written, so that a repetition names the same MessageId as the claim that is filed. */
interface BegunClaim {
  readonly PublicationId: string;
  readonly MessageId: string;
}
const BegunClaim: Struct<BegunClaim> = struct<BegunClaim>("BegunClaim", { PublicationId: string, MessageId: string });

const begunFile = "claim.json";

/** A device that was connected by its code. */
export interface ConnectedByCode {
  readonly device: CatalogedDevice;
  readonly description: OpenedDescription["description"];
}

/**
 * Claims the device of a code and answers it with its place in the account.
 * @param options.configured URL of the maker's service, where it is known
 * Errors: ERR_CODE_KIND (a PIN, or a device that needs a hub), ERR_CODE_DAMAGED, ERR_CODE_CLAIMED, ERR_NOT_FOUND, ERR_DESCRIPTION, ERR_NOT_AUTHORIZED.
 */
export async function connectByCode(
  context: AccountContext,
  code: string,
  options: {
    readonly roles: readonly Role[];
    readonly localName?: string;
    readonly sharedStores?: readonly CatalogLabel[];
    readonly configured?: string;
  },
): Promise<ConnectedByCode> {
  administratorOf(context);
  checkRoleSet(options.roles);
  // Before the claim: a name that cannot be given must not cost the device its code.
  if (options.localName !== undefined) checkDeviceName(context, options.localName, {});
  const { accountSignature } = context.keys;
  if (!accountSignature) throw new MeshError("ERR_NOT_AUTHORIZED", `this device holds no signature key of ${context.address}`);
  const uri = parseConnectUri(code);
  if (uri.kind !== "earl") {
    throw new MeshError("ERR_CODE_KIND", "the code is a PIN of an account, not a device's", {
      hint: "use it on the new device: 'meshman device request URI'",
    });
  }
  const peer = peerOf(context.ports.peers, uri.account);
  const url = peer?.url ?? options.configured ?? context.serviceUrlOf(uri.account) ?? (await serviceUrl(uri.account));
  const client = errandClient(context, { url, ...(peer?.udf === undefined ? {} : { serviceUdf: peer.udf }) });
  try {
    const messageId = await beginClaim({ context, uri, client, accountSignature });
    const { CatalogedPublication } = await client.claim({
      TargetAccountAddress: uri.account,
      EnvelopedMessageClaim: await claimEnvelope(context, { key: uri.key, messageId, signer: accountSignature }),
    });
    if (!CatalogedPublication) throw new MeshError("ERR_SCHEMA", "ClaimResponse: the publication is missing");
    const opened = await described({ context, uri, client, accountSignature, sealed: encodeEnvelope(CatalogedPublication.EnvelopedData) });
    const device = await acceptConnection(
      context,
      {
        witness: messageId,
        deviceUdf: opened.deviceUdf,
        profile: opened.profile,
        before: context.get(deviceCatalog, opened.deviceUdf),
        removals: removalsOf(context, opened.deviceUdf),
      },
      {
        roles: options.roles,
        ...(options.localName === undefined ? {} : { localName: options.localName }),
        ...(options.sharedStores === undefined ? {} : { sharedStores: options.sharedStores }),
      },
    );
    await rm(join(context.dir, begunFile), { force: true });
    return { device, description: opened.description };
  } finally {
    client.close();
  }
}

interface Claiming {
  readonly context: AccountContext;
  readonly uri: ConnectUri;
  readonly client: MeshClient;
  readonly accountSignature: PrivateKey;
}

/** The MessageId under which the claim is filed. */
async function beginClaim(claiming: Claiming): Promise<string> {
  const { context, uri } = claiming;
  const path = join(context.dir, begunFile);
  const stored = await readFileIfExists(path);
  const begun = stored && decodeObject(BegunClaim, stored);
  const id = publicationId(uri.key);
  if (begun?.PublicationId === id) return begun.MessageId;
  // A claim of ours from before would stay in force, and the device would look for the answer to that one.
  await giveBack(claiming);
  const messageId = newNonce(context.ports.random);
  await writeFileAtomic(path, encodeObject(BegunClaim, { PublicationId: id, MessageId: messageId }));
  return messageId;
}

/** Gives a claim of this account back; nothing happens when it holds none. */
async function giveBack({ context, client, uri, accountSignature }: Claiming): Promise<void> {
  try {
    await client.claim({
      TargetAccountAddress: uri.account,
      EnvelopedMessageClaim: await claimEnvelope(context, {
        key: uri.key,
        messageId: newNonce(context.ports.random),
        signer: accountSignature,
        release: true,
      }),
    });
  } catch (error) {
    // Whatever else is wrong with the code is told by the claim itself.
    if (!isMeshError(error, "ERR_NOT_FOUND") && !isMeshError(error, "ERR_CODE_CLAIMED")) throw error;
  }
}

/** Opens the published description; what cannot be connected this way is given back. */
async function described(claiming: Claiming & { readonly sealed: Uint8Array }): Promise<OpenedDescription> {
  const { context, uri, sealed } = claiming;
  const drop = async (): Promise<void> => {
    await giveBack(claiming);
    await rm(join(context.dir, begunFile), { force: true });
  };
  let opened: OpenedDescription;
  try {
    opened = openDescription({ sealed, key: uri.key, account: uri.account, makerKeys: pinnedMakerKeys(context, uri.account) });
  } catch (error) {
    await drop();
    throw error;
  }
  const { Encryption, Link } = opened.profile.value;
  if (publicKeyOf(Encryption).curve !== "X448" || !Link.some((link) => publicKeyOf(link).curve === "X448")) {
    await drop();
    const { Manufacturer, Model } = opened.description;
    throw new MeshError("ERR_CODE_KIND", `the ${Manufacturer} ${Model} cannot speak to a Mesh service itself`, {
      hint: "connect it through a hub: 'mesh-hub onboard URI'",
    });
  }
  return opened;
}
