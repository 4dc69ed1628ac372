/**
 * A device that pretends to be another: its own seed and factory keys, under a hail, and if wanted a sealed description, that were recorded from
 * the other. It does all that somebody can do who has listened to a device but has not its code, and has to fail at describe or link.
 */
import { readFileSync } from "node:fs";
import { fileError } from "../../../src/base/atomic-file.ts";
import type { Random } from "../../../src/base/random.ts";
import { newSeed, publicationId, seedSpecifier } from "../../../src/crypto/index.ts";
import type { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";

/** Octets of an invented description, about as long as a true one. */
const inventedLength = 2_048;

/** Factory slot of an impostor. Errors: ERR_STORE when the recorded description cannot be read. */
export function impostorFactory(options: { readonly random: Random; readonly description?: string }): DevicePreconfigurationPrivate {
  const { random, description } = options;
  return {
    PrivateKeyUDF: newSeed(random, seedSpecifier.device),
    PublicationId: publicationId(random.bytes(15)),
    KHail: random.bytes(32),
    KLink: random.bytes(32),
    Kd: random.bytes(32),
    SealedDescription: description === undefined ? random.bytes(inventedLength) : recorded(description),
    Class: "light",
  };
}

function recorded(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw fileError(error, `cannot read ${path}`);
  }
}
