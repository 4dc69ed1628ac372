/**
 * Passkeys at the hub's page (WebAuthn level 2, §7): one is added by a page that a link has just opened, and signs in from then on, and what its page asks of the
 * owner. They are bound to the name that the page was opened by, which has to be the hub's. The public key alone is kept; who the authenticator is made by is not
 * asked. The library that reads what authenticators say is loaded when one is used first.
 */
import type { PasskeyAddRequest, PasskeyChallenge, PasskeySignInRequest } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import { clientDataOf, usePasskey } from "../../crypto/index.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";
import { hostName } from "./guard.ts";

/** What passkeys work with. */
export interface PasskeysOptions {
  readonly book: CredentialBook;
  /** Names that the hub is reached by. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Where the page was opened. */
export interface PasskeyPlace {
  /** The Host header. */
  readonly host: string | undefined;
  readonly scheme: "http" | "https";
}

/** A challenge counts so long, once. */
export const challengeMs = 180_000;
/** Challenges that nobody has answered, of each purpose; one more ends the oldest. */
const mostChallenges = 256;
/** A page that was opened by a link longer ago adds no passkey: a session that was stolen must not outlive its end by one. */
const freshMs = 600_000;

interface Challenge {
  readonly rp: string;
  /** Of a page that adds one: its credential. */
  readonly page?: string;
  /** On the monotonic clock. */
  readonly until: number;
}

type TakenChallenge = Challenge & { readonly challenge: string };

/** Who signs, and under which name. */
export interface PasskeySigner {
  readonly rp: string;
  /** Its credential id. */
  readonly passkey: string;
}

/** The passkeys of a hub. */
export class Passkeys {
  readonly #options: PasskeysOptions;
  readonly #adding = new Map<string, Challenge>();
  readonly #signingIn = new Map<string, Challenge>();
  readonly #signing = new Map<string, Challenge>();

  constructor(options: PasskeysOptions) {
    this.#options = options;
  }

  /** What a new passkey has to sign. Errors: ERR_USAGE at an address, ERR_NOT_AUTHORIZED for a page that was opened longer ago. */
  beginAdding(page: Credential, place: PasskeyPlace): PasskeyChallenge {
    const rp = this.#rp(place);
    this.#requireFresh(page);
    return this.#begin(this.#adding, { rp, page: page.id });
  }

  /** What a passkey has to sign to sign in. Errors: ERR_USAGE at an address, ERR_NOT_AUTHORIZED where there is none. */
  beginSigningIn(place: PasskeyPlace): PasskeyChallenge {
    const rp = this.#rp(place);
    if (this.#known(rp).length === 0) throw new MeshError("ERR_NOT_AUTHORIZED", "no passkey is known under this name", { hint: signInHint });
    return this.#begin(this.#signingIn, { rp });
  }

  /** Keeps a new passkey. Errors: ERR_NOT_AUTHORIZED whatever is wrong with it, ERR_EXISTS, ERR_QUOTA, ERR_STORE... */
  async add(page: Credential, place: PasskeyPlace, { name, id, clientData, attestation }: PasskeyAddRequest): Promise<Credential> {
    const { book } = this.#options;
    const rp = this.#rp(place);
    this.#requireFresh(page);
    const challenge = this.#take(this.#adding, clientData);
    if (challenge?.rp !== rp || challenge.page !== page.id) throw refused();
    const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
    const verdict = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: { clientDataJSON: clientData, attestationObject: attestation },
      },
      ...this.#expected(challenge, place),
      supportedAlgorithmIDs: [-8, -7, -257],
    }).catch(() => undefined);
    const made = verdict?.verified === true ? verdict.registrationInfo.credential : undefined;
    if (!made) throw refused();
    return book.addPasskey({
      id: made.id,
      page: page.id,
      name,
      device: page.device,
      passkey: { rp, publicKey: encodeBase64url(made.publicKey), counter: made.counter },
    });
  }

  /** Whose passkey signed. Errors: ERR_NOT_AUTHORIZED whatever is wrong. */
  async verify(place: PasskeyPlace, use: PasskeySignInRequest): Promise<Credential> {
    const rp = this.#rp(place);
    const challenge = this.#take(this.#signingIn, use.clientData);
    const known = this.#known(rp).find((each) => each.id === use.id);
    if (challenge?.rp !== rp || !known) throw refused();
    await this.#use(known, use, { challenge, place });
    return known;
  }

  /** The passkey that may sign for a page here. Errors: ERR_USAGE at an address, ERR_NOT_AUTHORIZED where there is none. */
  signer(page: Credential, place: PasskeyPlace): PasskeySigner {
    const rp = this.#rp(place);
    const known = this.#options.book.passkeyOf(page.id);
    if (known?.passkey.rp !== rp) throw new MeshError("ERR_NOT_AUTHORIZED", "this page has no passkey", { hint: "add one on the page, at its hub" });
    return { rp, passkey: known.id };
  }

  /** Waits for what the passkey of a page signs: a challenge that is somebody's, in base64url. Errors: those of `signer`. */
  beginSigning(page: Credential, place: PasskeyPlace, challenge: string): PasskeySigner {
    const signer = this.signer(page, place);
    this.#keep(this.#signing, challenge, { rp: signer.rp, page: page.id });
    return signer;
  }

  /** What the passkey of a page has signed, which is used up. Errors: ERR_NOT_AUTHORIZED whatever is wrong. @returns the challenge */
  async verifySigned(page: Credential, place: PasskeyPlace, use: PasskeySignInRequest): Promise<string> {
    const rp = this.#rp(place);
    const challenge = this.#take(this.#signing, use.clientData);
    const known = this.#options.book.passkeyOf(page.id);
    if (challenge?.rp !== rp || challenge.page !== page.id || known?.id !== use.id || known.passkey.rp !== rp) throw refused();
    await this.#use(known, use, { challenge, place });
    return challenge.challenge;
  }

  async #use(
    known: Credential,
    use: PasskeySignInRequest,
    { challenge, place }: { readonly challenge: TakenChallenge; readonly place: PasskeyPlace },
  ) {
    const publicKey = known.passkey && decodeBase64url(known.passkey.publicKey);
    if (!known.passkey || !publicKey) throw refused();
    const { expectedChallenge, expectedOrigin: origin, expectedRPID: rp } = this.#expected(challenge, place);
    const counter = await usePasskey(use, { challenge: expectedChallenge, origin, rp, publicKey, counter: known.passkey.counter });
    if (counter === undefined) throw refused();
    await this.#options.book.passkeyUsed(known.id, counter);
  }

  #expected({ rp, challenge }: TakenChallenge, { host, scheme }: PasskeyPlace) {
    return { expectedChallenge: challenge, expectedOrigin: `${scheme}://${host}`, expectedRPID: rp, requireUserVerification: true };
  }

  /** The name that passkeys are bound to here: no address can be one. */
  #rp({ host }: PasskeyPlace): string {
    const name = hostName(host);
    if (name !== undefined && (name === "localhost" || this.#options.names.includes(name))) return name;
    throw new MeshError("ERR_USAGE", "passkeys are bound to a name, and this page was opened by an address", {
      hint: `open https://${this.#options.names[0] ?? "localhost"}`,
    });
  }

  #known(rp: string): readonly Credential[] {
    return this.#options.book.list().filter(({ passkey }) => passkey?.rp === rp);
  }

  #requireFresh({ kind, created }: Credential): void {
    const age = this.#options.clock.now() - created;
    if (kind === "page" && age >= 0 && age < freshMs) return;
    throw new MeshError("ERR_NOT_AUTHORIZED", "a passkey is added within ten minutes after a link has opened the page", { hint: signInHint });
  }

  #begin(challenges: Map<string, Challenge>, { rp, page }: Pick<Challenge, "rp" | "page">): PasskeyChallenge {
    const { random } = this.#options;
    const challenge = encodeBase64url(random.bytes(32));
    this.#keep(challenges, challenge, { rp, ...(page === undefined ? {} : { page }) });
    return { challenge, rp, user: encodeBase64url(random.bytes(16)), known: this.#known(rp).map(({ id }) => id) };
  }

  #keep(challenges: Map<string, Challenge>, challenge: string, of: Omit<Challenge, "until">): void {
    for (const oldest of challenges.keys()) {
      if (challenges.size < mostChallenges) break;
      challenges.delete(oldest);
    }
    challenges.set(challenge, { ...of, until: this.#options.clock.monotonic() + challengeMs });
  }

  /** The challenge that was signed, which is used up. */
  #take(challenges: Map<string, Challenge>, clientData: string): TakenChallenge | undefined {
    const challenge = clientDataOf(clientData)?.challenge;
    const found = challenge === undefined ? undefined : challenges.get(challenge);
    if (challenge === undefined || !found) return undefined;
    challenges.delete(challenge);
    return found.until > this.#options.clock.monotonic() ? { ...found, challenge } : undefined;
  }
}

const signInHint = "'mesh-hub open' on the hub prints a link";

function refused(): MeshError {
  return new MeshError("ERR_NOT_AUTHORIZED", "the passkey was not accepted", { hint: signInHint });
}
