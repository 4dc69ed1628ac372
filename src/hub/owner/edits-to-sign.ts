/**
 * Changes that wait for the passkey of who asks for them: the request stands whole before it is signed, since its signature is over all of it. Nothing of them
 * is on a disk or at the service; who does not sign has asked for nothing. docs/extensions.md §21
 */
import type { AccountContext } from "../../account/hub.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import type { PasskeyUse } from "../../crypto/index.ts";
import { newNonce } from "../../crypto/index.ts";
import type { EditAssertion, EditChange, RequestEdit } from "../../schema/index.ts";
import { editChallenge } from "../../schema/index.ts";
import type { Principal } from "../command/principal.ts";
import { editMs, mostPrincipal } from "./question.ts";

/** How long a person has for it. */
const signMs = 180_000;
/** Of one principal, beyond which his oldest is over; and of all. */
const mostEach = 4;
const mostWaiting = 64;

/** A change that is asked for, with what is shown of it. */
interface Waiting<T> {
  readonly request: RequestEdit;
  readonly wanted: T;
  readonly principalId: string;
  /** On the monotonic clock. */
  readonly until: number;
}

/** The changes of a hub. */
export class EditsToSign<T extends { readonly change: EditChange }> {
  readonly #account: Pick<AccountContext, "deviceUdf" | "ports">;
  /** By their challenge. */
  readonly #waiting = new Map<string, Waiting<T>>();

  constructor(account: Pick<AccountContext, "deviceUdf" | "ports">) {
    this.#account = account;
  }

  /** Keeps one until it is signed. Errors: ERR_BUSY. @returns what is to be signed, in base64url */
  begin(principal: Principal, wanted: T): string {
    const { deviceUdf, ports } = this.#account;
    this.#expire();
    const own = [...this.#waiting].filter(([, { principalId }]) => principalId === principal.id);
    const [oldest] = own;
    if (own.length >= mostEach && oldest) this.#waiting.delete(oldest[0]);
    if (this.#waiting.size >= mostWaiting) throw new MeshError("ERR_BUSY", `${mostWaiting} changes wait for a passkey already`);
    const request: RequestEdit = {
      MessageId: newNonce(ports.random),
      Sender: deviceUdf,
      Change: wanted.change,
      Principal: shorten(principal.name, mostPrincipal),
      Expires: dateTime(ports.clock.now() + editMs),
    };
    const challenge = encodeBase64url(editChallenge(request));
    this.#waiting.set(challenge, { request, wanted, principalId: principal.id, until: ports.clock.monotonic() + signMs });
    return challenge;
  }

  /** The one that was signed, once. Errors: ERR_NOT_FOUND when it is over, or of somebody else. */
  take(principal: Principal, challenge: string): Pick<Waiting<T>, "request" | "wanted"> {
    this.#expire();
    const found = this.#waiting.get(challenge);
    if (found?.principalId !== principal.id)
      throw new MeshError("ERR_NOT_FOUND", "this change waits no longer for its passkey", { hint: "ask again" });
    this.#waiting.delete(challenge);
    return found;
  }

  #expire(): void {
    const now = this.#account.ports.clock.monotonic();
    for (const [challenge, { until }] of this.#waiting) if (until <= now) this.#waiting.delete(challenge);
  }
}

/** What was signed as it goes to the owner's machine. Errors: ERR_USAGE for what is no base64url. */
export function assertionOf({ id, authenticatorData, clientData, signature }: PasskeyUse): EditAssertion {
  const octets = (text: string): Uint8Array => {
    const found = decodeBase64url(text);
    if (!found) throw new MeshError("ERR_USAGE", "what the passkey has signed is not in base64url");
    return found;
  };
  return { CredentialId: octets(id), AuthenticatorData: octets(authenticatorData), ClientData: octets(clientData), Signature: octets(signature) };
}
