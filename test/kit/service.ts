/** Named people of the provider's tests: keys, profiles, stores and messages as a device would make them, without the account room. */
import { systemClock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import type { Datum } from "../../src/codec/datum.ts";
import { tag } from "../../src/codec/field.ts";
import { encodeObject } from "../../src/codec/index.ts";
import type { Curve, PrivateKey, PublicKey } from "../../src/crypto/index.ts";
import { envelopeId, generatePrivateKey, newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope, EncodedFrame, KeyValue } from "../../src/dare/index.ts";
import { firstFrame, frameOf, newExchange, parseFrame, sealEnvelope, sealFrame, TreeFrontier } from "../../src/dare/index.ts";
import type { ContainerUpdate } from "../../src/protocol/index.ts";
import { BindAuthorization, MeshClient } from "../../src/protocol/index.ts";
import type { MeshServiceOptions } from "../../src/provider/index.ts";
import { MeshService } from "../../src/provider/index.ts";
import type { CatalogLabel, ProfileUser as Profile, ProfileDevice as ProfileOfDevice } from "../../src/schema/index.ts";
import {
  AccessCapability,
  CatalogedAccess,
  CatalogUpdate,
  EpochBegin,
  envelopeObject,
  keyDataOf,
  ProfileDevice,
  ProfileUser,
  publicKeyOf,
  SequenceApex,
} from "../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";

export { random };

/** A service on a free port that ends with the test. */
export async function startService(options: Partial<MeshServiceOptions> = {}): Promise<{ service: MeshService; dir: string }> {
  const dir = options.dir ?? tempDirectory();
  const service = new MeshService();
  // All the people of a test come from one address.
  const limits = { bindBurst: 1000, ...options.limits };
  await service.start({ host: "127.0.0.1", port: 0, bind: { kind: "open" }, clock: systemClock, random, log: silentLog, ...options, limits, dir });
  onCleanup(() => service.stop());
  return { service, dir };
}

/** A log that keeps what it is told. */
export function keepingLog(lines: { event: string; data?: Record<string, unknown> }[]): Log {
  const keep = (event: string, data?: Record<string, unknown>): void => void lines.push({ event, ...(data && { data }) });
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return log;
}

/** A device: link key and signature key. */
export interface Device {
  readonly link: PrivateKey;
  readonly signature: PrivateKey;
  readonly profile: DareEnvelope;
  readonly profileKey: PrivateKey;
}

/** A device; with keys of a stranger's choice in its profile. */
export function makeDevice(change: Partial<ProfileOfDevice> = {}): Device {
  const profileKey = generatePrivateKey("Ed448", random);
  const signature = generatePrivateKey("Ed448", random);
  const link = generatePrivateKey("X448", random);
  const encryption = generatePrivateKey("X448", random);
  const profile = envelopeObject({
    struct: ProfileDevice,
    value: {
      ProfileSignature: keyDataOf(profileKey.public),
      Encryption: keyDataOf(encryption.public),
      Signature: keyDataOf(signature.public),
      Authentication: keyDataOf(generatePrivateKey("X448", random).public),
      Link: [keyDataOf(link.public)],
      ...change,
    },
    envelopeId: profileKey.public.udf,
    signers: [profileKey],
    random,
  });
  return { link, signature, profile, profileKey };
}

/** An owner with a first device. */
export class Person {
  readonly address: string;
  readonly serviceUdf: string;
  readonly serviceEncryption: PublicKey;
  readonly url: string;
  readonly root = generatePrivateKey("Ed448", random);
  readonly accountSignature = generatePrivateKey("Ed448", random);
  readonly storeKey = generatePrivateKey("X448", random);
  readonly device = makeDevice();
  readonly client: MeshClient;
  readonly profile: DareEnvelope;

  private constructor(options: { address: string; url: string; serviceUdf: string; serviceEncryption: PublicKey }) {
    this.address = options.address;
    this.url = options.url;
    this.serviceUdf = options.serviceUdf;
    this.serviceEncryption = options.serviceEncryption;
    this.client = clientOf(this.url, this.device.link, this.address);
    const fresh = (curve: Curve) => keyDataOf(generatePrivateKey(curve, random).public);
    const value: Profile = {
      ProfileSignature: keyDataOf(this.root.public),
      AccountAddress: this.address,
      ServiceUdf: this.serviceUdf,
      AccountEncryption: fresh("X448"),
      AdministratorSignature: fresh("Ed448"),
      AccountAuthentication: fresh("X448"),
      AccountSignature: keyDataOf(this.accountSignature.public),
      AdministratorSignature25519: fresh("Ed25519"),
      AdministratorEncryption: fresh("X448"),
    };
    this.profile = envelopeObject({ struct: ProfileUser, value, envelopeId: this.root.public.udf, signers: [this.root], random });
  }

  /** Makes the keys of a person and greets the service. */
  static async meet(address: string, url: string): Promise<Person> {
    const probe = clientOf(url, generatePrivateKey("X448", random));
    await probe.hello();
    const { value, signer } = probe.profileService!;
    return new Person({ address, url, serviceUdf: signer.udf, serviceEncryption: publicKeyOf(value.ServiceEncryption) });
  }

  get udf(): string {
    return this.root.public.udf;
  }

  /** The root key's consent for this client's session. */
  async authorization(client = this.client, link = this.device.link, key = this.root): Promise<DareEnvelope> {
    return envelopeObject({
      struct: BindAuthorization,
      value: { AccountAddress: this.address, ServiceUdf: this.serviceUdf, LinkUdf: link.public.udf, HandshakeHash: await client.handshakeHash() },
      signers: [key],
      random,
    });
  }

  async bind(): Promise<this> {
    await this.client.bind({
      AccountAddress: this.address,
      EnvelopedProfileAccount: this.profile,
      EnvelopedBindAuthorization: await this.authorization(),
    });
    return this;
  }

  /** The store as the service has it: every frame, with the frontier after them. */
  async store(label: string): Promise<{ frames: DareEnvelope[]; frontier: TreeFrontier; epoch: number }> {
    const frontier = new TreeFrontier();
    const frames: DareEnvelope[] = [];
    for (;;) {
      const { Updates } = await this.client.download({ Account: this.address, Select: [{ Container: label, IndexMin: frames.length }] });
      const envelopes = Updates[0]!.Envelopes;
      for (const frame of envelopes) frontier.push(frame.trailer!.TreeDigest!);
      frames.push(...envelopes);
      if (frames.length >= Updates[0]!.Index || envelopes.length === 0) return { frames, frontier, epoch: Updates[0]!.Epoch ?? 0 };
    }
  }

  /** An update that appends entries to a catalog (frame 0 too, when it is new) and an apex. */
  async update(label: CatalogLabel, entries: readonly { key: string; entry?: Datum; hint?: string }[]): Promise<ContainerUpdate> {
    const { frontier, epoch } = await this.store(label);
    return this.frames(label, frontier, entries, { epoch });
  }

  /** The same, after a known frontier; the frontier is moved. */
  frames(
    label: CatalogLabel,
    frontier: TreeFrontier,
    entries: readonly { key: string; entry?: Datum; hint?: string }[],
    { epoch = 0, begin }: { readonly epoch?: number; readonly begin?: EpochBegin } = {},
  ): ContainerUpdate {
    const start = frontier.count;
    const before = frontier.last;
    const frames: EncodedFrame[] = [];
    const push = (frame: EncodedFrame): void => {
      frontier.push(frame.treeDigest);
      frames.push(frame);
    };
    const payload = begin && encodeObject(EpochBegin, begin);
    if (start === 0) push(firstFrame({ contentType: "application/mmm-catalog", ...(payload && { payload }) }));
    const isShared = label === "MMM_Access" || label === "MMM_Publication" || label === "MMM_Joined";
    const exchange = newExchange({ recipients: isShared ? [this.storeKey.public, this.serviceEncryption] : [this.storeKey.public], random });
    for (const { key, entry, hint } of entries) {
      const Event = entry === undefined ? "Delete" : "New";
      push(
        sealFrame({
          index: frontier.count,
          payload: encodeObject(CatalogUpdate, { Store: label, Event, Key: key, ...(entry === undefined ? {} : { Entry: entry }) }),
          contentMeta: { UniqueId: hint ?? key, Event },
          exchange,
          lookup: frontier.lookup,
          random,
        }),
      );
    }
    const Epoch = epoch === 0 ? {} : { Epoch: epoch };
    push(this.apex(label, frontier, Epoch));
    return {
      Container: label,
      ...Epoch,
      Index: start,
      ...(before && { Digest: before }),
      Envelopes: frames.map((frame) => frameOf(parseFrame(frame))),
    };
  }

  apex(label: CatalogLabel, frontier: TreeFrontier, change: Partial<SequenceApex> = {}): EncodedFrame {
    return sealFrame({
      index: frontier.count,
      isMeta: true,
      payload: encodeObject(SequenceApex, {
        AccountUdf: this.udf,
        Store: label,
        Index: frontier.count - 1,
        TreeDigest: frontier.last!,
        Time: "2026-01-01T00:00:00Z",
        DeviceUdf: this.device.profileKey.public.udf,
        ...change,
      }),
      signer: this.device.signature,
      lookup: frontier.lookup,
      random,
    });
  }

  /** Appends entries in a Transact of its own. */
  async write(label: CatalogLabel, entries: readonly { key: string; entry?: Datum }[]): Promise<void> {
    await this.client.transact({ Account: this.address, RequestId: newNonce(random), Updates: [await this.update(label, entries)] });
  }

  /** Gives link keys rights, or takes them away. */
  async grant(link: PrivateKey, rights: readonly string[], options: { active?: boolean } = {}): Promise<void> {
    await this.write("MMM_Access", [{ key: link.public.udf, entry: accessEntry(link, rights, options.active) }]);
  }
}

export function accessEntry(link: PrivateKey, rights: readonly string[], active = true): Datum {
  const value: AccessCapability = { Id: link.public.udf, LinkUdf: [link.public.udf], Active: active, Rights: rights };
  return tag(CatalogedAccess, { Capability: { tag: AccessCapability.tag, value } });
}

export function clientOf(url: string, link: PrivateKey, account?: string): MeshClient {
  return new MeshClient({ url, link, ...(account && { account }), clock: systemClock, random, timeoutMs: 10_000 });
}

/** A message of any type, in clear unless sealed to somebody. */
export function message(options: {
  type: string;
  body: Datum;
  id?: string;
  signer?: PrivateKey;
  readers?: readonly string[];
  recipients?: readonly PublicKey[];
}): DareEnvelope {
  const MessageId = options.id ?? newNonce(random);
  const KeyValues: KeyValue[] = (options.readers ?? []).map((Value) => ({ Key: "Reader", Value }));
  return sealEnvelope({
    plaintext: encodeObject(
      { tag: options.type, decode: () => options.body, encode: () => options.body, fields: {} } as never,
      options.body as never,
    ),
    envelopeId: envelopeId(MessageId),
    contentMeta: { UniqueId: envelopeId(MessageId), MessageType: options.type, ...(KeyValues.length > 0 && { KeyValues }) },
    ...(options.signer && { signers: [options.signer] }),
    ...(options.recipients && { recipients: options.recipients }),
    random,
  });
}
