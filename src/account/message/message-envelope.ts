/** Messages as they go into spools: signed by the sender, sealed to the readers, EnvelopeId derived from the MessageId. schema-08 §8. */
import { dateTime } from "../../base/clock.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { envelopeId } from "../../crypto/index.ts";
import { sealEnvelope } from "../../dare/index.ts";
import type { Enveloped } from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";

/** Puts a message into its envelope. `readers` are link keys that may fetch it by Complete (extensions §3). */
export function messageEnvelope<T extends { readonly MessageId: string }>(options: {
  readonly struct: Struct<T>;
  readonly value: T;
  readonly signer: PrivateKey;
  readonly recipients?: readonly PublicKey[];
  readonly readers?: readonly string[];
  readonly ports: Pick<Ports, "clock" | "random">;
}): Enveloped<T> {
  const { struct, value, signer, recipients = [], readers = [], ports } = options;
  return sealEnvelope({
    plaintext: encodeObject(struct, value),
    envelopeId: envelopeId(value.MessageId),
    contentMeta: {
      MessageType: struct.tag,
      cty: "application/mmm/object",
      Created: dateTime(ports.clock.now()),
      ...(readers.length === 0 ? {} : { KeyValues: readers.map((udf) => ({ Key: "Reader", Value: udf })) }),
    },
    ...(recipients.length > 0 ? { recipients } : {}),
    signers: [signer],
    random: ports.random,
  });
}
