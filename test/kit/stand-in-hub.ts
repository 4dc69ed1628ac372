/** A hub as far as meshman sees it: offers, states, and answers to commands. What it does with devices is played. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ports } from "../../src/account/index.ts";
import { type AccountContext, completeConnection, messageEnvelope, put, requestConnection, senderOf } from "../../src/account/index.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { dateTime, systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { decodeObject } from "../../src/codec/index.ts";
import { deriveKey, generatePrivateKey, newNonce, parseConnectUri, responseId } from "../../src/crypto/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import type { Result, StateValue } from "../../src/schema/index.ts";
import {
  type CatalogedState,
  DeviceContribution,
  DevicePreconfigurationPrivate,
  envelopeObject,
  keyDataOf,
  keyName,
  OfferConnection,
  openObject,
  publicKeyOf,
  RequestCommand,
  RespondCommand,
  stateCatalog,
} from "../../src/schema/index.ts";
import { gather } from "./gather.ts";

const ports: Ports = { clock: systemClock, random: systemRandom, log: silentLog };

/** A connected hub. */
export interface StandInHub {
  readonly context: AccountContext;
  /** Offers the device of a preconfigured directory. */
  offer(directory: string, names?: { readonly LocalName?: string; readonly Place?: string }): Promise<void>;
  /** Publishes what a device, or the hub itself, is said to be like. */
  publish(deviceUdf: string, state: Partial<CatalogedState>): Promise<void>;
  /** The next command, once it is there. */
  nextCommand(): Promise<RequestCommand>;
  answer(request: RequestCommand, result: Result, options?: { readonly values?: readonly StateValue[]; readonly report?: string }): Promise<void>;
}

/** Asks to join by the URI of a PIN; `letIn` is what the owner does then. */
export async function joinAsHub(options: {
  readonly dir: string;
  readonly uri: string;
  readonly serviceUrl: string;
  readonly letIn: () => Promise<unknown>;
}): Promise<StandInHub> {
  const { dir, uri, serviceUrl, letIn } = options;
  const { account, code } = parseConnectUri(uri);
  await requestConnection({ dir, address: account, pin: code, serviceUrl, localName: "hub", ports });
  await letIn();
  return standInHub(await completeConnection({ dir, waitSeconds: 5, ports }));
}

function standInHub(context: AccountContext): StandInHub {
  let cursor = 0;
  let sequence = 0;
  const stateOf = (deviceUdf: string, state: Partial<CatalogedState>): CatalogedState => ({
    DeviceUdf: deviceUdf,
    Updated: dateTime(systemClock.now()),
    Sequence: ++sequence,
    Status: "Online",
    Via: context.deviceUdf,
    ...state,
  });
  return {
    context,
    async offer(directory, names = {}) {
      const image = decodeObject(DevicePreconfigurationPrivate, await readFile(join(directory, "image", "factory.jbcd")));
      const uri = (await readFile(join(directory, "code.txt"), "utf8")).trim();
      const administrators = publicKeyOf(context.profile.AdministratorEncryption);
      const fresh = (curve: "Ed25519" | "X25519") => keyDataOf(generatePrivateKey(curve, systemRandom).public);
      const contribution: DeviceContribution = {
        DealEpoch: 0,
        Encryption: fresh("Ed25519"),
        Signature: fresh("Ed25519"),
        Link25519: fresh("X25519"),
        Presence: true,
      };
      const base = deriveKey(image.PrivateKeyUDF, keyName.deviceSign, "Ed25519");
      const value: OfferConnection = {
        MessageId: newNonce(systemRandom),
        Sender: context.deviceUdf,
        HubUdf: context.deviceUdf,
        SealedUri: sealEnvelope({ plaintext: utf8(uri), recipients: [administrators], random: systemRandom }),
        Described: image.SealedDescription,
        EnvelopedDeviceContribution: envelopeObject({
          struct: DeviceContribution,
          value: contribution,
          signers: [base],
          random: systemRandom,
          compact: true,
        }),
        ...names,
        Expires: dateTime(systemClock.now() + 600_000),
      };
      const envelope = messageEnvelope({ struct: OfferConnection, value, signer: context.keys.signature, recipients: [administrators], ports });
      await context.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
    },
    async publish(deviceUdf, state) {
      await context.transact({
        catalogs: [put(stateCatalog, stateOf(deviceUdf, state))],
      });
    },
    async nextCommand() {
      for (;;) {
        await context.sync();
        for await (const { envelope, messageType, index } of context.messages("MMM_Command", cursor)) {
          cursor = index + 1;
          if (messageType === RequestCommand.tag) return openObject(RequestCommand, envelope, [context.keys.encryption]);
        }
        await context.wait({ stores: ["MMM_Command"], seconds: 5 });
      }
    },
    async answer(request, result, { values, report } = {}) {
      const sender = context.directory.find(request.Sender);
      if (!sender) throw new Error(`no device ${request.Sender}`);
      const value: RespondCommand = {
        MessageId: responseId(request.MessageId),
        HubUdf: context.deviceUdf,
        Result: result,
        ...(values ? { State: stateOf(request.DeviceUdf, { Reported: { DeviceUdf: request.DeviceUdf, Sequence: 1, Values: values } }) } : {}),
        ...(report === undefined ? {} : { ErrorReport: report }),
        Heads: context.heads(),
      };
      const recipients = [publicKeyOf(sender.connection.Encryption)];
      await context.transact({
        messages: [
          { spool: "MMM_Command", envelope: messageEnvelope({ struct: RespondCommand, value, signer: context.keys.signature, recipients, ports }) },
        ],
      });
    },
  };
}

/** True when a connected device of the hub's account signed the newest command. */
export async function isSigned(hub: StandInHub): Promise<boolean> {
  const messages = await gather(hub.context.messages("MMM_Command"));
  const request = messages.findLast(({ messageType }) => messageType === RequestCommand.tag);
  return request !== undefined && senderOf(hub.context, request.envelope) !== undefined;
}
