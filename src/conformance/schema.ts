/** schema.json: fingerprints, keys of seeds, overlay, escrow, identifiers, and the signed objects of the worked examples. */
import { toHex, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { encodeBase64url, isJsonText, isObject, parseJson } from "../codec/index.ts";
import type { PublicKey } from "../crypto/index.ts";
import {
  addPrivate,
  addPublic,
  connectionWitness,
  curveOf,
  deriveKey,
  deviceAuthenticate,
  deviceAuthenticator,
  encryptionUdf,
  envelopeId,
  extendedPublic,
  hmacSha512,
  macUdf,
  parseConnectUri,
  parseShare,
  parseUdf,
  pinId,
  pinWitness,
  plainKey,
  privateKeyFromExport,
  publicationId,
  publicKey,
  recoverSecret,
  recoverSeed,
  responseId,
  saltedPin,
  serviceAuthenticate,
  serviceAuthenticator,
  sha512,
  shamirPrime,
  verifySignature,
} from "../crypto/index.ts";
import { seedOutput } from "../crypto/seed.ts";
import { decodeContentMeta, eitherMember, isEncrypted, parseEnvelope } from "../dare/index.ts";
import { digestMatches, envelopeIdRule, findEnvelopes, objectIn, payloadOf, profileUdf } from "./envelope-report.ts";
import { memberOf } from "./revision.ts";
import { type Checks, isRefused, Members, remade, type Vector } from "./vector.ts";

function keyOf(entry: Members): PublicKey {
  return publicKey(curveOf(entry.text("crv")), entry.base64("public"));
}

/** Members that say where a value is printed. */
function copied(entry: Members, ...names: readonly string[]): DatumObject {
  return Object.fromEntries(names.filter((name) => name in entry.value).map((name) => [name, entry.value[name]]));
}

/** A flag that says whether the printed value came out: null when none is printed. */
function matches(entry: Members, name: string, value: boolean): DatumObject {
  return name in entry.value ? { [name]: entry.datum(name) === null ? null : value } : {};
}

function derivations(entry: Members, seed: string): DatumObject {
  const { type, data } = parseUdf(seed);
  return {
    seed_type_octet: type,
    key_specifier_hex: toHex(data.subarray(0, 2)),
    derivations: entry.each("derivations").map((derivation) => {
      const [name, curve] = [derivation.text("key_name"), curveOf(derivation.text("crv"))];
      const key = deriveKey(seed, name, curve).public;
      return {
        ...copied(derivation, "field", "key_name", "crv", "printed_as"),
        okm_hex: toHex(seedOutput(data, name, curve)),
        public: encodeBase64url(key.octets),
        udf: key.udf,
        ...matches(derivation, "matches", derivation.datum("udf") === key.udf),
      };
    }),
  };
}

const keys: Checks = {
  key_udf: (vector) => {
    const { udf } = keyOf(vector.entry);
    return remade(vector, ["crv", "public"], { udf, udf_matches: udf === vector.entry.datum("udf") });
  },
  seed_derivation: (vector) => remade(vector, ["object", "seed", "key_type"], derivations(vector.entry, vector.entry.text("seed"))),
  escrow: (vector) => {
    const { entry } = vector;
    const shares = entry.texts("shares");
    const { threshold } = parseShare(shares[0] ?? "");
    const pairs = shares.flatMap((share, i) => shares.slice(i + 1).map((other) => toHex(recoverSecret([share, other]))));
    const secret = recoverSecret(shares);
    const seed = recoverSeed(shares.slice(0, threshold));
    const bits = 8 * secret.length;
    return remade(vector, ["shares"], {
      threshold,
      modulus: `2^${bits} + ${shamirPrime(secret.length) - (1n << BigInt(bits))}`,
      secret_octets_hex: toHex(secret),
      all_pairs_agree: new Set(pairs).size === 1,
      seed,
      ...derivations(entry, seed),
    });
  },
  activation_overlay: (vector) => {
    const { entry } = vector;
    const activationSeed = entry.text("activation_key");
    return remade(vector, ["constructed", "base_seed", "activation_type", "activation_key", "account_udf_field"], {
      key_specifier_hex: toHex(parseUdf(activationSeed).data.subarray(0, 2)),
      account_udf_field_is_device_profile_udf: accountIsDevice(vector),
      keys: entry.each("keys").map((use) => overlaid(use, activationSeed, entry.has("base_seed") ? entry.text("base_seed") : undefined)),
    });
  },
};

/** A key of a connected device: the base key of its seed, or the public one where no seed is printed, moved by the activation key. */
function overlaid(use: Members, activationSeed: string, baseSeed: string | undefined): DatumObject {
  const [name, curve] = [use.text("key_name"), curveOf(use.text("crv"))];
  const activation = deriveKey(activationSeed, name, curve);
  const secret = baseSeed === undefined ? undefined : deriveKey(baseSeed, name.replace("Activation", "Base"), curve);
  const base = secret ? extendedPublic(secret) : publicKey(curve, use.base64("base_public"));
  const sum = secret && addPrivate(secret, activation);
  const connection = sum ? sum.public : addPublic(base, extendedPublic(activation));
  return {
    ...copied(use, "key_name", "crv", "base_field", "connection_field"),
    base_public: encodeBase64url(base.octets),
    base_udf: base.udf,
    activation_okm_hex: toHex(seedOutput(parseUdf(activationSeed).data, name, curve)),
    activation_public: encodeBase64url(extendedPublic(activation).octets),
    ...(sum && { combined_scalar_hex_le: toHex(sum.export().Private) }),
    connection_public: encodeBase64url(connection.octets),
    connection_udf: connection.udf,
    ...matches(use, "matches", use.datum("connection_udf") === connection.udf),
  };
}

/** True when AccountUdf of the activation names the device: the one whose profile is in the file, or whose seed is given. */
function accountIsDevice({ entry, file }: Vector): boolean {
  const udf = entry.datum("account_udf_field");
  if (entry.has("base_seed")) return deriveKey(entry.text("base_seed"), "BaseDeviceProfile", "Ed448").public.udf === udf;
  const assertions = isObject(file) && Array.isArray(file.assertions) ? (file.assertions as readonly Datum[]) : [];
  return findEnvelopes(assertions, "").some(({ payload }) => isObject(payload) && "ProfileDevice" in payload && profileUdf(payload) === udf);
}

/** Sections that are empty in the target revision, by the members that their counterparts in the other sections have. */
const optional: Checks = {
  private_keys: (vector) => {
    const { entry } = vector;
    const key = privateKeyFromExport({ crv: entry.text("crv"), Private: entry.base64("private") });
    const [point, udf] = [extendedPublic(key), key.public.udf];
    const printed = entry.has("public") && entry.base64("public").length < point.octets.length ? plainKey(point) : point;
    const came = { public: encodeBase64url(printed.octets), udf };
    const [isUdf, isPublic] = [entry.datum("udf") === udf, !entry.has("public") || entry.datum("public") === came.public];
    const flags = { matches: isUdf, udf_matches: isUdf, public_matches: isPublic, reproduces: isUdf && isPublic };
    return remade(vector, ["crv", "private"], { ...came, ...flags });
  },
  publication_claims: (vector) => {
    const { entry } = vector;
    const code = entry.has("key") ? entry.text("key") : parseConnectUri(entry.text(entry.has("connect_uri") ? "connect_uri" : "uri")).code;
    const [{ data }, claimant] = [parseUdf(code), entry.has("claimant") ? entry.text("claimant") : entry.text("sender")];
    const [ks, kd] = [serviceAuthenticator(data), deviceAuthenticator(data)];
    const came: Record<string, string> = {
      publication_id: publicationId(data),
      service_authenticator: encryptionUdf(ks),
      authenticator: encryptionUdf(ks),
      device_authenticator: encryptionUdf(kd),
      service_authenticate: serviceAuthenticate(ks, claimant),
      device_authenticate: deviceAuthenticate(kd, claimant),
    };
    const all = Object.entries(came).every(([name, value]) => !entry.has(name) || entry.datum(name) === value);
    const flags = Object.entries(came).flatMap(([name, value]) => {
      const holds = entry.datum(name) === value;
      return [name, name.replace("_authenticate", "")].map((said) => [`${said}_matches`, holds]);
    });
    return remade(vector, ["key", "uri", "connect_uri", "claimant", "sender"], { ...came, ...Object.fromEntries(flags), matches: all });
  },
};

/** How a payload is encoded, in the words of the file. */
function encodingOf(body: Uint8Array): string {
  if (isJsonText(body)) return "JSON";
  return isRefused(() => parseJson(body, { lenient: true })) ? "JSON-B" : "JSON, line breaks inside string literals";
}

/** Where the recipient's key is printed; its curve is that of the ephemeral key. */
function knownKey(recipient: Members | undefined, crv: string | undefined): DatumObject {
  if (!recipient?.has("known_key")) return recipient ? copied(recipient, "known_key") : {};
  return { known_key: { ...recipient.members("known_key").value, crv: crv ?? null } };
}

const assertions: Checks = {
  assertions: (vector) => {
    const { entry } = vector;
    const envelope = parseEnvelope(entry.json("envelope"), { lenient: true });
    const payload = payloadOf(envelope);
    const meta = decodeContentMeta(envelope.header.ContentMetaData);
    const tag = isObject(payload) ? Object.keys(payload)[0] : meta.MessageType;
    if (meta.MessageType !== tag) throw new MeshError("ERR_SCHEMA", `metadata names ${meta.MessageType}`);
    if (tag !== entry.datum("type")) throw new MeshError("ERR_SCHEMA", `the payload is ${tag}`);
    const signatures = eitherMember(envelope, "signatures") ?? [];
    return remade(
      vector,
      ["envelope"],
      {
        encrypted: isEncrypted(envelope.header),
        encoding: isEncrypted(envelope.header) ? null : encodingOf(envelope.body),
        parses: isEncrypted(envelope.header) ? null : payload !== undefined,
        payload_digest_matches: digestMatches(envelope),
        recipients: (envelope.header.recipients ?? []).map(({ kid, epk }, i) => ({
          kid: kid ?? null,
          ...knownKey(entry.each("recipients")[i], epk?.value.crv),
        })),
        self_signed: signatures.length > 0 && signatures.every(({ kid }) => kid === profileUdf(payload)),
        envelope_id_rule: envelopeIdRule(envelope, payload),
        signatures: entry.each("signatures").map((stated, i) => {
          const { kid, alg, signature = new Uint8Array() } = signatures[i] ?? {};
          const key = stated.has("signer_key") ? keyOf(stated.members("signer_key")) : undefined;
          return {
            ...copied(stated, "signer_key", "note"),
            kid: kid ?? null,
            alg: alg ?? null,
            signature: encodeBase64url(signature),
            signer_udf_matches: key ? key.udf === kid : null,
            verifies: key ? verifySignature(key, sha512(envelope.body), signature) : null,
          };
        }),
      },
      { exact: true },
    );
  },
  /** What an object does though the text says otherwise, seen in another entry of the file. */
  unsigned_objects: (vector) => {
    const { entry, file } = vector;
    const objects = ["EnvelopedProfileDevice", "EnvelopedConnectionDevice"].map((name) => objectAt(file, entry, `/DevicePreconfiguration/${name}`));
    const [profile, connection] = objects;
    if (!profile || !connection) return { skip: "the objects that were observed are not in the file" };
    const same = (ofConnection: string, ofProfile: string): boolean => {
      const [a, b] = [memberOf(connection, ofConnection), memberOf(profile, ofProfile)];
      return isObject(a) && isObject(b) && a.Udf === b.Udf;
    };
    return remade(vector, ["observation"], {
      connection_encryption_is_profile_encryption: same("Encryption", "Encryption"),
      connection_authentication_is_profile_authentication: same("Authentication", "Authentication"),
      connection_authentication_is_profile_encryption: same("Authentication", "Encryption"),
    });
  },
  /** Number of entries of each section. */
  counts: ({ entry, file }) => ({
    came: Object.fromEntries(Object.keys(entry.value).map((name) => [name, isObject(file) && Array.isArray(file[name]) ? file[name].length : null])),
    expected: entry.value,
  }),
};

/** The object at a path of the run that an entry is about. */
function objectAt(file: Datum, about: Members, path: string): DatumObject | undefined {
  const list = isObject(file) && Array.isArray(file.assertions) ? (file.assertions as readonly Datum[]) : [];
  const found = list.find((entry) => isObject(entry) && entry.path === path && (!about.has("run") || entry.run === about.datum("run")));
  return found === undefined ? undefined : objectIn(payloadOf(parseEnvelope(new Members(found, path).json("envelope"), { lenient: true })));
}

const messages: Checks = {
  message_ids: (vector) => {
    const id = vector.entry.text("message_id");
    const came = { envelope_id: envelopeId(id), response_id: responseId(id) };
    return remade(vector, ["message_id"], {
      ...("envelope_id" in vector.entry.value ? came : { response_id: came.response_id }),
      ...matches(vector.entry, "matches", vector.entry.datum("response_id") === came.response_id),
    });
  },
  pin: (vector) => {
    const { entry } = vector;
    const account = entry.text("account");
    const pin = entry.has("pin") ? entry.text("pin") : undefined;
    const action = entry.word("action", "Device", "Contact");
    // Revisions that print no PIN leave its salted form as what there is to begin with.
    const salted = pin === undefined ? entry.text("salted_pin") : saltedPin(pin, action);
    const id = pinId(salted, account);
    if (pin !== undefined && entry.flag("draft_defect")) {
      // Printed under the octets of the PIN before it is salted.
      const printed = macUdf(hmacSha512(parseUdf(pin).data, utf8(account)));
      return remade(vector, ["pin", "action", "account", "draft_defect"], { salted_pin: salted, printed_pin_id: printed, correct_pin_id: id });
    }
    const nonces = { clientNonce: entry.base64("client_nonce"), payloadDigest: entry.base64("payload_digest") };
    const witness = encodeBase64url(pinWitness({ salted, account, ...nonces }));
    return remade(vector, ["pin", "action", "account", "client_nonce", "payload_digest"], {
      salted_pin: salted,
      pin_id: id,
      pin_witness: witness,
      salted_pin_matches: pin === undefined ? null : salted === entry.datum("salted_pin"),
      pin_id_matches: id === entry.datum("pin_id"),
      witness_matches: witness === entry.datum("pin_witness"),
    });
  },
  connection_witness: (vector) => {
    const { entry } = vector;
    const [account, device] = [entry.members("account_profile_signature"), entry.members("device_profile_signature")];
    const [accountKey, deviceKey] = [keyOf(account), keyOf(device)];
    const witness = connectionWitness({
      accountKey,
      deviceKey,
      serverNonce: entry.base64("server_nonce"),
      clientNonce: entry.base64("client_nonce"),
    });
    return remade(vector, ["server_nonce", "client_nonce"], {
      account_profile_signature: { ...copied(account, "crv", "public"), udf: accountKey.udf },
      device_profile_signature: { ...copied(device, "crv", "public"), udf: deviceKey.udf },
      witness,
      message_id: witness,
      message_id_is_witness: entry.datum("message_id") === witness,
      matches: entry.datum("witness") === witness,
    });
  },
};

/** Sections of schema.json. */
export const schemaChecks: Checks = { ...keys, ...optional, ...assertions, ...messages };
