/**
 * Offers of devices behind bridges to the administrators: each is made once for what it is, waits for a person, and is not made again when the owner
 * refused it or took the device out of the account. extensions §19
 */
import type { AccountContext } from "../../account/hub.ts";
import { messageEnvelope } from "../../account/hub.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { least } from "../../base/list.ts";
import type { Log } from "../../base/log.ts";
import type { ForeignDevice } from "../../bridge/foreign-device.ts";
import { type AcceptedWires, type Called, toldTopics, wiredAs, wiresOf } from "../../bridge/wires.ts";
import { newNonce, newSeed, seedSpecifier, sha256 } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { CatalogedDevice, DeviceDescription } from "../../schema/index.ts";
import { factoryKeys, OfferHosted, preconfigurationOf, publicKeyOf } from "../../schema/index.ts";
import { OfferAnswers } from "../onboarding/offer.ts";
import type { HostedBook, HostedOffer, HostedRecord } from "./hosted-book.ts";
import { hostedKey } from "./hosted-book.ts";

/** How long an offer waits for a person. */
const offerMs = 30 * 24 * 3_600_000;
/** Offers that wait at once: the others follow when these are answered. */
const mostOpen = 64;
/** Devices of all bridges that the hub keeps seeds of. */
const mostRecords = 1024;
/** Offers in one Transact. */
const atOnce = 8;

/** A device that is announced, at its bridge. */
export interface Announced {
  readonly bridge: string;
  readonly device: ForeignDevice;
  /** It has said nothing new of what it is for a while. */
  readonly isSettled: boolean;
  /** The account's entry of it. */
  readonly entry: CatalogedDevice | undefined;
  /** What the account's entry says that it is. */
  readonly described: DeviceDescription | undefined;
}

/** The offers of a hub. */
export class HostedOffers {
  readonly #account: AccountContext;
  readonly #book: HostedBook;
  readonly #answers: OfferAnswers;
  readonly #log: Log;

  constructor({ account, book, log }: { readonly account: AccountContext; readonly book: HostedBook; readonly log: Log }) {
    this.#account = account;
    this.#book = book;
    this.#log = log;
    const from = least(
      account.spoolCount("MMM_Command"),
      book.all().flatMap(({ offer }) => (offer ? [offer.from] : [])),
    );
    this.#answers = new OfferAnswers(account, from, () => false);
  }

  /** Takes in what administrators answered since. */
  async read(): Promise<void> {
    await this.#answers.read();
    for (const record of this.#book.all()) {
      const answer = record.offer && this.#answers.to(record.offer.messageId);
      if (!record.offer || !answer) continue;
      const { offer, ...kept } = record;
      const { wires, told = [], whole = record.foreignId } = offer;
      const accepted = wires === undefined ? kept : { ...kept, wires, told, whole };
      await this.#book.set(answer.Result === "Reject" ? { ...kept, refused: offer.digest } : accepted);
      this.#log.info("hosted.answered", { bridge: record.bridge, id: record.foreignId, result: answer.Result });
    }
  }

  /**
   * An accepted device as the owner has accepted it; undefined while that is not known. One that was accepted before wires were noted, or whose record
   * was lost, is taken as it is announced when it has settled, and held to that.
   */
  async accepted({ bridge, device, entry, isSettled }: Announced): Promise<ForeignDevice | undefined> {
    const key = hostedKey({ bridge, foreignId: device.foreignId });
    const known = this.#book.get(key);
    const isOf = known !== undefined && known.deviceUdf === entry?.DeviceUdf;
    if (isOf && known.wires) return wiredAs(device, known.wires);
    if (!entry || !isSettled || (isOf && known.offer !== undefined)) return undefined;
    const { DeviceUdf: deviceUdf } = entry;
    // Without its seed nothing new can be said in its name: what it is told by stays as it is.
    const record = isOf ? known : { bridge, foreignId: device.foreignId, seed: "", deviceUdf, accepted: true };
    await this.#book.set({ ...record, ...wiringOf(device) });
    this.#log.info("hosted.wires_noted", { bridge, id: device.foreignId });
    return device;
  }

  /** What the owner has accepted of a bridge's devices, announced or not. */
  acceptedWires(bridge: string): readonly AcceptedWires[] {
    return this.#book
      .all()
      .flatMap(({ bridge: of, foreignId, wires, whole = foreignId }) => (of === bridge && wires ? [{ foreignId, whole, wires }] : []));
  }

  /** Topics where accepted devices of a bridge are told, announced or not. */
  keptTopics(bridge: string): ReadonlyMap<string, Called> {
    const kept = this.#book.all().filter((record) => record.bridge === bridge && record.wires !== undefined);
    return new Map(
      kept.flatMap(({ foreignId, told = [], whole = foreignId }) => told.map((topic) => [topic, { foreignId, whole, name: undefined }] as const)),
    );
  }

  /** Offers what is announced and has to be offered. Errors: those of the service; what was offered by then stays offered. */
  async make(announced: readonly Announced[]): Promise<void> {
    const now = this.#account.ports.clock.now();
    let open = this.#book.all().filter(({ offer }) => offer && offer.expires > now).length;
    const wanted: { readonly record: HostedRecord; readonly device: ForeignDevice }[] = [];
    for (const one of announced) {
      const record = one.isSettled ? await this.#dueFor(one, now) : undefined;
      if (!record || open >= mostOpen) continue;
      open += 1;
      wanted.push({ record, device: one.device });
    }
    for (let at = 0; at < wanted.length; at += atOnce) await this.#send(wanted.slice(at, at + atOnce), now);
    await this.#forgetOld(announced, now);
  }

  /** The record of a device that is to be offered now. */
  async #dueFor({ bridge, device, entry, described }: Announced, now: number): Promise<HostedRecord | undefined> {
    const digest = offerDigest(device);
    let known = this.#book.get(hostedKey({ bridge, foreignId: device.foreignId }));
    if (entry) {
      // Without the seed nothing new can be said in its name.
      if (!known || known.seed === "" || known.deviceUdf !== entry.DeviceUdf) return undefined;
      if (!known.accepted) await this.#book.set({ ...known, accepted: true });
      const isWired = known.wires === undefined || wiredAs(device, known.wires) === device;
      if (described && digestOf(described) === digestOf(device.description) && isWired) return undefined;
    } else if (known?.seed === "") {
      await this.#book.forget(hostedKey(known));
      known = undefined;
    }
    if (!entry && known?.accepted && this.#account.isComplete("MMM_Device")) {
      const { accepted: _was, offer: _over, wires: _by, told: _where, ...kept } = known;
      await this.#book.set({ ...kept, refused: digest });
      return undefined;
    }
    // What was refused before wires counted stays refused.
    const isRefused = known?.refused === digest || (!entry && known?.refused === digestOf(device.description));
    if (isRefused || (known?.offer && known.offer.expires > now && known.offer.digest === digest)) return undefined;
    if (known) return known;
    if (this.#book.size >= mostRecords) {
      this.#log.warn("hosted.too_many", { bridge, most: mostRecords });
      return undefined;
    }
    const seed = newSeed(this.#account.ports.random, seedSpecifier.device);
    return { bridge, foreignId: device.foreignId, seed, deviceUdf: factoryKeys(seed, false).profile.public.udf };
  }

  /** The seed is on the disk before anybody hears of the device. */
  async #send(wanted: readonly { readonly record: HostedRecord; readonly device: ForeignDevice }[], now: number): Promise<void> {
    const { random } = this.#account.ports;
    const made = wanted.map(({ record, device }) => {
      const messageId = newNonce(random);
      const offer: HostedOffer = {
        messageId,
        expires: now + offerMs,
        from: this.#account.spoolCount("MMM_Command"),
        digest: offerDigest(device),
        ...wiringOf(device),
      };
      const { refused: _former, ...kept } = record;
      return { before: this.#book.get(hostedKey(record)), record: { ...kept, offer }, device };
    });
    for (const { record } of made) await this.#book.set(record);
    try {
      await this.#account.transact({
        messages: made.map(({ record, device }) => ({ spool: "MMM_Inbound", envelope: this.#envelope(record, record.offer, device) })),
      });
    } catch (error) {
      // Made again in a later turn, under other names.
      for (const { before, record } of made) await this.#book.set(before ?? withoutOffer(record));
      throw error;
    }
    for (const { record } of made) this.#log.info("hosted.offered", { bridge: record.bridge, id: record.foreignId, device: record.deviceUdf });
  }

  #envelope(record: HostedRecord, offer: HostedRecord["offer"] & {}, device: ForeignDevice): DareEnvelope {
    const { ports, profile, keys, address, deviceUdf } = this.#account;
    const value: OfferHosted = {
      MessageId: offer.messageId,
      Sender: deviceUdf,
      HubUdf: deviceUdf,
      EnvelopedDevicePreconfigurationPublic: preconfigurationOf({
        keys: factoryKeys(record.seed, false),
        description: device.description,
        maker: address,
        hailing: [],
        now: ports.clock.now(),
        random: ports.random,
      }),
      Bridge: record.bridge,
      ForeignId: record.foreignId,
      ...(device.name === undefined ? {} : { LocalName: device.name }),
      Expires: dateTime(offer.expires),
    };
    return messageEnvelope({
      struct: OfferHosted,
      value,
      signer: keys.signature,
      recipients: [publicKeyOf(profile.AdministratorEncryption)],
      ports,
    });
  }

  /** What no bridge announces any more and nobody accepted in time is forgotten, with its seed. */
  async #forgetOld(announced: readonly Announced[], now: number): Promise<void> {
    const there = new Set(announced.map(({ bridge, device }) => hostedKey({ bridge, foreignId: device.foreignId })));
    for (const record of this.#book.all()) {
      const isOver = record.offer !== undefined && record.offer.expires <= now;
      if (isOver && !record.accepted && !there.has(hostedKey(record))) await this.#book.forget(hostedKey(record));
    }
  }
}

function withoutOffer({ offer: _unsent, ...kept }: HostedRecord): HostedRecord {
  return kept;
}

function wiringOf(device: ForeignDevice): Required<Pick<HostedOffer, "wires" | "told" | "whole">> {
  return { wires: wiresOf(device), told: toldTopics(device), whole: device.whole };
}

/** Names all that an offer says. */
function offerDigest(device: ForeignDevice): string {
  return toHex(sha256(utf8(JSON.stringify([digestOf(device.description), wiresOf(device)]))));
}

/** Names a description: its members in the order in which they stand. */
function digestOf(description: DeviceDescription): string {
  const { Manufacturer, Model, Version, Class, Properties, Commands } = description;
  const properties = Properties.map(({ Name, Type, Unit, Writable, Event, Minimum, Maximum, Step, Values }) => [
    [Name, Type, Unit, Writable, Event],
    [Minimum, Maximum, Step, Values],
  ]);
  const commands = Commands.map(({ Name, Arguments }) => [Name, Arguments]);
  return toHex(sha256(utf8(JSON.stringify([Manufacturer, Model, Version, Class, properties, commands]))));
}
