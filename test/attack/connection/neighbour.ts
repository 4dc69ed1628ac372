/** Somebody else in the same house: an account at the same service, an agent that accepts what its hub offers, a hub on the same medium. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { attend, messageEnvelope, openWindow } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { newNonce, responseId } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import type { OnboardProgress } from "../../../src/hub/onboarding/step.ts";
import { OfferConnection, openObject, publicKeyOf, RespondOffer } from "../../../src/schema/index.ts";
import { ports } from "../../kit/household.ts";
import type { Hub, World } from "../../kit/hub.ts";
import { collect, pump, startHub } from "../../kit/hub.ts";

/** A person with a hub. */
export interface Neighbour {
  readonly admin: AccountContext;
  readonly hub: Hub;
  onboard(uri: string, name?: string): Promise<OnboardProgress | undefined>;
  stop(): Promise<void>;
}

/** Lets somebody move in. */
export async function moveIn(world: World, name: string): Promise<Neighbour> {
  const { household } = world;
  const admin = await household.create(name, `${name}@example.com`);
  const context = await household.join(admin, `${name}'s hub`, ["hub"]);
  await openWindow({ dir: admin.dir, minutes: 60, ports });
  const dir = join(world.dir, `${name}-hub`);
  mkdirSync(dir, { recursive: true });
  const hub = await startHub({ context, media: [world.medium], dir, times: { findSeconds: 2, offerSeconds: 6 } });
  const agent = pump(async () => {
    await admin.sync();
    await attend(admin, { claim: false });
  });
  return {
    admin,
    hub,
    onboard: async (uri, localName) => (await collect(hub.onboarding.onboard({ uri, ...(localName === undefined ? {} : { localName }) }))).at(-1),
    async stop() {
      await hub.stop();
      await agent.stop();
    },
  };
}

/** An offer as a hub sends it that does not keep to what it scanned. @returns its MessageId */
export async function offerAnything(
  hub: AccountContext,
  parts: { readonly uri: string; readonly described: Uint8Array; readonly contribution: DareEnvelope; readonly name?: string },
): Promise<string> {
  const recipients = [publicKeyOf(hub.profile.AdministratorEncryption)];
  const value: OfferConnection = {
    MessageId: newNonce(ports.random),
    Sender: hub.deviceUdf,
    HubUdf: hub.deviceUdf,
    SealedUri: sealEnvelope({ plaintext: utf8(parts.uri), recipients, random: ports.random }),
    Described: parts.described,
    EnvelopedDeviceContribution: parts.contribution,
    ...(parts.name === undefined ? {} : { LocalName: parts.name }),
    Expires: dateTime(ports.clock.now() + 60_000),
  };
  const envelope = messageEnvelope({ struct: OfferConnection, value, signer: hub.keys.signature, recipients, ports });
  await hub.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
  return value.MessageId;
}

/** What the owner's devices answered to an offer. */
export async function answerTo(hub: AccountContext, messageId: string): Promise<RespondOffer | undefined> {
  await hub.sync();
  for await (const message of hub.messages("MMM_Command")) {
    if (message.messageType !== RespondOffer.tag) continue;
    const answer = openOwn(hub, message.envelope);
    if (answer?.MessageId === responseId(messageId)) return answer;
  }
  return undefined;
}

/** An answer to this hub; those to other hubs of the account do not open. */
function openOwn(hub: AccountContext, envelope: DareEnvelope): RespondOffer | undefined {
  try {
    return openObject(RespondOffer, envelope, [hub.keys.encryption]);
  } catch (error) {
    if (isMeshError(error, "ERR_VERIFICATION")) return undefined;
    throw error;
  }
}
