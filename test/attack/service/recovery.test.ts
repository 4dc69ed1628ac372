/**
 * BindAuthorization.Recover at the real service: it gives an hour of the owner's rights to one link key, so it must not be forged, replayed, taken to
 * another session, service or account, or outlive the account.
 */
import { tag } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { MeshClient } from "../../../src/protocol/index.ts";
import { BindAuthorization } from "../../../src/protocol/index.ts";
import { CatalogedRecovery, EscrowedKeys, envelopeObject, recoveryKey, rightsOf } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { clientOf, makeDevice, Person, random, startService } from "../../kit/service.ts";

interface Scene {
  readonly alice: Person;
  readonly bob: Person;
  readonly url: string;
  /** Link key of a machine that nobody knows. */
  readonly link: PrivateKey;
  readonly client: MeshClient;
}

/** An account with an active device and a sealed recovery entry. */
async function scene(options: Parameters<typeof startService>[0] = {}): Promise<Scene> {
  const { service } = await startService(options);
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  const bob = await (await Person.meet("bob@example.com", service.url)).bind();
  await alice.grant(alice.device.link, rightsOf(["admin"]));
  const sealed = envelopeObject({
    struct: EscrowedKeys,
    value: { Entries: [] },
    signers: [alice.accountSignature],
    recipients: [generatePrivateKey("X448", random).public],
    random,
  });
  const entry: CatalogedRecovery = {
    Capability: {
      tag: "CapabilityRecover",
      value: { Id: recoveryKey, Keys: [], DeviceEpoch: 0, Signers: [], EnvelopedEscrowedKeys: sealed },
    },
  };
  await alice.write("MMM_Access", [{ key: recoveryKey, entry: tag(CatalogedRecovery, entry) }]);
  const { link } = makeDevice();
  return { alice, bob, url: service.url, link, client: clientOf(service.url, link, alice.address) };
}

/** The root key's consent to a recovery over a client's session; members changed, or another key's. */
async function authorization(
  { alice }: Scene,
  { client, link, key = alice.root }: { readonly client: MeshClient; readonly link: PrivateKey; readonly key?: PrivateKey },
  change: Partial<BindAuthorization> = {},
): Promise<DareEnvelope> {
  const value: BindAuthorization = {
    AccountAddress: alice.address,
    ServiceUdf: alice.serviceUdf,
    LinkUdf: link.public.udf,
    HandshakeHash: await client.handshakeHash(),
    Recover: true,
    ...change,
  };
  return envelopeObject({ struct: BindAuthorization, value, signers: [key], random });
}

const bind = (client: MeshClient, { address, profile }: Person, consent: DareEnvelope) =>
  client.bind({ AccountAddress: address, EnvelopedProfileAccount: profile, EnvelopedBindAuthorization: consent });

/** Errors: ERR_NOT_AUTHORIZED without rights. */
const reads = (client: MeshClient, { address }: Person) => client.status({ Account: address, Catalogs: ["MMM_Device", "MMM_Access"], Spools: [] });

describe("attack on the service: a recovery", (it) => {
  it("needs the root key, for this account, this service, this machine and this session", async () => {
    const all = await scene();
    const { alice, bob, client, link } = all;
    await reads(alice.client, alice);
    await throwsMesh(reads(client, alice), "ERR_NOT_AUTHORIZED");
    const mallory = generatePrivateKey("Ed448", random);
    const forgeries: Record<string, DareEnvelope> = {
      "another key": await authorization(all, { client, link, key: mallory }),
      "the account's signature key": await authorization(all, { client, link, key: alice.accountSignature }),
      "another account's root": await authorization(all, { client, link, key: bob.root }),
      "another account": await authorization(all, { client, link }, { AccountAddress: bob.address }),
      "another service": await authorization(all, { client, link }, { ServiceUdf: bob.udf }),
      "another machine": await authorization(all, { client, link: makeDevice().link }),
      "another session": await authorization(all, { client, link }, { HandshakeHash: random.bytes(64) }),
    };
    for (const [how, forged] of Object.entries(forgeries)) {
      const error = await throwsMesh(bind(client, alice, forged), "ERR_VERIFICATION");
      assert.not.match(error.message, /root|session|machine/, how);
      await throwsMesh(reads(client, alice), "ERR_NOT_AUTHORIZED");
    }
    // The account of another root at the address, with a consent that is good for it.
    const stolen = { address: alice.address, profile: bob.profile } as Person;
    await throwsMesh(bind(client, stolen, await authorization(all, { client, link, key: bob.root })), "ERR_VERIFICATION");
    await throwsMesh(reads(client, alice), "ERR_NOT_AUTHORIZED");
  });

  it("opens that account alone, for the machine that it names, and hands the sealed keys to nobody else", async () => {
    const all = await scene();
    const { alice, bob, client, link, url } = all;
    const { EnvelopedEscrowedKeys } = await bind(client, alice, await authorization(all, { client, link }));
    assert.ok(EnvelopedEscrowedKeys);
    await reads(client, alice);
    await throwsMesh(reads(client, bob), "ERR_NOT_AUTHORIZED");
    await throwsMesh(reads(clientOf(url, makeDevice().link, alice.address), alice), "ERR_NOT_AUTHORIZED");
    // The owner's devices go on; a renewed profile without Recover is answered without them.
    await reads(alice.client, alice);
    const plain = await alice.client.bind({
      AccountAddress: alice.address,
      EnvelopedProfileAccount: alice.profile,
      EnvelopedBindAuthorization: await alice.authorization(),
    });
    assert.is(plain.EnvelopedEscrowedKeys, undefined);
  });

  it("cannot be replayed: not in another session of the same machine, nor by another", async () => {
    const all = await scene();
    const { alice, client, link, url } = all;
    const consent = await authorization(all, { client, link });
    await bind(client, alice, consent);
    await client.close();
    const again = clientOf(url, link, alice.address);
    await throwsMesh(bind(again, alice, consent), "ERR_VERIFICATION");
    const thief = makeDevice();
    await throwsMesh(bind(clientOf(url, thief.link, alice.address), alice, consent), "ERR_VERIFICATION");
    await throwsMesh(reads(clientOf(url, thief.link, alice.address), alice), "ERR_NOT_AUTHORIZED");
  });

  it("gives nothing to a machine that was removed, though its key had been let in by one before", async () => {
    const all = await scene();
    const { alice, client, link } = all;
    await bind(client, alice, await authorization(all, { client, link }));
    await alice.grant(link, rightsOf(["admin"]));
    await reads(client, alice);
    await alice.grant(link, rightsOf(["admin"]), { active: false });
    await throwsMesh(reads(client, alice), "ERR_REVOKED");
  });

  it("alone: nobody else uses the account meanwhile, for ten minutes at most, and without the root key nobody can ask for it", async () => {
    const clock = new ManualClock(Date.now());
    const all = await scene({ clock });
    const { alice, client, link } = all;
    const alone = { Alone: true };
    const isBusy = async () =>
      assert.match((await throwsMesh(reads(alice.client, alice), "ERR_SERVICE_UNREACHABLE")).message, /ERR_BUSY.+makes its stores whole/);
    await throwsMesh(bind(client, alice, await authorization(all, { client, link, key: alice.accountSignature }, alone)), "ERR_VERIFICATION");
    await reads(alice.client, alice);
    // Without Recover it says nothing.
    await bind(client, alice, await authorization(all, { client, link }, { Recover: false, ...alone }));
    await reads(alice.client, alice);
    await bind(client, alice, await authorization(all, { client, link }, alone));
    await reads(client, alice);
    await isBusy();
    await bind(client, alice, await authorization(all, { client, link }, { Recover: false }));
    await reads(alice.client, alice);
    await throwsMesh(reads(client, alice), "ERR_NOT_AUTHORIZED");
    await bind(client, alice, await authorization(all, { client, link }, alone));
    await isBusy();
    clock.advance(600_001);
    await reads(clientOf(all.url, alice.device.link, alice.address), alice);
    await throwsMesh(reads(clientOf(all.url, link, alice.address), alice), "ERR_NOT_AUTHORIZED");
  });

  it("finds nothing of an account that has ended", async () => {
    const all = await scene();
    const { alice, client, link } = all;
    await alice.client.unbind({ Account: alice.address, EnvelopedBindAuthorization: await alice.authorization() });
    await throwsMesh(reads(client, alice), "ERR_ACCOUNT_UNKNOWN");
    const { EnvelopedEscrowedKeys } = await bind(client, alice, await authorization(all, { client, link }));
    assert.is(EnvelopedEscrowedKeys, undefined);
    const { ContainerStatus } = await reads(client, alice);
    assert.ok(ContainerStatus.every(({ Index }) => Index === 0));
  });
});
