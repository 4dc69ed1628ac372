/**
 * Somebody with an account of his own at the same service, and strangers with tickets: what they send is bounded before it costs the others
 * anything. What an Access catalog holds is in memory; what is read as JSON holds up everybody; what strangers leave is stored for good.
 */
import { concat, utf8 } from "../../../src/base/bytes.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { envelopeObject, RequestConnection, rightsOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { accessEntry, clientOf, makeDevice, message, Person, random, startService } from "../../kit/service.ts";

/** The same envelope with a long header: a member that nobody knows is kept as it came. */
function blownUp(envelope: DareEnvelope, octets: number): DareEnvelope {
  const end = envelope.headerOctets.length - 1;
  const headerOctets = concat(envelope.headerOctets.subarray(0, end), utf8(`,"Padding":"${"x".repeat(octets)}"}`));
  return { ...envelope, headerOctets };
}

describe("attack on the service: members and strangers with tickets", (it) => {
  it("a stranger's request is small, also in values", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const stranger = clientOf(service.url, generatePrivateKey("X448", random));
    const Account = alice.address;
    await throwsMesh(
      stranger.status({ Account, Catalogs: [], Spools: Array(defaultLimits.strangerRequestItems + 1).fill("MMM_Local") }),
      "ERR_TOO_LARGE",
    );
    await throwsMesh(stranger.status({ Account: "x".repeat(defaultLimits.strangerRequestOctets) }), "ERR_TOO_LARGE");
    await alice.client.status({ Account });
  });

  it("the header of a request to connect counts", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const device = makeDevice();
    const value = { MessageId: newNonce(random), AccountAddress: alice.address, ClientNonce: random.bytes(16), AuthenticatedData: device.profile };
    const asked = envelopeObject({ struct: RequestConnection, value: value as never, signers: [device.signature], random });
    const client = clientOf(service.url, device.link);
    const EnvelopedRequestConnection = blownUp(asked, defaultLimits.envelopeOctets);
    await throwsMesh(client.connect({ Account: alice.address, EnvelopedRequestConnection }), "ERR_TOO_LARGE");
    await client.connect({ Account: alice.address, EnvelopedRequestConnection: asked });
  });

  it("strangers fill their share of Inbound, and the owner has the rest", async () => {
    const { service } = await startService({ limits: { strangerInboundOctets: 4000 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const ask = async () => {
      const device = makeDevice();
      const value = { MessageId: newNonce(random), AccountAddress: alice.address, ClientNonce: random.bytes(16), AuthenticatedData: device.profile };
      const EnvelopedRequestConnection = envelopeObject({ struct: RequestConnection, value: value as never, signers: [device.signature], random });
      return clientOf(service.url, device.link).connect({ Account: alice.address, EnvelopedRequestConnection });
    };
    await ask();
    await throwsMesh(ask(), "ERR_REJECTED");
    await alice.write("MMM_Place", [{ key: "a", entry: { CatalogedPlace: { Key: "a", LocalName: "a" } } }]);
  });

  it("a device that may send commands fills no spool with them, neither by number nor by size", async () => {
    for (const size of [10, 9000]) {
      const { service } = await startService({ limits: { memberMessageBurst: 32, memberMessageEveryMs: 3_600_000 } });
      const alice = await (await Person.meet("alice@example.com", service.url)).bind();
      const guest = makeDevice();
      await alice.write("MMM_Access", [
        { key: alice.device.link.public.udf, entry: accessEntry(alice.device.link, rightsOf(["admin"])) },
        { key: guest.link.public.udf, entry: accessEntry(guest.link, rightsOf(["command"])) },
      ]);
      const client = clientOf(service.url, guest.link, alice.address);
      const say = (sender: typeof client, id: string) =>
        sender.transact({
          Account: alice.address,
          RequestId: id,
          Command: Array.from({ length: 4 }, () => message({ type: "RequestCommand", body: { Text: "x".repeat(size) } })),
        });
      const before = (await alice.store("MMM_Command")).frames.length;
      await throwsMesh(
        (async () => {
          for (let n = 0; n < 20; n++) await say(client, `${n}`);
        })(),
        "ERR_QUOTA",
      );
      assert.ok((await alice.store("MMM_Command")).frames.length - before <= (size < 4096 ? 32 : 16));
      // The others go on.
      await say(alice.client, "owner");
    }
  });

  it("an entry of Access names few link keys, and the entries have a budget", async () => {
    const { service } = await startService({ limits: { accessOctets: 4000 } });
    const mallory = await (await Person.meet("mallory@example.com", service.url)).bind();
    const entry = accessEntry(mallory.device.link, rightsOf(["admin"])) as {
      CatalogedAccess: { Capability: { AccessCapability: { LinkUdf: string[] } } };
    };
    const many = structuredClone(entry);
    many.CatalogedAccess.Capability.AccessCapability.LinkUdf = Array.from({ length: defaultLimits.accessLinks + 1 }, (_, i) => `M${i}`);
    await throwsMesh(mallory.write("MMM_Access", [{ key: "many", entry: many }]), "ERR_TOO_LARGE");
    const write = (key: string) => mallory.write("MMM_Access", [{ key, entry }]);
    await write(mallory.device.link.public.udf);
    await throwsMesh(
      (async () => {
        for (let i = 0; i < 20; i++) await write(`key ${i}`);
      })(),
      "ERR_QUOTA",
    );
    // The same key again takes the place of the older entry.
    for (let i = 0; i < 5; i++) await write(mallory.device.link.public.udf);
  });
});
