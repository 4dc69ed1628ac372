/**
 * Command keys (extensions §15): with them the owner's devices sign what a constrained device judges itself. A device makes its own at joining; one
 * that joined under a version without them names it to the administrators, who put it into its connection.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { asMeshError, verificationError } from "../../base/errors.ts";
import { presentUdf, sha512, udfType } from "../../crypto/index.ts";
import { keyDataOf, OfferCommandKey, openObject, publicKeyOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { reissue } from "../device/reissue.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { senderOf } from "../message/sender.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";

const noteOf = (dir: string): string => join(dir, "command-key.offered");

/** True while nobody could know the orders of this device: its connection names no command key. */
export function lacksCommandKey({ keys, roles }: Pick<AccountContext, "keys" | "roles">): boolean {
  return keys.connection.Command25519 === undefined && roles.includes("command");
}

/**
 * Names this device's command key to the administrators, once; an administrator gives it to itself. Nothing happens where the connection has one.
 * Errors: those of the service and the disk.
 */
export async function offerCommandKey(context: AccountContext): Promise<void> {
  if (!lacksCommandKey(context)) return;
  const { keys, deviceUdf, profile, ports, dir } = context;
  const key = keys.command25519.public;
  if (keys.administrator) {
    await context.transact({ catalogs: reissue(context, { deviceUdf, command25519: key }) });
    await context.sync();
    return;
  }
  const MessageId = presentUdf(udfType.nonce, sha512(utf8("mmm/hub/command-key"), Uint8Array.of(0), key.octets));
  const noted = await readFileIfExists(noteOf(dir));
  if (noted && fromUtf8(noted) === MessageId) return;
  const envelope = messageEnvelope({
    struct: OfferCommandKey,
    value: { MessageId, DeviceUdf: deviceUdf, Command25519: keyDataOf(key) },
    signer: keys.signature,
    recipients: [publicKeyOf(profile.AdministratorEncryption)],
    ports,
  });
  await context.transact({ messages: [{ spool: "MMM_Command", envelope }] });
  await writeFileAtomic(noteOf(dir), utf8(MessageId));
}

/**
 * Puts the command keys that were named in MMM_Command, from a frame index on, into the connections of their devices. What does not verify is logged
 * and left. Errors: those of the service and the disk. @returns the devices, and the messages that say nothing more
 */
export async function takeCommandKeys(
  context: AccountContext,
  from: number,
): Promise<{ readonly taken: readonly string[]; readonly handled: readonly SpoolMessage[] }> {
  const taken: string[] = [];
  const handled: SpoolMessage[] = [];
  for await (const message of context.messages("MMM_Command", from)) {
    if (message.messageType !== OfferCommandKey.tag) continue;
    try {
      const deviceUdf = await takeOne(context, message);
      if (deviceUdf !== undefined) taken.push(deviceUdf);
      handled.push(message);
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      context.ports.log.warn("command-key.refused", { index: message.index, reason: asMeshError(error).message });
    }
  }
  return { taken, handled };
}

async function takeOne(context: AccountContext, { envelope }: SpoolMessage): Promise<string | undefined> {
  const sender = senderOf(context, envelope);
  if (!sender || sender.connection.Command25519 || !sender.connection.Roles.includes("command")) return undefined;
  const offer = openObject(OfferCommandKey, envelope, [administratorOf(context).encryption]);
  const key = publicKeyOf(offer.Command25519);
  const others = context.directory.withRole("command").filter(({ udf }) => udf !== sender.udf);
  const isUsed = others.some(({ connection }) => connection.Command25519?.Udf === key.udf);
  if (offer.DeviceUdf !== sender.udf || key.curve !== "Ed25519" || isUsed) throw verificationError("the command key");
  await context.transact({ catalogs: reissue(context, { deviceUdf: sender.udf, command25519: key }) });
  return sender.udf;
}
