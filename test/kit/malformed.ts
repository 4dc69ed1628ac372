/** Messages that are signed and sealed as they should be and hold anything: what a broken or hostile device of the account can send. */
import fc from "fast-check";
import type { AccountContext } from "../../src/account/index.ts";
import type { Datum, Struct } from "../../src/codec/index.ts";
import { encodeObject } from "../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../src/crypto/index.ts";
import { envelopeId, newNonce } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import { ports } from "./household.ts";

const { random } = ports;

/** What may stand where something else is expected. */
const anything: fc.Arbitrary<Datum> = fc.oneof(
  fc.constantFrom<Datum>(null, -1, 0, 1, 2 ** 40, 1.5, "", "MAAA", "x", "\n", "2026-01-01T00:00:00Z", [], {}, [{}], [{ Index: -1 }], true, false),
  fc.string({ maxLength: 40 }),
  fc.integer(),
);

/** A change of an object: a member that goes, or holds anything. */
export interface Change {
  readonly at: number;
  readonly value: Datum | undefined;
}
export const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat({ max: 50 }),
  value: fc.option(anything, { nil: undefined }),
});

/** The object with one member changed, as the members of its encoding are numbered. */
export function changed<T>(struct: Struct<T>, value: T, { at, value: put }: Change): Datum {
  const members = { ...(struct.encode(value) as Readonly<Record<string, Datum>>) } as Record<string, Datum | undefined>;
  const names = Object.keys(members);
  const name = names[at % names.length] ?? "";
  if (put === undefined) delete members[name];
  else members[name] = put;
  return members as Datum;
}

/** A message of any content under the name of its MessageId, or of one that was made up. */
export function messageOf(options: {
  readonly type: string;
  readonly body: Datum;
  readonly signer?: PrivateKey;
  readonly recipients?: readonly PublicKey[];
  readonly id?: string;
}): DareEnvelope {
  const { type, body, signer, recipients = [], id = newNonce(random) } = options;
  const raw = { tag: type, otherNames: {}, fields: {}, decode: (value: Datum) => value, encode: (value: Datum) => value } as unknown as Struct<Datum>;
  return sealEnvelope({
    plaintext: encodeObject(raw, body),
    envelopeId: envelopeId(id),
    contentMeta: { MessageType: type, cty: "application/mmm/object" },
    ...(recipients.length > 0 ? { recipients } : {}),
    ...(signer ? { signers: [signer] } : {}),
    random,
  });
}

/** Counts the messages that a context takes out of its spools one by one: as often as it verifies or opens one. */
export function countReads(context: AccountContext): { readonly count: number } {
  const counter = { count: 0 };
  const original = context.messageAt.bind(context);
  context.messageAt = (label, index) => {
    counter.count += 1;
    return original(label, index);
  };
  return counter;
}
