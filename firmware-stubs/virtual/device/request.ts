/**
 * What a hub may ask of the device, by the standing of its session: describe, deliver, reset, release, command. extensions §3, §4.
 * What is not allowed to that standing gets no answer of its own: the session refuses it.
 */
import { equalBytes } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import type { Answer, LinkMessage, LinkSession, Update } from "../../../src/link/index.ts";
import { judgesOrders, ResetDevice } from "../../../src/schema/index.ts";
import type { Appliance } from "../appliance/appliance.ts";
import type { DeviceImage } from "../image/image.ts";
import type { BaseKeys } from "../image/own-key.ts";
import { freshKeys, unshared } from "../image/own-key.ts";
import { makeContribution } from "../ownership/contribution.ts";
import { openDelivery } from "../ownership/delivery.ts";
import { openOrder, openRelease } from "../ownership/owner-order.ts";
import type { SharedPower } from "../power/shared-power.ts";
import type { Standing } from "./link-mode.ts";
import type { ReportQueue } from "./report-queue.ts";
import { boundedPace } from "./return-pace.ts";
import type { Updates } from "./updates.ts";

const presenceMs = 5 * 60_000;
const mostSeen = 16;
const accept: Answer = { tag: "Result", value: { Result: "Accept" } };

/** What happened, for whoever watches the device; no secrets. */
export type DeviceEvent = (event: string, data?: Readonly<Record<string, unknown>>) => void;

/** Joins a Wi-Fi network with a password, and says what came of it. */
export type JoinWifi = (ssid: string, password: string) => Promise<"joined" | "refused" | "absent">;

/** What the requests act on. */
export interface RequestsOptions {
  readonly image: DeviceImage;
  readonly appliance: Appliance;
  readonly base: BaseKeys;
  readonly reports: ReportQueue;
  readonly power: SharedPower;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: DeviceEvent;
  /** Joins a network; absent of a device without Wi-Fi. */
  readonly wifi?: JoinWifi;
  /** Absent of a device that takes no other programs. */
  readonly updates?: Updates;
  /** The hails in force have changed. */
  readonly onHails: (reconnect: boolean) => void;
  /** The connection is over. */
  readonly onParted: () => void;
}

/** Carries out what hubs ask. */
export class Requests {
  readonly #options: RequestsOptions;
  #pressedAt: number | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Somebody is at the device; a description says so for a while. */
  press(): void {
    this.#pressedAt = this.#options.clock.monotonic();
  }

  /** The answer; undefined when the session's standing does not allow the request. Errors: ERR_REJECTED, ERR_NOT_AUTHORIZED and those of what is opened. */
  answer(
    session: LinkSession,
    { standing, message }: { readonly standing: Standing; readonly message: LinkMessage },
  ): Answer | undefined | Promise<Answer> {
    switch (message.tag) {
      case "Ping":
        return { tag: "Result", value: { Result: "Accept", ...(standing === "hub" ? this.#options.reports.present() : {}) } };
      case "Describe":
        return standing === "onboard" ? this.#describe() : undefined;
      case "Deliver":
        return standing === "none" ? undefined : this.#deliver(session, message.value.Sealed);
      case "Reset":
        return standing === "hub" || standing === "onboard" ? this.#reset(session, message.value.Sealed) : undefined;
      case "Release":
        return standing === "hub" || standing === "onboard" ? this.#release(session, message.value.Sealed) : undefined;
      case "Command":
        return standing === "hub" ? this.#command(message.value) : undefined;
      case "Provision":
        return standing === "hub" ? this.#provision(message.value) : undefined;
      case "Update":
        return standing === "hub" ? this.#update(message.value) : undefined;
      case "Return":
        return standing === "hub" ? this.#return(message.value) : undefined;
      default:
        return standing === "hub" ? this.#options.power.answer(session, message) : undefined;
    }
  }

  #describe(): Answer {
    const { image, base, random, clock } = this.#options;
    const present = this.#pressedAt !== undefined && clock.monotonic() - this.#pressedAt <= presenceMs;
    const dealEpoch = image.storedEpoch;
    const fresh = freshKeys(image.contribution(random));
    return { tag: "Contribution", value: { Contribution: makeContribution({ fresh, dealEpoch, present, signer: base.signature, random }) } };
  }

  #deliver(session: LinkSession, sealed: Uint8Array): Answer {
    const { image, base, onEvent, onHails } = this.#options;
    const digest = sha512(sealed);
    if ([image.active, image.stored].some((slot) => slot && equalBytes(slot.Connection.DeliveryDigest, digest))) return accept;
    const slot = image.ownSlot;
    if (!slot) throw new MeshError("ERR_REJECTED", "describe comes before deliver");
    const fresh = freshKeys(slot);
    const connection = openDelivery(sealed, {
      deviceUdf: base.deviceUdf,
      deviceClass: image.factory.Class,
      selected: session.selected,
      peer: session.remoteStatic,
      lock: image.lock,
      storedEpoch: image.storedEpoch,
      kd: image.factory.Kd,
      fresh,
      own: unshared(base, fresh),
      ...(image.active && !image.active.Connection.BySplit ? { linkRoot: image.active.Connection.LinkRoot } : {}),
    });
    image.store(connection);
    image.setRecovery(undefined);
    onEvent("stored", { dealEpoch: connection.DealEpoch, hubUdf: connection.HubUdf });
    onHails(false);
    return accept;
  }

  #reset(session: LinkSession, sealed: Uint8Array | undefined): Answer {
    const { image, onEvent, onParted } = this.#options;
    if (sealed === undefined) throw new MeshError("ERR_NOT_AUTHORIZED", "only the owner can reset the device");
    openOrder(ResetDevice, sealed, this.#orderContext(session));
    image.reset({ clearLock: false });
    onEvent("reset", { lock: "kept" });
    onParted();
    return accept;
  }

  #release(session: LinkSession, sealed: Uint8Array): Answer {
    const { image, onEvent, onParted } = this.#options;
    image.release(openRelease(sealed, this.#orderContext(session), image.factory));
    onEvent("released", { publicationId: image.factory.PublicationId });
    onParted();
    return accept;
  }

  #orderContext(session: LinkSession) {
    const { image, base } = this.#options;
    const slot = image.ownSlot;
    if (!slot) throw new MeshError("ERR_REJECTED", "describe comes before an order");
    return { deviceUdf: base.deviceUdf, selected: session.selected, lock: image.lock, link: freshKeys(slot).link };
  }

  /** The network before stays the device's until the new one has let it in. */
  async #provision({ Ssid, Password }: { readonly Ssid: string; readonly Password?: string }): Promise<Answer> {
    const { image, wifi, onEvent } = this.#options;
    if (!wifi) throw new MeshError("ERR_REJECTED", "the device has no Wi-Fi");
    if (Password === undefined) return accept;
    const { Generation } = image.lock;
    const joined = await wifi(Ssid, Password);
    // It was reset or released since, and forgets what it has.
    if (image.lock.Generation !== Generation) throw new MeshError("ERR_REJECTED", "the connection is over");
    onEvent("network", { ssid: Ssid, joined });
    if (joined === "joined") {
      image.setMemory({ Ssid, NetworkPassword: Password });
      return accept;
    }
    const [ErrorCode, ErrorReport] =
      joined === "refused" ? ["ERR_WIFI_PASSWORD", "the network refuses the password"] : ["ERR_WIFI_ABSENT", "no such network"];
    return { tag: "Result", value: { Result: "Reject", ErrorCode, ErrorReport } };
  }

  #update(piece: Update): Answer {
    const { updates } = this.#options;
    if (!updates) throw new MeshError("ERR_REJECTED", "the device takes no other programs");
    return updates.take(piece);
  }

  /** Written when it is another one: the flash wears out. */
  #return({ FirstMs, MostMs }: { readonly FirstMs: number; readonly MostMs: number }): Answer {
    const { image } = this.#options;
    const { firstMs, mostMs } = boundedPace({ firstMs: FirstMs, mostMs: MostMs });
    const { ReturnFirstMs, ReturnMostMs } = image.memory;
    if (ReturnFirstMs !== firstMs || ReturnMostMs !== mostMs) image.setMemory({ ReturnFirstMs: firstMs, ReturnMostMs: mostMs });
    return accept;
  }

  #command(command: { readonly MessageId?: string; readonly Command: string; readonly Arguments: Parameters<Appliance["command"]>[1] }): Answer {
    const { image, appliance, reports, onEvent } = this.#options;
    if (judgesOrders(appliance.description, { command: command.Command, arguments: command.Arguments })) {
      throw new MeshError("ERR_NOT_AUTHORIZED", `${command.Command} is for the owner's own devices to order: a hub's word is not enough`);
    }
    const { MessageId } = command;
    const { Seen } = image.memory;
    if (MessageId === undefined || !Seen.includes(MessageId)) {
      appliance.command(command.Command, command.Arguments);
      image.setMemory({ Values: appliance.values, Seen: MessageId === undefined ? Seen : [...Seen, MessageId].slice(-mostSeen) });
      onEvent("command", { command: command.Command, values: appliance.plain });
    }
    return { tag: "Result", value: { Result: "Accept", ...reports.present("command") } };
  }
}
