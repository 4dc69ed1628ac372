/** Envelopes: every combination of signing and encrypting, exact octets, refusals. */
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { MeshError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import { decodeJsonB, encodeJson, encodeJsonB, parseJson, string, struct } from "../../src/codec/index.ts";
import type { Curve, PrivateKey } from "../../src/crypto/key.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import { symmetricKeyId } from "../../src/crypto/udf.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import {
  decodeContentMeta,
  encodeEnvelope,
  encodeEnvelopeB,
  envelope,
  openEnvelope,
  openVerified,
  parseEnvelope,
  sealEnvelope,
  verifyEnvelope,
} from "../../src/dare/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const random = systemRandom;
const plaintext = utf8('{"MessageText":{"Text":"turn on the kitchen light"}}');
const signer = generatePrivateKey("Ed448", random);
const signer25519 = generatePrivateKey("Ed25519", random);
const reader = generatePrivateKey("X448", random);
const stranger = generatePrivateKey("X448", random);

function flipped(octets: Uint8Array, bit: number): Uint8Array {
  const copy = octets.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** A key that counts its agreements. */
function watch(target: PrivateKey): { readonly key: PrivateKey; readonly agreements: number } {
  let agreements = 0;
  const key: PrivateKey = {
    curve: target.curve,
    public: target.public,
    form: target.form,
    agree: (peer) => {
      agreements++;
      return target.agree(peer);
    },
    sign: (message) => target.sign(message),
    export: () => target.export(),
    wipe: () => target.wipe(),
  };
  return {
    key,
    get agreements() {
      return agreements;
    },
  };
}

describe("envelope", (it) => {
  for (const curve of ["X448", "X25519", "Ed25519", "Ed448"] as readonly Curve[]) {
    it(`seals to a ${curve} key, signed, and opens after its way through JSON and JSON-B`, async () => {
      const key = generatePrivateKey(curve, random);
      const sealed = sealEnvelope({
        plaintext,
        envelopeId: "MAAA",
        contentMeta: { MessageType: "MessageText" },
        recipients: [stranger.public, key.public],
        signers: [signer, signer25519],
        random,
      });
      for (const carried of [sealed, parseEnvelope(encodeEnvelope(sealed)), parseEnvelope(encodeEnvelopeB(sealed))]) {
        assert.equal(carried.headerOctets, sealed.headerOctets);
        assert.equal(carried.trailerOctets, sealed.trailerOctets);
        assert.equal(carried.body, sealed.body);
        for (const by of [signer, signer25519]) {
          const opened = openVerified({ envelope: carried, keys: [key], signedBy: [by.public] });
          assert.equal(opened.plaintext, plaintext);
          assert.is(opened.signer, by.public);
        }
        assert.is(decodeContentMeta(carried.header.ContentMetaData).MessageType, "MessageText");
        assert.is(carried.header.EnvelopeId, "MAAA");
        await throwsMesh(() => openEnvelope(carried, { keys: [generatePrivateKey(curve, random)] }), "ERR_VERIFICATION");
      }
      assert.is(fromUtf8(encodeEnvelope(sealed)).includes("kitchen"), false);
    });
  }

  it("seals to a symmetric key without an ephemeral key", async () => {
    const symmetricKey = random.bytes(15);
    const sealed = parseEnvelope(encodeEnvelope(sealEnvelope({ plaintext, symmetricKey, random })));
    assert.equal(
      sealed.header.recipients!.map(({ kid, epk }) => ({ kid, epk })),
      [{ kid: symmetricKeyId(symmetricKey), epk: undefined }],
    );
    assert.equal(openEnvelope(sealed, { symmetricKey }), plaintext);
    await throwsMesh(() => openEnvelope(sealed, { symmetricKey: random.bytes(15) }), "ERR_VERIFICATION");
    await throwsMesh(() => openEnvelope(sealed, { keys: [reader] }), "ERR_VERIFICATION");
  });

  it("signs without encrypting; nothing unsigned verifies", async () => {
    const signed = sealEnvelope({ plaintext, signers: [signer], random });
    assert.equal(signed.body, plaintext);
    assert.is(verifyEnvelope(signed, [signer25519.public, signer.public]), signer.public);
    await throwsMesh(() => verifyEnvelope(signed, [signer25519.public]), "ERR_VERIFICATION");
    const plain = sealEnvelope({ plaintext, random });
    assert.equal(openEnvelope(plain), plaintext);
    await throwsMesh(() => verifyEnvelope(plain, [signer.public]), "ERR_VERIFICATION");
    await throwsMesh(() => openEnvelope(plain, { keys: [reader], sealed: true }), "ERR_VERIFICATION");
  });

  it("accepts trailer members in the header, with an empty trailer or none", () => {
    const signed = sealEnvelope({ plaintext, signers: [signer], random });
    const header = { dig: "S512", ...(parseJson(signed.trailerOctets!) as object) };
    for (const parts of [
      [header, plaintext, {}],
      [header, plaintext],
    ]) {
      assert.is(verifyEnvelope(parseEnvelope(encodeJson(parts)), [signer.public]), signer.public);
    }
  });

  it("refuses every single bit changed in a body, one and the same way", () => {
    const sealed = sealEnvelope({ plaintext: utf8("on"), recipients: [reader.public], signers: [signer25519], random });
    for (let bit = 0; bit < sealed.body.length * 8; bit++) {
      const changed: DareEnvelope = { ...sealed, body: flipped(sealed.body, bit) };
      assert.throws(
        () => openVerified({ envelope: changed, keys: [reader], signedBy: [signer25519.public] }),
        (error: Error) => error.message === "envelope did not verify",
      );
    }
  });

  it("says the same for a wrong key, a wrong padding, a wrong witness and a damaged wrapping", () => {
    const sealed = sealEnvelope({ plaintext, recipients: [reader.public], signers: [signer], random });
    const { header, trailer } = sealed;
    const [recipient] = header.recipients!;
    const [signature] = trailer!.signatures!;
    const cases: [DareEnvelope, typeof reader][] = [
      [sealed, stranger],
      [{ ...sealed, body: flipped(sealed.body, sealed.body.length * 8 - 1) }, reader],
      [{ ...sealed, body: sealed.body.subarray(1) }, reader],
      [{ ...sealed, body: new Uint8Array() }, reader],
      [{ ...sealed, header: { ...header, Salt: flipped(header.Salt!, 3) } }, reader],
      [{ ...sealed, header: { ...header, Salt: new Uint8Array(8) } }, reader],
      [{ ...sealed, header: { ...header, Salt: undefined } }, reader],
      [{ ...sealed, header: { ...header, enc: "A256GCM" } }, reader],
      [{ ...sealed, header: { ...header, recipients: [] } }, reader],
      [{ ...sealed, header: { ...header, recipients: [{ ...recipient, wmk: flipped(recipient!.wmk!, 9) }] } }, reader],
      [
        {
          ...sealed,
          header: { ...header, recipients: [{ ...recipient, epk: { tag: "PublicKeyECDH", value: { crv: "X448", Public: new Uint8Array(57) } } }] },
        },
        reader,
      ],
      [
        {
          ...sealed,
          header: { ...header, recipients: [{ ...recipient, epk: { tag: "PublicKeyECDH", value: { crv: "P-256", Public: new Uint8Array(57) } } }] },
        },
        reader,
      ],
      [{ ...sealed, trailer: { ...trailer, signatures: [{ ...signature, witness: new Uint8Array(32) }] } }, reader],
      [{ ...sealed, trailer: { ...trailer, signatures: [{ ...signature, witness: undefined }] } }, reader],
    ];
    const seen = new Set<string>();
    for (const [changed, key] of cases) {
      try {
        // Of 256 changed bodies one has a padding: they are told apart by who signed them.
        openVerified({ envelope: changed, keys: [key], signedBy: [signer.public] });
        seen.add("opened");
      } catch (error) {
        const { code, message, cause } = error as { code: string; message: string; cause: unknown };
        seen.add(`${code} ${message} ${cause}`);
      }
    }
    assert.equal([...seen], ["ERR_VERIFICATION envelope did not verify undefined"]);
  });

  it("never decrypts what is not signed by one of those named", async () => {
    const sealed = sealEnvelope({ plaintext, recipients: [reader.public], signers: [signer], random });
    const watched = watch(reader);
    await throwsMesh(() => openVerified({ envelope: sealed, keys: [watched.key], signedBy: [signer25519.public] }), "ERR_VERIFICATION");
    assert.is(watched.agreements, 0);
    openVerified({ envelope: sealed, keys: [watched.key], signedBy: [signer.public] });
    assert.is(watched.agreements, 1);
  });

  it("bounds the work that recipients can cause", async () => {
    const sealed = sealEnvelope({ plaintext, recipients: [reader.public], random });
    const [recipient] = sealed.header.recipients!;
    const bad = { ...recipient, wmk: new Uint8Array(40) };
    const flooded = { ...sealed, header: { ...sealed.header, recipients: [...Array<typeof bad>(5000).fill(bad), recipient!] } };
    const watched = watch(reader);
    await throwsMesh(() => openEnvelope(flooded, { keys: [watched.key] }), "ERR_VERIFICATION");
    assert.is(watched.agreements, 16);
  });

  it("refuses to seal for nobody", () => throwsMesh(() => sealEnvelope({ plaintext, recipients: [], random }), "ERR_KEY").then(() => undefined));

  it("is a field of other objects and keeps header octets with foreign spacing", () => {
    const text = '{"Holder":{"Name":"x","Enveloped":[ { "dig" : "S512", "Unknown": [1, 2] } ,"aGk", {"PayloadDigest" :"AAAA"} ]}}';
    const Holder = struct<{ Name: string; Enveloped: DareEnvelope }>("Holder", { Name: string, Enveloped: envelope });
    const held = Holder.decode((parseJson(utf8(text)) as Record<string, never>).Holder!, "Holder");
    assert.is(fromUtf8(held.Enveloped.headerOctets), '{ "dig" : "S512", "Unknown": [1, 2] }');
    assert.is(
      fromUtf8(encodeJson(Holder.encode(held))),
      '{"Name":"x","Enveloped":[{ "dig" : "S512", "Unknown": [1, 2] },"aGk",{"PayloadDigest" :"AAAA"}]}',
    );
    const again = Holder.decode(decodeJsonB(encodeJsonB(Holder.encode(held))), "Holder");
    assert.equal(again.Enveloped.headerOctets, held.Enveloped.headerOctets);
  });

  it("refuses what is no envelope", async () => {
    for (const text of [
      "{}",
      "[]",
      "[{}]",
      '[{},"",{},{}]',
      '[1,""]',
      "[{},5]",
      '[{},"*"]',
      '[{"Salt":3},""]',
      '[{},"",[]]',
      '{"DareEnvelope":{}}',
    ]) {
      await throwsMesh(() => parseEnvelope(utf8(text)), "ERR_SCHEMA");
    }
    for (const text of ["", "[{},", "\u0000", '[{},""]x']) await throwsMesh(() => parseEnvelope(utf8(text)), "ERR_ENCODING");
    assert.is(toHex(parseEnvelope(utf8('{"DareEnvelope":[{}, "", {}]}')).body), "");
  });

  it("gives a MeshError and nothing else for hostile keys, wrappings and signatures", async () => {
    const sealed = sealEnvelope({ plaintext, recipients: [reader.public], signers: [signer, signer25519], random });
    const [recipient] = sealed.header.recipients!;
    for (const crv of ["X25519", "Ed25519", "X448", "Ed448"] as const) {
      const other = generatePrivateKey(crv, random).public;
      for (const Public of [other.octets, other.octets.subarray(1), new Uint8Array(other.octets.length), new Uint8Array(57).fill(255)]) {
        const recipients = [{ ...recipient, epk: { tag: "PublicKeyECDH", value: { crv, Public } } }];
        await throwsMesh(() => openEnvelope({ ...sealed, header: { ...sealed.header, recipients } }, { keys: [reader] }), "ERR_VERIFICATION");
      }
    }
    for (const length of [0, 1, 8, 16, 24, 39, 41, 48, 4096]) {
      const recipients = [{ ...recipient, wmk: random.bytes(length) }];
      await throwsMesh(() => openEnvelope({ ...sealed, header: { ...sealed.header, recipients } }, { keys: [reader] }), "ERR_VERIFICATION");
    }
    for (const by of [signer, signer25519]) {
      for (const length of [0, 1, 63, 64, 65, 113, 114, 115, 500]) {
        for (const signature of [new Uint8Array(length), new Uint8Array(length).fill(255), random.bytes(length)]) {
          const signatures = [{ alg: "S512", kid: by.public.udf, signature }];
          await throwsMesh(() => verifyEnvelope({ ...sealed, trailer: { signatures } }, [by.public]), "ERR_VERIFICATION");
        }
      }
    }
    await throwsMesh(
      () => verifyEnvelope({ ...sealed, trailer: { signatures: [{ kid: reader.public.udf, signature: new Uint8Array(64) }] } }, [reader.public]),
      "ERR_KEY",
    );
    await throwsMesh(
      () => verifyEnvelope({ ...sealed, trailer: { signatures: [{ ...sealed.trailer!.signatures![0], alg: "MD5" }] } }, [signer.public]),
      "ERR_VERIFICATION",
    );
  });

  it("gives a MeshError and nothing else for octets changed at random", () => {
    const sealed = sealEnvelope({
      plaintext,
      recipients: [reader.public],
      signers: [signer25519],
      contentMeta: { Created: "2021-08-05T16:37:37Z" },
      random,
    });
    for (const whole of [encodeEnvelope(sealed), encodeEnvelopeB(sealed)]) {
      for (let round = 0; round < 600; round++) {
        const octets = whole.slice(0, round % 3 === 0 ? round : undefined);
        const [at, value, high] = random.bytes(3);
        if (round % 3 !== 0) octets[((high! << 8) | at!) % octets.length] = value!;
        try {
          const read = parseEnvelope(octets);
          decodeContentMeta(read.header.ContentMetaData);
          openVerified({ envelope: read, keys: [reader], signedBy: [signer25519.public] });
        } catch (error) {
          assert.instance(error, MeshError);
        }
      }
    }
  });
});
