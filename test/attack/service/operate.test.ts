/** What somebody tries who wants more of a key than was granted: points, other people's powers, figures, sessions, restarts, vouchers. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { concat, utf8 } from "../../../src/base/bytes.ts";
import { decodeBase64url } from "../../../src/codec/index.ts";
import { generatePrivateKey, newNonce, publicKey, sha512 } from "../../../src/crypto/index.ts";
import type { AnyOperation, CryptographicResult } from "../../../src/protocol/index.ts";
import type { MeshService } from "../../../src/provider/index.ts";
import { envelopeObject, Voucher } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import type { Device } from "../../kit/power.ts";
import {
  agreement,
  codes,
  commitOf,
  dealDecrypt,
  dealSign,
  ephemeralKey,
  grantGenerate,
  joinedDevice,
  operate,
  powerEntry,
  Signing,
} from "../../kit/power.ts";
import { clientOf, Person, random, startService } from "../../kit/service.ts";
import { TwoServices } from "../../kit/two-services.ts";

interface House {
  readonly alice: Person;
  readonly phone: Device;
  readonly tablet: Device;
  readonly service: MeshService;
  readonly dir: string;
}

async function house(options: Parameters<typeof startService>[0] = {}): Promise<House> {
  const { service, dir } = await startService(options);
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
  return { alice, phone: await joinedDevice(alice), tablet: await joinedDevice(alice), service, dir };
}

const body = utf8(JSON.stringify({ MessageContact: { Sender: "alice@example.com" } }));

function withPoint(keyId: string, crv: string, octets: Uint8Array): AnyOperation {
  return { tag: "CryptographicOperationKeyAgreement", value: { KeyId: keyId, PublicKey: { tag: "PublicKeyECDH", value: { crv, Public: octets } } } };
}

const filled = (length: number, value: number, ...first: readonly number[]): Uint8Array => {
  const octets = new Uint8Array(length).fill(value);
  octets.set(first);
  return octets;
};

async function ends(person: Person): Promise<number> {
  const { ContainerStatus } = await person.client.status({ Account: person.address, Catalogs: ["MMM_Audit"] });
  return ContainerStatus[0]!.Index;
}

describe("attack: points that are none", (it) => {
  it("X448: twist, small order, not reduced, sign octet, length, another curve: refused, and not one multiplication", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const good = ephemeralKey();
    const twist = Array.from({ length: 64 }, (_, i) => filled(56, 0, i + 2)).find((u) => {
      try {
        publicKey("X448", u);
        return false;
      } catch {
        return true;
      }
    })!;
    const p = concat(filled(28, 0xff), Uint8Array.of(0xfe), filled(27, 0xff));
    const points = [
      twist,
      filled(56, 0),
      filled(56, 0, 1),
      p,
      concat(good.octets.subarray(0, 56), Uint8Array.of(0x01)),
      good.octets.subarray(0, 55),
      concat(good.octets, Uint8Array.of(0)),
      new Uint8Array(),
    ];
    const ops = [
      ...points.map((octets) => withPoint(capability.Id, "X448", octets)),
      withPoint(capability.Id, "X25519", ephemeralKey("X25519").octets),
      withPoint(capability.Id, "Ed448", ephemeralKey("Ed448").octets),
      withPoint(capability.Id, "P-256", random.bytes(65)),
    ];
    const before = await ends(alice);
    assert.is(codes(await operate(phone.client, alice.address, ops.slice(0, 8))), Array(8).fill("ERR_KEY").join(" "));
    assert.is(await ends(alice), before, "nothing was exercised");
    assert.is(codes(await operate(phone.client, alice.address, ops.slice(8))), Array(3).fill("ERR_KEY").join(" "));
    const coefficient = async (octets: Uint8Array) => codes(await operate(phone.client, alice.address, [agreement(capability.Id, good, octets)]));
    assert.is(await coefficient(new Uint8Array(56)), "ERR_KEY");
    assert.is(await coefficient(filled(56, 0xff)), "ERR_KEY");
    assert.is(await coefficient(filled(57, 0, 1)), "ERR_KEY");
  });

  it("the answer to what is wrong is the same whatever the share is: nothing of a share is in it", async () => {
    const { alice, phone } = await house();
    const good = ephemeralKey();
    const answers = async () => {
      const { capability } = await dealDecrypt(alice, phone.link);
      const sign = await dealSign(alice, phone.link);
      const ask = (ops: readonly AnyOperation[]) => operate(phone.client, alice.address, ops);
      const points = [filled(56, 0), filled(56, 0, 1), good.octets.subarray(0, 55), ephemeralKey("X25519").octets.subarray(0, 3)];
      const wrong = await ask([
        ...points.map((octets) => withPoint(capability.Id, "X448", octets)),
        withPoint(capability.Id, "X25519", filled(32, 9)),
        agreement(capability.Id, good, filled(56, 0xff)),
        commitOf(capability.Id, body),
        commitOf(sign.capability.Id, utf8('{"ProfileUser":{}}')),
        withPoint(sign.capability.Id, "X448", good.octets),
      ]);
      const open = async () => new Signing(sign, body).committed((await ask([commitOf(sign.capability.Id, body)]))[0]);
      const malformed = await open();
      const other = await open().then((signing) => ask([signing.share({ digest: sha512(utf8("another")) })]));
      const spent = await ask([malformed.share({ hiding: new Uint8Array(57) })]);
      const commitment = await open().then((signing) => ask([signing.share({ hiding: new Uint8Array(57) })]));
      return [...wrong, ...other, ...spent, ...commitment];
    };
    const [one, another] = [await answers(), await answers()];
    assert.is(one.length, 12);
    for (const result of one) assert.is(result.tag, "CryptographicResultError");
    assert.equal(one, another);
  });

  it("Ed25519: identity, points of order 2, 4 and 8, y not reduced", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link, { curve: "Ed25519" });
    const small = [
      "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "7P_______________________________________38",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
      "7v_______________________________________38",
    ].map((text) => decodeBase64url(text)!);
    const ops = small.map((octets) => withPoint(capability.Id, "Ed25519", octets));
    assert.is(codes(await operate(phone.client, alice.address, ops)), Array(5).fill("ERR_KEY").join(" "));
  });
});

describe("attack: powers of others", (it) => {
  it("a device has no use of another's, nor a stranger, nor another account; and none learns which there are", async () => {
    const { alice, phone, tablet, service } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const mallet = await (await Person.meet("mallet@example.com", service.url)).bind();
    const ask = async (client: Device["client"], id = capability.Id) => (await operate(client, alice.address, [agreement(id, ephemeralKey())]))[0];
    const refused = await ask(tablet.client);
    assert.equal(refused, await ask(tablet.client, newNonce(random)));
    assert.is(codes([refused!]), "ERR_NOT_AUTHORIZED");
    assert.is(codes([(await ask(mallet.client).catch(({ code }) => errorOf(code)))!]), "ERR_NOT_AUTHORIZED");
    const nobody = clientOf(service.url, generatePrivateKey("X448", random), alice.address);
    await throwsMesh(ask(nobody), "ERR_NOT_AUTHORIZED");
    assert.is(codes([(await ask(phone.client))!]), "ok");
  });

  it("a share that somebody carried into an account of his own is not used there, nor under another id", async () => {
    const { alice, phone, service } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const mallet = await (await Person.meet("mallet@example.com", service.url)).bind();
    await mallet.grant(mallet.device.link, ["r:MMM_Access", "a:MMM_Access"]);
    const stolen = { ...capability, GranteeUdf: mallet.device.link.public.udf };
    await mallet.write("MMM_Access", [powerEntry({ tag: "CapabilityDecryptServiced", value: stolen })]);
    assert.is(codes(await operate(mallet.client, mallet.address, [agreement(capability.Id, ephemeralKey())])), "ERR_VERIFICATION");
    const renamed = { ...capability, Id: newNonce(random) };
    await alice.write("MMM_Access", [powerEntry({ tag: "CapabilityDecryptServiced", value: renamed })]);
    assert.is(codes(await operate(phone.client, alice.address, [agreement(renamed.Id, ephemeralKey())])), "ERR_VERIFICATION");
  });

  it("a power does what it is of and nothing else; entries that are malformed are refused", async () => {
    const { alice, phone } = await house();
    const { capability } = await dealDecrypt(alice, phone.link);
    const sign = await dealSign(alice, phone.link);
    const generate = await grantGenerate(alice, phone.link);
    const ops = [commitOf(capability.Id, body), agreement(sign.capability.Id, ephemeralKey()), agreement(generate.Id, ephemeralKey())];
    assert.is(codes(await operate(phone.client, alice.address, ops)), Array(3).fill("ERR_NOT_AUTHORIZED").join(" "));
    const { entry } = powerEntry({ tag: "CapabilityDecryptServiced", value: capability });
    await throwsMesh(alice.write("MMM_Access", [{ key: "capability:other", entry }]), "ERR_SCHEMA");
    const { GranteeUdf: _, ...lacking } = capability;
    const malformed = powerEntry({ tag: "CapabilityDecryptServiced", value: lacking as typeof capability });
    await throwsMesh(alice.write("MMM_Access", [malformed]), "ERR_SCHEMA");
    const many = { ...sign.capability, MessageTypes: Array.from({ length: 33 }, (_, i) => `T${i}`) };
    await throwsMesh(alice.write("MMM_Access", [powerEntry({ tag: "CapabilitySignServiced", value: many })]), "ERR_TOO_LARGE");
  });

  it("nobody but the service writes the audit", async () => {
    const { alice } = await house();
    await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access", "a:MMM_Audit", "r:MMM_Audit"]);
    const write = alice.client.transact({
      Account: alice.address,
      RequestId: newNonce(random),
      Updates: [{ Container: "MMM_Audit", Index: 0, Envelopes: [] }],
    });
    await throwsMesh(write, "ERR_NOT_AUTHORIZED");
  });
});

function errorOf(code: string): CryptographicResult {
  return { tag: "CryptographicResultError", value: { ErrorCode: code, ErrorReport: "" } };
}

describe("attack: figures", (it) => {
  it("of each power, as its entry says, a minute and a day; of one account; of one request", async () => {
    const clock = new ManualClock(Date.now());
    const { alice, phone } = await house({ clock, limits: { operateBurst: 20, operateEveryMs: 1000, operations: 8, operateOctets: 1000 } });
    const { capability } = await dealDecrypt(alice, phone.link, { PerMinute: 2, PerDay: 3 });
    const ask = async (count: number) =>
      codes(
        await operate(
          phone.client,
          alice.address,
          Array.from({ length: count }, () => agreement(capability.Id, ephemeralKey())),
        ),
      );
    assert.is(await ask(3), "ok ok ERR_QUOTA");
    await clock.advance(60_000);
    assert.is(await ask(3), "ok ERR_QUOTA ERR_QUOTA", "three a day");
    await throwsMesh(ask(9), "ERR_TOO_LARGE");
    const sign = await dealSign(alice, phone.link, { Sealed: true });
    await throwsMesh(operate(phone.client, alice.address, [commitOf(sign.capability.Id, random.bytes(1001))]), "ERR_TOO_LARGE");
    const spend = async () => {
      for (;;) await operate(phone.client, alice.address, Array(8).fill(agreement(newNonce(random), ephemeralKey())));
    };
    await throwsMesh(spend(), "ERR_QUOTA");
  });
});

describe("attack: signing sessions", (it) => {
  async function signers(options: Parameters<typeof house>[0] = {}) {
    const made = await house(options);
    const dealt = await dealSign(made.alice, made.phone.link, { Sealed: true });
    const open = async (signing = new Signing(dealt, body)) =>
      signing.committed((await operate(made.phone.client, made.alice.address, [signing.commit]))[0]);
    const ask = async (operation: AnyOperation, client = made.phone.client) => codes(await operate(client, made.alice.address, [operation]));
    return { ...made, dealt, open, ask };
  }

  it("answers once, for its digest, in its order; a new one burns the old", async () => {
    const { dealt, open, ask } = await signers();
    const first = await open();
    assert.is(await ask(first.share()), "ok");
    assert.is(await ask(first.share()), "ERR_REPLAY", "once more");
    assert.is(await ask(new Signing(dealt, body).committed(resultOf(first.session)).share()), "ERR_REPLAY", "other commitments to the same nonces");
    const second = await open();
    const third = await open();
    assert.is(await ask(second.share()), "ERR_REPLAY", "burned");
    assert.is(await ask(third.share({ digest: sha512(random.bytes(9)) })), "ERR_VERIFICATION", "another message");
    assert.is(await ask(third.share()), "ERR_REPLAY", "and then it is over");
    assert.is(await ask(new Signing(dealt, body).committed(resultOf(newNonce(random))).share()), "ERR_REPLAY", "a share before commitments");
  });

  it("malformed commitments spend it", async () => {
    const { open, ask } = await signers();
    const session = await open();
    assert.is(await ask(session.share({ hiding: new Uint8Array(57) })), "ERR_VERIFICATION");
    assert.is(await ask(session.share()), "ERR_REPLAY");
  });

  it("is its caller's, and of its own capability", async () => {
    const { alice, phone, tablet, open, ask } = await signers();
    const session = await open();
    assert.is(await ask(session.share(), tablet.client), "ERR_NOT_AUTHORIZED");
    const other = await dealSign(alice, phone.link);
    const foreign = new Signing(other, body).committed(resultOf(session.session));
    assert.is(await ask(foreign.share()), "ERR_REPLAY");
    assert.is(await ask(session.share()), "ok", "neither has spent it");
  });

  it("ends in time, and with what it was opened under", async () => {
    const clock = new ManualClock(Date.now());
    const { alice, dealt, open, ask } = await signers({ clock });
    const late = await open();
    await clock.advance(30_001);
    assert.is(await ask(late.share()), "ERR_REPLAY");
    const withdrawn = await open();
    await alice.write("MMM_Access", [powerEntry({ tag: "NullCapability", value: { Id: dealt.capability.Id } })]);
    assert.is(await ask(withdrawn.share()), "ERR_NOT_AUTHORIZED");
  });

  it("two answers at once to one session: one of them", async () => {
    const { open, alice, phone } = await signers();
    const session = await open();
    const answers = await Promise.all([session.share(), session.share()].map((operation) => operate(phone.client, alice.address, [operation])));
    assert.equal(answers.map(codes).sort(), ["ERR_REPLAY", "ok"]);
  });

  it("nothing of it survives a restart, and no answer is on the disk", async () => {
    const [dir, port] = [tempDirectory(), await freePort()];
    const { service, open, ask, alice, phone } = await signers({ dir, port });
    const dealt = await dealDecrypt(alice, phone.link);
    const [result] = await operate(phone.client, alice.address, [agreement(dealt.capability.Id, ephemeralKey())]);
    const session = await open();
    await service.stop();
    await startService({ dir, port });
    assert.is(await ask(session.share()), "ERR_REPLAY");
    assert.is(await ask((await open()).share()), "ok", "it begins again");
    const secret = (result as Extract<CryptographicResult, { tag: "CryptographicResultKeyAgreement" }>).value.KeyAgreement.value.Result.subarray(
      0,
      56,
    );
    const scalar = dealt.theirs.export().Private;
    for (const file of filesIn(dir)) {
      const octets = readFileSync(file);
      for (const wanted of [secret, scalar]) {
        assert.is(octets.indexOf(Buffer.from(wanted)), -1, file);
        assert.is(octets.indexOf(Buffer.from(wanted).toString("base64url").slice(0, 70)), -1, file);
      }
    }
  });
});

function resultOf(session: string): CryptographicResult {
  return { tag: "CryptographicResultSignCommit", value: { Session: session, Hiding: new Uint8Array(57), Binding: new Uint8Array(57) } };
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

describe("attack: members of other accounts", (it) => {
  async function two() {
    const world = await new TwoServices().start();
    const { alice, bob } = world;
    await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
    await bob.grant(bob.device.link, ["r:MMM_Access", "a:MMM_Access", "a:MMM_Outbound"]);
    const grantee = { GranteeUdf: bob.udf, GranteeAccount: bob.address };
    const { capability, theirs } = await dealDecrypt(alice, bob.device.link, grantee);
    const laptop = await joinedDevice(bob);
    const vouch = async (device: Device = laptop, audience = alice.serviceUdf) =>
      (await operate(device.client, bob.address, [{ tag: "CryptographicOperationVouch", value: { Audience: audience } }]))[0]!;
    await bob.client.hello();
    const EnvelopedProfileService = bob.client.profileService!.envelope;
    const voucherOf = async (device?: Device, audience?: string) => {
      const result = await vouch(device, audience);
      if (result.tag !== "CryptographicResultVouch") throw new Error(codes([result]));
      return { EnvelopedVoucher: result.value.EnvelopedVoucher, EnvelopedProfileService };
    };
    const calling = (link = laptop.link) => clientOf(alice.url, link, bob.address);
    const ask = (more: object, client = calling()) => operate(client, alice.address, [agreement(capability.Id, ephemeralKey())], more);
    return {
      ...world,
      clock: world.clock,
      com: world.com,
      alice,
      bob,
      laptop,
      capability,
      theirs,
      vouch,
      voucherOf,
      ask,
      calling,
      EnvelopedProfileService,
      world,
    };
  }

  it("a member elsewhere agrees by its own service's word, and not when that removed the device", async () => {
    const { alice, bob, laptop, voucherOf, vouch, ask } = await two();
    const voucher = await voucherOf();
    assert.is(codes(await ask(voucher)), "ok");
    assert.is(codes(await ask(voucher)), "ok", "within its minute");
    await bob.grant(laptop.link, [], { active: false });
    await throwsMesh(vouch(), "ERR_REVOKED");
    const { frames } = await alice.store("MMM_Audit");
    assert.ok(frames.some(({ body: octets }) => Buffer.from(octets).includes(bob.address)));
  });

  it("a voucher is of one device, for one service, for a minute, by the service of the address", async () => {
    const { clock, alice, bob, laptop, voucherOf, ask, calling, EnvelopedProfileService, world } = await two();
    const voucher = await voucherOf();
    const other = await joinedDevice(bob);
    await throwsMesh(ask(voucher, calling(other.link)), "ERR_VERIFICATION");
    await throwsMesh(ask(await voucherOf(laptop, bob.serviceUdf)), "ERR_VERIFICATION");
    await throwsMesh(ask({ EnvelopedVoucher: voucher.EnvelopedVoucher }), "ERR_USAGE");
    const forge = async (change: Partial<Voucher>, by = generatePrivateKey("Ed448", random), profile = EnvelopedProfileService) => {
      const Time = new Date(clock.now()).toISOString();
      const value: Voucher = {
        LinkUdf: laptop.link.public.udf,
        AccountUdf: bob.udf,
        Account: bob.address,
        Audience: alice.serviceUdf,
        Time,
        ...change,
      };
      return ask({ EnvelopedVoucher: envelopeObject({ struct: Voucher, value, signers: [by], random }), EnvelopedProfileService: profile });
    };
    await throwsMesh(forge({}), "ERR_VERIFICATION");
    const { identity } = await world.stranger();
    await throwsMesh(forge({}, identity.signature, identity.envelopedProfile), "ERR_NOT_AUTHORIZED");
    const own = (await world.hostOfCom()).identity;
    await throwsMesh(forge({ Account: alice.address, AccountUdf: alice.udf }, own.signature, own.envelopedProfile), "ERR_NOT_AUTHORIZED");
    await throwsMesh(forge({ Account: "carol@example.net" }), "ERR_NOT_AUTHORIZED");
    await clock.advance(61_000);
    await throwsMesh(ask(voucher), "ERR_REPLAY");
    assert.is(codes(await ask(await voucherOf())), "ok");
  });

  it("a device that does not speak for its account gets no voucher; and of another account under the same address nothing is taken", async () => {
    const { alice, bob, vouch, voucherOf, ask } = await two();
    const lamp = await joinedDevice(bob, ["r:MMM_Network"]);
    assert.is(codes([await vouch(lamp)]), "ERR_NOT_AUTHORIZED");
    const elsewhere = await dealDecrypt(alice, bob.device.link, { GranteeUdf: alice.udf, GranteeAccount: bob.address });
    const voucher = await voucherOf();
    assert.is(codes(await ask(voucher)), "ok");
    const results = await operate(clientOf(alice.url, bob.device.link, bob.address), alice.address, [
      agreement(elsewhere.capability.Id, ephemeralKey()),
    ]).catch(({ code }) => [errorOf(code)]);
    assert.is(codes(results), "ERR_ACCOUNT_UNKNOWN", "without a voucher it is an account of this service or none");
  });

  it("a member at the same service needs none", async () => {
    const { alice, service } = await house();
    const carol = await (await Person.meet("carol@example.com", service.url)).bind();
    await carol.grant(carol.device.link, ["r:MMM_Access", "a:MMM_Access"]);
    const { capability } = await dealDecrypt(alice, carol.device.link, { GranteeUdf: carol.udf, GranteeAccount: carol.address });
    const phone = await joinedDevice(carol);
    const lamp = await joinedDevice(carol, ["r:MMM_Network"]);
    const ask = (client: Device["client"]) => operate(client, alice.address, [agreement(capability.Id, ephemeralKey())]);
    assert.is(codes(await ask(phone.client)), "ok");
    await throwsMesh(ask(lamp.client), "ERR_NOT_AUTHORIZED");
  });
});
