/**
 * Asks the account's service to use its shares, beside those that this device holds: for agreements, blinded so that it does not learn what is opened.
 * protocol-09 §7.6; docs/extensions.md §6. Nothing is kept of a request that fails.
 */
import type { ErrorCode } from "../../base/errors.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { blindAgreement, curveOf, type PublicKey, publicKey } from "../../crypto/index.ts";
import type { DareHeader, DareRecipient } from "../../dare/index.ts";
import { isAgreed, publicKeyOf } from "../../dare/index.ts";
import type { AnyOperation, CryptographicResult, MeshClient } from "../../protocol/index.ts";
import { ResultError, ResultSignCommit, ResultVouch } from "../../protocol/index.ts";
import type { Head } from "../../schema/index.ts";
import type { AuditHead } from "./audit-head.ts";
import type { SharedKey } from "./shared-key.ts";

/** What is asked with. */
export interface PowerClientOptions {
  readonly client: Pick<MeshClient, "operate">;
  readonly address: string;
  readonly audit: AuditHead;
  /** Errors: ERR_VERIFICATION for a head that the service has not signed for this account. */
  readonly verifyAudit: (head: Head) => void;
  readonly random: Random;
}

/** An audit of which the service had less than this device was shown, or something else. */
export interface LostAudit {
  /** The newest head that it had; undefined when it had none. */
  readonly service: Head | undefined;
  /** The one that it goes on from now. */
  readonly here: Head;
}

/** Operations in one request. */
const atOnce = 32;
/** Exchanges of a header that are looked at: more a header cannot make this device ask for. */
const mostExchanges = 2;

/** Results for which no share was used yet. */
const unaudited: readonly string[] = [ResultError.tag, ResultSignCommit.tag, ResultVouch.tag];

/** One exchange that is to be opened. */
interface Wanted {
  readonly recipient: DareRecipient;
  readonly ephemeral: PublicKey;
}

/** The service's part in what this device does with shares. */
export class PowerClient {
  readonly #options: PowerClientOptions;
  readonly #turn = new Mutex();

  constructor(options: PowerClientOptions) {
    this.#options = options;
  }

  /**
   * Agrees on what headers are sealed with, as far as they name the key and it was not done before.
   * Errors: those that the service names for an operation (ERR_NOT_AUTHORIZED for a power that was withdrawn, ERR_QUOTA beyond its rate), ERR_SERVICE_UNREACHABLE,
   * ERR_ROLLBACK and ERR_FORK of its audit.
   */
  async agree(key: SharedKey, headers: readonly DareHeader[]): Promise<void> {
    const wanted = new Map<string, Wanted>();
    for (const { recipients = [] } of headers) {
      for (const recipient of recipients.filter(({ kid }) => kid === key.public.udf).slice(0, mostExchanges)) {
        if (recipient.epk?.value.crv !== key.curve) continue;
        const ephemeral = publicKeyOf(recipient.epk);
        if (!key.hasAgreed(ephemeral)) wanted.set(ephemeral.udf, { recipient, ephemeral });
      }
    }
    const list = [...wanted.values()];
    for (let from = 0; from < list.length; from += atOnce) await this.#agree(key, list.slice(from, from + atOnce));
  }

  /** A wrong answer opens nothing: it is not kept, and whoever wants to open finds no agreement. */
  async #agree(key: SharedKey, wanted: readonly Wanted[]): Promise<void> {
    const { share, counterpart, serviceId } = key;
    const { random } = this.#options;
    const begun = wanted.map(({ ephemeral, recipient }) => ({
      ephemeral,
      recipient,
      blinded: blindAgreement({ share, counterpart, ephemeral, random }),
    }));
    const results = await this.operate(
      begun.map(({ blinded: { asked } }) => ({
        tag: "CryptographicOperationKeyAgreement",
        value: { KeyId: serviceId, PublicKey: { tag: "PublicKeyECDH", value: { crv: asked.curve, Public: asked.octets } } },
      })),
    );
    for (const [at, { ephemeral, recipient, blinded }] of begun.entries()) {
      const { KeyAgreement } = resultOf(results[at], "CryptographicResultKeyAgreement");
      const { Curve, Result } = KeyAgreement.value;
      const agreed = blinded.finish(publicKey(curveOf(Curve), Result));
      if (isAgreed(agreed, recipient)) key.keep(ephemeral, agreed);
    }
  }

  /** Results in the order of the operations; the audit head is kept first. One request at a time, as the audit grows. Errors: see agree. */
  operate(operations: readonly AnyOperation[]): Promise<readonly CryptographicResult[]> {
    const { client, address, audit, verifyAudit } = this.#options;
    return this.#turn.run(async () => {
      const { Results, AuditHead: head } = await client.operate({ Account: address, Operations: operations });
      if (head) verifyAudit(head);
      // A request in which no share was used may come before the first frame of the audit.
      if (head || Results.some(({ tag }) => !unaudited.includes(tag))) await audit.take(head);
      return Results;
    });
  }

  /**
   * Looks whether the service has what this device was shown of its audit; where it has lost it, it is brought the head that it has signed, and goes on
   * from there. What it did between is told nowhere any more. @param operations which it is asked along: a service hears others than devices of the account
   * in those that are granted alone @returns what was lost; undefined where nothing is
   * Errors: ERR_ROLLBACK and ERR_FORK when it does not go on from it; those of the service.
   */
  giveBackAudit(operations: readonly AnyOperation[] = []): Promise<LostAudit | undefined> {
    const { client, address, audit, verifyAudit } = this.#options;
    const ask = async (shown?: Head): Promise<Head | undefined> => {
      const { Results, AuditHead: head } = await client.operate({ Account: address, Operations: operations, ...(shown ? { AuditHead: shown } : {}) });
      for (const at of operations.keys()) resultOf(Results[at], "CryptographicResultKeyAgreement");
      if (head) verifyAudit(head);
      return head;
    };
    return this.#turn.run(async () => {
      const here = await audit.highest();
      if (!here) return undefined;
      const service = await ask();
      try {
        await audit.take(service);
        return undefined;
      } catch (error) {
        // One that an earlier version kept has nothing that the service would believe.
        if (!here.Apex || !(isMeshError(error, "ERR_ROLLBACK") || isMeshError(error, "ERR_FORK"))) throw error;
      }
      await audit.take(await ask(here));
      return { service, here };
    });
  }
}

/**
 * Does what the service's shares are asked for. Where it says that it has no such power the device's own part is renewed once: shares that were dealt
 * anew come with its activation. Errors: those of the task and of `renew`.
 */
export async function withSharesInForce<T>(task: () => Promise<T>, renew: () => Promise<unknown>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!isWithdrawn(error)) throw error;
    await renew();
    return await task();
  }
}

/** True for what a service says of a power that is not, or not any more. */
function isWithdrawn(error: unknown): boolean {
  return isMeshError(error, "ERR_NOT_AUTHORIZED") || isMeshError(error, "ERR_NOT_FOUND");
}

/** What a service may say of one operation: anything else a device makes of it itself. */
const ofOperation: readonly ErrorCode[] = [
  "ERR_NOT_FOUND",
  "ERR_NOT_AUTHORIZED",
  "ERR_QUOTA",
  "ERR_BUSY",
  "ERR_KEY",
  "ERR_SCHEMA",
  "ERR_VERIFICATION",
  "ERR_REPLAY",
  "ERR_CONFLICT",
  "ERR_TOO_LARGE",
  "ERR_NOT_BUILT",
];

/** What a result of a type holds. */
type ResultOf<T extends CryptographicResult["tag"]> = Extract<CryptographicResult, { readonly tag: T }>["value"];

/** The result of one operation, of the type that was asked for. Errors: the one that the service names; ERR_SERVICE_REFUSED. */
export function resultOf<T extends CryptographicResult["tag"]>(result: CryptographicResult | undefined, tag: T): ResultOf<T> {
  if (result?.tag === tag) return result.value as ResultOf<T>;
  if (result?.tag !== "CryptographicResultError")
    throw new MeshError("ERR_SERVICE_REFUSED", "the service has answered something else than it was asked for");
  const { ErrorCode: code, ErrorReport: report } = result.value;
  throw new MeshError(ofOperation.find((known) => known === code) ?? "ERR_SERVICE_REFUSED", shorten(visible(report), 200));
}
