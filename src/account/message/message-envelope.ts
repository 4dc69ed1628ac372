/** Messages as they go into spools: signed by the sender, sealed to the readers, EnvelopeId derived from the MessageId. schema-08 §8. */
import { dateTime } from "../../base/clock.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { envelopeId } from "../../crypto/index.ts";
import type { SealOptions, Signer } from "../../dare/index.ts";
import { sealEnvelope, sealSigned } from "../../dare/index.ts";
import type { Enveloped } from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";

/** What is sent, and to whom. */
interface MessageOptions<T> {
  readonly struct: Struct<T>;
  readonly value: T;
  readonly recipients?: readonly PublicKey[];
  readonly readers?: readonly string[];
  readonly ports: Pick<Ports, "clock" | "random">;
}

/** Puts a message into its envelope. `readers` are link keys that may fetch it by Complete (extensions §3). */
export function messageEnvelope<T extends { readonly MessageId: string }>(
  options: { readonly signer: PrivateKey } & MessageOptions<T>,
): Enveloped<T> {
  return sealEnvelope({ ...sealing(options), signers: [options.signer] });
}

/** The same, signed in the name of the account: by its key, or by several that have a share of it; and by a device's own key beside it. Errors: those of the signer. */
export async function accountMessage<T extends { readonly MessageId: string }>({
  signer,
  beside,
  ...options
}: { readonly signer: Signer; readonly beside?: PrivateKey } & MessageOptions<T>): Promise<Enveloped<T>> {
  return sealSigned(signer, { ...sealing(options), ...(beside && { beside }) });
}

function sealing<T extends { readonly MessageId: string }>(options: MessageOptions<T>): Omit<SealOptions, "signers" | "digest"> {
  const { struct, value, recipients = [], readers = [], ports } = options;
  return {
    plaintext: encodeObject(struct, value),
    envelopeId: envelopeId(value.MessageId),
    contentMeta: {
      MessageType: struct.tag,
      cty: "application/mmm/object",
      Created: dateTime(ports.clock.now()),
      ...(readers.length === 0 ? {} : { KeyValues: readers.map((udf) => ({ Key: "Reader", Value: udf })) }),
    },
    ...(recipients.length > 0 ? { recipients } : {}),
    random: ports.random,
  };
}
