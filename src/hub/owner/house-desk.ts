/**
 * What the house is besides its devices, for whoever looks at it: places, grants, offers, scenes, questions to the owner. And the changes that a hub asks
 * an administration device for, because it may not make them (docs/extensions.md §21): what can be seen here to be wrong is refused before anybody is asked.
 */
import type { AccountContext } from "../../account/hub.ts";
import type {
  AskedGrant,
  AskedGuest,
  DoubtfulNames,
  EditAsked,
  EditRequest,
  GrantView,
  LogLine,
  OfferView,
  PasskeySignInRequest,
  PlaceView,
  QuestionView,
  SceneView,
} from "../../api/index.ts";
import { utf8 } from "../../base/bytes.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { RecentEvent } from "../../base/recent-log.ts";
import { shorten } from "../../base/shorten.ts";
import { newNonce, passkeyFingerprint, sha512 } from "../../crypto/index.ts";
import { checkName } from "../../driver/index.ts";
import type { NameBook } from "../../names/name-book.ts";
import type { CatalogedGrant, EditChange, GrantPasskey, GrantRight, RequestEdit } from "../../schema/index.ts";
import { accountAddress, isUnattended } from "../../schema/index.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Principal } from "../command/principal.ts";
import type { Bridges } from "../hosted/bridges.ts";
import { plainValues } from "../names/plain-values.ts";
import type { Onboarding } from "../onboarding/onboarding.ts";
import type { HouseFacade } from "../routes/facade.ts";
import type { EditsToSign } from "./edits-to-sign.ts";
import { assertionOf } from "./edits-to-sign.ts";
import type { OwnerQuestions } from "./owner-questions.ts";
import { questionView } from "./question-view.ts";

/** What the desk looks at. */
export interface HouseDeskOptions {
  readonly account: Pick<AccountContext, "deviceUdf" | "ports">;
  readonly book: NameBook;
  readonly grants: Pick<GrantBook, "list">;
  readonly questions: Pick<OwnerQuestions, "askEdit" | "seen">;
  /** What waits for the passkey of its page. */
  readonly editsToSign: EditsToSign<Wanted>;
  /** The passkey of a page that asks. */
  readonly passkeyOf: (principal: Principal) => GrantPasskey | undefined;
  readonly onboarding: Pick<Onboarding, "offers">;
  readonly bridges: Pick<Bridges, "offers">;
  readonly recent: () => readonly RecentEvent[];
  /** What is doubtful about a name for whoever says it. */
  readonly voice: { doubts(udf: string, wanted: string): Promise<readonly string[]>; namesInDoubt(): Promise<DoubtfulNames> };
}

const day = 86_400_000;
const mostName = 120;

/** A change with its parts, as a page words them. */
export interface Wanted {
  readonly change: EditChange;
  readonly about: string;
  readonly subject: string;
  readonly object?: string | undefined;
  readonly secret?: string;
}

/** The desk, for one who looks. */
export class HouseDesk implements HouseFacade {
  readonly #options: HouseDeskOptions;
  readonly #principal: Principal;

  constructor(options: HouseDeskOptions, principal: Principal) {
    this.#options = options;
    this.#principal = principal;
  }

  places(): readonly PlaceView[] {
    const { places, ancestors } = this.#options.book.index;
    const pathOf = (key: string): string[] => [...(ancestors.get(key) ?? [key])].reverse().map((each) => places.get(each)?.name ?? each);
    const all = [...places.values()].map(({ key, name, parent }) => ({
      key,
      name,
      ...(parent === undefined ? {} : { within: parent }),
      path: pathOf(key),
    }));
    return all.sort((a, b) => a.path.join("\n").localeCompare(b.path.join("\n")));
  }

  grants(): readonly GrantView[] {
    const { account, grants } = this.#options;
    const now = account.ports.clock.now();
    return grants
      .list()
      .map(({ Key, Kind, LocalName, Address, Rights, NotBefore, NotOnOrAfter, Passkeys }) => ({
        key: Key,
        kind: Kind,
        name: LocalName,
        ...(Address === undefined ? {} : { address: Address }),
        rights: Rights.map((right) => this.#right(right)),
        ...(NotBefore === undefined ? {} : { since: NotBefore }),
        ...(NotOnOrAfter === undefined ? {} : { until: NotOnOrAfter }),
        ...(Passkeys === undefined ? {} : { signs: true }),
        ended: NotOnOrAfter !== undefined && !(fromDateTime(NotOnOrAfter) > now),
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  offers(): readonly OfferView[] {
    const { onboarding, bridges, account } = this.#options;
    const now = account.ports.clock.now();
    return [...onboarding.offers(), ...bridges.offers()]
      .filter(({ expires }) => expires > now)
      .map(({ expires, ...offer }) => ({ ...offer, expires: dateTime(expires) }));
  }

  scenes(): readonly SceneView[] {
    const { book } = this.#options;
    return book.scenes().map(({ key, name, orders }) => ({
      key,
      name,
      orders: orders.flatMap(({ command, targets }) =>
        targets.map(({ udf, arguments: given }) => ({
          device: udf,
          name: book.device(udf)?.name ?? udf,
          command,
          values: plainValues(given),
          shown: given.map((value) => book.show(udf, value)),
        })),
      ),
    }));
  }

  questions(): readonly QuestionView[] {
    return this.#options.questions.seen().map(questionView);
  }

  logs(): readonly LogLine[] {
    return this.#options.recent().map(({ at, level, module, event, data }) => ({
      at: dateTime(at),
      level,
      module,
      event,
      ...(data === "" ? {} : { data }),
    }));
  }

  edit(request: EditRequest): EditAsked {
    return this.#ask(this.#wanted(request));
  }

  async doubts(request: EditRequest): Promise<readonly string[]> {
    return request.kind === "rename" ? this.#options.voice.doubts(request.device, request.name.trim()) : [];
  }

  namesInDoubt(): Promise<DoubtfulNames> {
    return this.#options.voice.namesInDoubt();
  }

  editToSign(request: EditRequest): { readonly challenge: string } {
    return { challenge: this.#options.editsToSign.begin(this.#principal, this.#wanted(request)) };
  }

  editSigned({ challenge, use }: { readonly challenge: string; readonly use: PasskeySignInRequest }): EditAsked {
    const { request, wanted } = this.#options.editsToSign.take(this.#principal, challenge);
    return this.#ask(wanted, { ...request, Assertion: assertionOf(use) });
  }

  #ask({ change, about, subject, object, secret }: Wanted, signed?: RequestEdit): EditAsked {
    const key =
      change.DeviceUdf ?? change.GrantKey ?? change.OfferId ?? change.SceneKey ?? (change.Kind === "place-delete" ? change.Place : undefined);
    const parts = {
      kind: change.Kind,
      ...(key === undefined ? {} : { key }),
      subject: shorten(subject, mostName),
      ...(object === undefined ? {} : { object: shorten(object, mostName) }),
    };
    const asked = this.#options.questions.askEdit({ principal: this.#principal, change, about, parts, ...(signed ? { signed } : {}) });
    return { question: questionView(asked), ...(secret === undefined ? {} : { secret }) };
  }

  #wanted(request: EditRequest): Wanted {
    const { book, grants } = this.#options;
    switch (request.kind) {
      case "rename": {
        const { name } = this.#own(request.device);
        const wanted = this.#name(request.name);
        const change = { Kind: "rename", DeviceUdf: request.device, LocalName: wanted };
        return { change, about: `call ${name} ${JSON.stringify(wanted)}`, subject: name, object: wanted };
      }
      case "move": {
        const { name } = this.#own(request.device);
        const place = this.#place(request.place);
        const change = { Kind: "move", DeviceUdf: request.device, Place: request.place };
        return { change, about: `put ${name} into ${place}`, subject: name, object: place };
      }
      case "remove": {
        const { name } = this.#own(request.device);
        return { change: { Kind: "remove", DeviceUdf: request.device }, about: `take ${name} out of the account`, subject: name };
      }
      case "place-add": {
        const name = this.#name(request.name);
        const within = request.within === undefined ? undefined : this.#place(request.within);
        const change = { Kind: "place-add", LocalName: name, ...(request.within === undefined ? {} : { Place: request.within }) };
        return { change, about: `make a place ${JSON.stringify(name)}${within === undefined ? "" : ` in ${within}`}`, subject: name, object: within };
      }
      case "place-delete": {
        const name = this.#place(request.place);
        return { change: { Kind: "place-delete", Place: request.place }, about: `delete the place ${name}`, subject: name };
      }
      case "grant-put":
        return this.#grant(request.grant);
      case "grant-delete": {
        const found = grants.list().find(({ Key }) => Key === request.grant);
        if (!found) throw new MeshError("ERR_NOT_FOUND", "no such grant at this hub");
        return { change: { Kind: "grant-delete", GrantKey: found.Key }, about: `take back what ${found.LocalName} may do`, subject: found.LocalName };
      }
      case "guest-add":
        return this.#guest(request.guest);
      case "scene-delete": {
        const found = book.scenes().find(({ key }) => key === request.scene);
        if (!found) throw new MeshError("ERR_NOT_FOUND", "no such scene");
        return { change: { Kind: "scene-delete", SceneKey: found.key }, about: `delete the scene ${found.name}`, subject: found.name };
      }
      case "passkey-add": {
        const passkey = this.#options.passkeyOf(this.#principal);
        if (!passkey) throw new MeshError("ERR_NOT_FOUND", "this page has no passkey", { hint: "add one on the page, at its hub" });
        const subject = passkey.LocalName ?? "";
        const object = passkeyFingerprint(passkey.PublicKey);
        return { change: { Kind: "passkey-add", Passkey: passkey }, about: `let the passkey ${object} of ${subject} sign`, subject, object };
      }
      case "offer-accept": {
        const offer = this.offers().find(({ id }) => id === request.offer);
        if (!offer) throw new MeshError("ERR_NOT_FOUND", "this offer waits no longer");
        const subject = offer.name ?? offer.foreignId ?? (offer.device && book.device(offer.device)?.name) ?? offer.device ?? offer.id;
        return {
          change: { Kind: "offer-accept", OfferId: offer.id, LocalName: shorten(subject, mostName) },
          about: `connect ${shorten(subject, mostName)}`,
          subject,
        };
      }
    }
  }

  #grant({ kind, name, allows, places, devices, classes, risky, days }: AskedGrant): Wanted {
    const { random, clock } = this.#options.account.ports;
    if (risky === true && isUnattended(kind))
      throw new MeshError("ERR_USAGE", `${kind} speaks for whoever speaks to it: what can do harm is never its to order`);
    const secret = kind === "token" ? newNonce(random) : undefined;
    const now = clock.now();
    const grant: CatalogedGrant = {
      Key: newNonce(random),
      Kind: kind,
      LocalName: this.#name(name),
      Rights: this.#rights({ allows, places, devices, classes, risky }),
      ...(days === undefined ? {} : { NotOnOrAfter: dateTime(now + days * day) }),
      ...(secret === undefined ? {} : { SecretDigest: sha512(utf8(secret)) }),
      Updated: dateTime(now),
    };
    return {
      change: { Kind: "grant-put", Grant: grant },
      about: `let ${grant.LocalName} (${kind}) ${allows === "read" ? "see" : "see and order"}`,
      subject: grant.LocalName,
      object: kind,
      ...(secret === undefined ? {} : { secret }),
    };
  }

  /** Whether he is a contact, and whose profile was verified, the owner's machine knows. ERR_USAGE for what is no address. */
  #guest({ address, allows, days, ...limits }: AskedGuest): Wanted {
    const { random, clock } = this.#options.account.ports;
    const folded = accountAddress(address);
    const now = clock.now();
    const grant: CatalogedGrant = {
      Key: newNonce(random),
      Kind: "guest",
      LocalName: folded,
      Rights: this.#rights({ allows, ...limits }),
      ...(days === undefined ? {} : { NotOnOrAfter: dateTime(now + days * day) }),
      Updated: dateTime(now),
    };
    const about = `let ${shorten(folded, mostName)} in as a guest, to ${allows === "read" ? "see" : "see and order"}`;
    return { change: { Kind: "guest-add", Address: folded, Grant: grant }, about, subject: folded };
  }

  /** ERR_NOT_FOUND for a place or a device that is not there. */
  #rights({
    allows,
    places,
    devices,
    classes,
    risky,
  }: Pick<AskedGrant, "allows" | "places" | "devices" | "classes" | "risky">): readonly GrantRight[] {
    for (const place of places ?? []) this.#place(place);
    for (const device of devices ?? []) this.#own(device);
    const limits = {
      ...(places === undefined ? {} : { Places: places }),
      ...(devices === undefined ? {} : { Devices: devices }),
      ...(classes === undefined ? {} : { Classes: classes }),
    };
    const read: GrantRight = { Allows: "read", ...limits };
    return allows === "read" ? [read] : [read, { Allows: "command", ...limits, ...(risky === true ? { Risky: true } : {}) }];
  }

  #right({ Allows, Places, Devices, Classes, Commands, Risky }: GrantRight): GrantView["rights"][number] {
    const { book } = this.#options;
    return {
      allows: Allows,
      ...(Places ? { places: Places.map((key) => book.placeName(key)) } : {}),
      ...(Devices ? { devices: Devices.map((udf) => book.device(udf)?.name ?? udf) } : {}),
      ...(Classes ? { classes: [...Classes] } : {}),
      ...(Commands ? { commands: [...Commands] } : {}),
      ...(Risky === true ? { risky: true } : {}),
    };
  }

  #own(udf: string): { readonly name: string } {
    const found = this.#options.book.device(udf);
    if (found?.own !== true) throw new MeshError("ERR_NOT_FOUND", `no device ${shorten(udf, 64)} is behind this hub`);
    return found;
  }

  #place(key: string): string {
    const found = this.#options.book.index.places.get(key);
    if (!found) throw new MeshError("ERR_NOT_FOUND", `no place ${shorten(key, 64)}`);
    return found.name;
  }

  /** ERR_NAME for what no sentence could mean. */
  #name(text: string): string {
    return checkName(text, this.#options.book.vocabulary.language).name;
  }
}
