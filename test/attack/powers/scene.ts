/**
 * Alice's house, and everybody who might turn against her in it, each with what its machine has on disk and in memory. Real service, hub links and
 * firmware; a laptop was stolen and deleted, its keys replaced; the lock has met that when `met` has run, not before. Ciphertext is no secret:
 * everybody gets the service's whole disk to try keys on.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeLock } from "../../../firmware-stubs/virtual/appliance/secured.ts";
import { Flash } from "../../../firmware-stubs/virtual/image/flash.ts";
import type { ConnectedSlot } from "../../../firmware-stubs/virtual/image/image.ts";
import { DeviceImage } from "../../../firmware-stubs/virtual/image/image.ts";
import { baseKeys, freshKeys } from "../../../firmware-stubs/virtual/image/own-key.ts";
import { halvesOf } from "../../../firmware-stubs/virtual/power/halves.ts";
import { inspectInvitations } from "../../../src/account/group/invitation.ts";
import type { AccountContext, OrderWay, Preconfigured } from "../../../src/account/index.ts";
import {
  acceptInvitation,
  addMember,
  askReport,
  createGroup,
  giveJudgedOrder,
  grantSplit,
  inGroup,
  preconfigureDevice,
  replaceKeys,
  requestConfirmation,
  revokeDevice,
} from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { privateKeyFromScalar } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import { DeviceLinks } from "../../../src/hub/device/device-links.ts";
import { Onboarding } from "../../../src/hub/onboarding/onboarding.ts";
import { loadIdentity } from "../../../src/provider/identity.ts";
import { deviceCatalog, privateKeyOf, publicKeyOf } from "../../../src/schema/index.ts";
import { befriend } from "../../kit/befriend.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, World } from "../../kit/hub.ts";
import { collect, makeBulb, pump, startWorld, times } from "../../kit/hub.ts";
import { lockDescription } from "../../kit/lock-house.ts";
import { sequencesOf } from "../hub/burgle.ts";
import { harvest } from "../hub/harvest.ts";
import type { Loot, Purse } from "./purse.ts";
import { purse } from "./purse.ts";
import type { Attacker } from "./table.ts";

export type Scene = Awaited<ReturnType<typeof startScene>>;

/** What was said in a letter, a question, and the name of a room. */
export const sentinel = "sentinel of alice";

function never(): never {
  throw new Error("no power failure was asked for");
}

/** Shares and base keys in a lock's flash, and the sums that it works with. */
function keysOfFlash(dir: string): PrivateKey[] {
  const image = new DeviceImage(new Flash(dir, never));
  const slot = image.active as ConnectedSlot;
  const base = baseKeys(image.factory.PrivateKeyUDF);
  const fresh = freshKeys(slot);
  const halves = halvesOf(base, slot);
  const dealt = [slot.Connection.EncryptShare, slot.Connection.SignatureShare].map((share) => privateKeyFromScalar("Ed25519", share));
  return [base.encryption, base.signature, fresh.encryption, fresh.signature, halves.encryption, halves.signature, ...dealt];
}

/** Every key that a machine of an account has in its memory and on its disk. */
function memberPurse({ keys, identity, profile, dir }: AccountContext, more: readonly unknown[] = [], dirs: readonly string[] = []): Purse {
  const shares = keys.sharedKeys.map(({ share }) => share);
  return purse(harvest({ memory: [keys, identity, profile, ...more], directories: [dir, ...dirs] }).keys, shares);
}

/** What the service has now. */
export async function harvestService({ world }: { readonly world: World }): Promise<Purse> {
  const dir = join(world.household.dir, "service");
  return purse(harvest({ memory: [await loadIdentity({ dir, random: ports.random })], directories: [dir] }).keys);
}

/** Bob's group, of which alice is a member: its key, and her share of it. */
async function joinGroup({ bob, alice, serviceUrl }: { readonly bob: AccountContext; readonly alice: AccountContext; readonly serviceUrl: string }) {
  const address = "family@example.com";
  await createGroup(bob, { address, serviceUrl });
  const { outcome } = await addMember(bob, address, alice.address);
  await alice.sync();
  const [invitation] = (await inspectInvitations(alice)).pending;
  if (outcome !== "invited" || !invitation) throw new Error(`alice is not invited: ${outcome}`);
  await acceptInvitation(alice, invitation);
  const key = await inGroup(bob, address, async ({ profile }) => publicKeyOf(profile.AccountEncryption));
  return { address, key, share: invitation.share };
}

export async function startScene() {
  const world: World = await startWorld();
  const { alice, hubContext, household, medium, maker } = world;
  const hubDir = join(world.dir, "hub");
  const links = new DeviceLinks({ account: hubContext, media: [medium], dir: hubDir });
  await links.start();
  const onboarding = new Onboarding({ account: hubContext, media: [medium], links, dir: hubDir, times });
  await onboarding.start();
  const follow = async (): Promise<void> => onboarding.onSync(await hubContext.sync());
  const hubAtWork = pump(follow);

  const onboard = async (bulb: Bulb, made: Preconfigured, name: string): Promise<void> => {
    bulb.core.press();
    bulb.on();
    const last = (await collect(onboarding.onboard({ uri: made.uri, name }))).at(-1);
    if (last?.step !== "register" || last.state !== "done") throw new Error(`${name} is not connected: ${last?.message}`);
    await eventually(`${name} is there`, () => links.status(made.deviceUdf) === "Online");
  };
  const made = await preconfigureDevice(maker, { description: lockDescription, hailing: ["tcp"] });
  const lockDir = join(world.dir, "lock");
  mkdirSync(lockDir);
  const appliance = makeLock(lockDescription);
  const lock = makeBulb({ dir: lockDir, address: "lock", medium, made, appliance });
  await onboard(lock, made, "front door");
  const lamp = await world.bulb("lamp");
  await onboard(lamp, lamp.made, "lamp");

  const phone = await household.join(alice, "phone", ["threshold", "command"]);
  const laptop = await household.join(alice, "laptop", ["web", "command"]);
  const bob = await household.create("bob", "bob@example.com");
  await befriend(bob, alice);
  const group = await joinGroup({ bob, alice, serviceUrl: household.service.url });
  await eventually("the lock has met the laptop", async () => {
    await follow();
    await laptop.sync();
    return links.devices.get(made.deviceUdf)?.entry.EnvelopedDelegation !== undefined;
  });

  /** The way through the door of the hub, which carries what it is given. */
  const way: OrderWay = {
    nonce: ({ deviceUdf }) => links.nonce(deviceUdf, 30),
    async bring({ deviceUdf }, { messageId, sealed }) {
      const { reported } = await links.judge(deviceUdf, { messageId, sealed, timeoutMs: 8000 });
      return reported ? { reported } : {};
    },
    report: ({ deviceUdf }, nonce) => links.signedReport(deviceUdf, nonce),
  };
  const unlock = { deviceUdf: made.deviceUdf, class: "lock", command: "Unlock", arguments: [] };
  const isOpened = (): boolean => appliance.values.some(({ Name, Value }) => Name === "Locked" && Value === false);
  /** True when the lock is open after an order of that machine; it is locked again. */
  const opensFor = async (sender: AccountContext): Promise<boolean> => {
    appliance.change("Locked", true);
    await giveJudgedOrder(sender, way, unlock);
    const isOpen = isOpened();
    appliance.change("Locked", true);
    return isOpen;
  };

  // The agent and the hub rest, so that what follows is in order: the laptop is deleted, and nobody has told the hub.
  await world.agent(false);
  await hubAtWork.stop();
  await alice.sync();
  await laptop.sync();
  await revokeDevice(alice, laptop.deviceUdf);
  await replaceKeys(alice);
  /** Whether the laptop opens the lock of a hub that has not heard of the removal: it keeps it back, or its service does. */
  const unmet = await opensFor(laptop);
  await follow();
  await eventually("the lock has met the removal", () => links.status(made.deviceUdf) === "Online");
  // The phone may connect lights, within limits.
  const split = await grantSplit(alice, {
    granteeUdf: phone.deviceUdf,
    hubUdf: hubContext.deviceUdf,
    classes: ["light"],
    count: 16,
    until: ports.clock.now() + 86_400_000,
  });
  await phone.sync();

  const sealedTo = (key: PublicKey): DareEnvelope => sealEnvelope({ plaintext: utf8(sentinel), recipients: [key], random: ports.random });
  await bob.sync();
  await requestConfirmation(bob, { address: alice.address, text: sentinel });
  await alice.sync();

  const serviceDir = join(household.dir, "service");
  const activation = links.devices.get(made.deviceUdf)?.activation;
  if (!activation) throw new Error("the hub does not know the lock");
  const halves = [activation.EncryptShare, activation.SignatureShare].map(privateKeyOf);
  const hubPurse = memberPurse(hubContext, [links.devices.list(), hubContext.list(deviceCatalog)], [hubDir]);
  const base = baseKeys(made.image.PrivateKeyUDF);
  const purses: Readonly<Record<Attacker, Purse>> = {
    hub: purse(hubPurse.keys.values(), halves),
    service: await harvestService({ world }),
    device: purse(harvest({ memory: [], directories: [lockDir] }).keys, keysOfFlash(lockDir)),
    laptop: memberPurse(laptop),
    phone: memberPurse(phone),
    maker: purse(memberPurse(maker, [made]).keys.values(), [base.encryption, base.signature]),
  };
  const machines: Partial<Record<Attacker, AccountContext>> = { hub: hubContext, laptop, phone };
  const scene = {
    world,
    alice,
    bob,
    links,
    lock: { udf: made.deviceUdf, appliance, core: lock.core, ask: () => askReport(alice, way, unlock) },
    lamp: { udf: lamp.made.deviceUdf },
    split,
    way,
    machines,
    purses,
    group,
    sealedTo,
    opensFor,
    unmet,
    follow,
    /** The service's disk as it is. */
    loot: (): Promise<Loot> => sequencesOf(serviceDir),
    async stop() {
      await onboarding.stop();
      await links.stop();
      await world.stop();
    },
  };
  return scene;
}
