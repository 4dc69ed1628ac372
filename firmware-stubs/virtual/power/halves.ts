/** The device's halves of its keys in the account, and the whole public keys, which it takes from its own connection alone. docs/device-link.md §7.1. */
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { addPrivate, privateKeyFromScalar } from "../../../src/crypto/index.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import { ConnectionDevice, peekObject, publicKeyOf } from "../../../src/schema/index.ts";
import type { ConnectedSlot } from "../image/image.ts";
import type { SlotConnection } from "../image/image-object.ts";
import type { BaseKeys } from "../image/own-key.ts";
import { freshKeys, unshared } from "../image/own-key.ts";

/** What the device signs and opens with, together with its hub. */
export interface Halves {
  /** s of each use: base + f + a_D. */
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  /** A of each use. */
  readonly whole: { readonly encryption: PublicKey; readonly signature: PublicKey };
  readonly connection: SlotConnection;
}

/** Halves of the connection in force; its envelope was verified before it was stored. */
export function halvesOf(base: BaseKeys, slot: ConnectedSlot): Halves {
  const { Connection: connection } = slot;
  const own = unshared(base, freshKeys(slot));
  const { Encryption, Signature } = peekObject(ConnectionDevice, parseEnvelope(connection.ConnectionDevice));
  return {
    encryption: addPrivate(own.encryption, privateKeyFromScalar("Ed25519", connection.EncryptShare)),
    signature: addPrivate(own.signature, privateKeyFromScalar("Ed25519", connection.SignatureShare)),
    whole: { encryption: publicKeyOf(Encryption), signature: publicKeyOf(Signature) },
    connection,
  };
}
