/** Proofs of inclusion and consistency, against tree digests written down anew from the text, and against forged proofs. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import type { DigestSource } from "../../src/dare/index.ts";
import { proveConsistency, proveInclusion, verifyConsistency, verifyInclusion } from "../../src/dare/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const hash = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(createHash("sha512").update(Buffer.concat(parts)).digest());
const payloads = Array.from({ length: 300 }, (_, i) => hash(utf8(`payload ${i}`)));

/** T(n) by the words of dare-12 Appendix C with the chaining rule, over factors listed one by one, without memory of its own. */
function naive(n: number, of: readonly Uint8Array[] = payloads): Uint8Array {
  const memo = new Map<number, Uint8Array>();
  const digest = (m: number): Uint8Array => {
    if (m < 0) return new Uint8Array(64);
    const known = memo.get(m);
    if (known) return known;
    const binary = (m + 1).toString(2);
    const zeros = binary.length - binary.lastIndexOf("1") - 1;
    let own = of[m]!;
    for (let k = 0; k < zeros; k++) own = hash(digest(m - 2 ** k), own);
    const left = binary.lastIndexOf("1") === 0 ? (m + 1) / 2 - 1 : m - 2 ** zeros;
    const value = hash(digest(m === 0 ? -1 : Math.floor(left)), own);
    memo.set(m, value);
    return value;
  };
  return digest(n);
}
const heads = payloads.map((_, i) => naive(i));
const source: DigestSource = { payloadDigestAt: (i) => payloads[i]!, treeDigestAt: (i) => heads[i]! };
const head = (index: number) => ({ index, digest: heads[index]! });

describe("tree proofs", (it) => {
  it("prove every frame under every apex of the first 70", async () => {
    for (let apex = 0; apex < 70; apex++) {
      for (let index = 0; index <= apex; index++) {
        const proof = await proveInclusion({ source, index, apex });
        verifyInclusion({ proof, index, payloadDigest: payloads[index]!, apex: head(apex) });
        const consistency = await proveConsistency({ source, index, apex });
        verifyConsistency({ proof: consistency, older: head(index), newer: head(apex) });
        const bits = Math.ceil(Math.log2(apex + 2));
        assert.ok(proof.Digests.length <= (bits + 1) * (bits + 2), `${index} under ${apex}: ${proof.Digests.length} digests`);
      }
    }
  });

  it("convince of nothing else: another payload, place, apex, or one changed, missing or added digest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(299), fc.nat(299), fc.nat(), fc.nat(511), async (a, b, which, bit) => {
        const [index, apex] = [Math.min(a, b), Math.max(a, b)];
        const proof = await proveInclusion({ source, index, apex });
        const right = { proof, index, payloadDigest: payloads[index]!, apex: head(apex) };
        verifyInclusion(right);
        const digests: Uint8Array[] = proof.Digests.map((digest) => digest.slice());
        if (digests.length > 0) digests[which % digests.length]![bit >> 3]! ^= 1 << (bit & 7);
        else digests.push(payloads[0]!);
        const wrong = [
          { ...right, proof: { Digests: digests } },
          { ...right, proof: { Digests: proof.Digests.slice(1).concat(proof.Digests.length === 0 ? [payloads[1]!] : []) } },
          { ...right, proof: { Digests: [...proof.Digests, heads[0]!] } },
          { ...right, payloadDigest: payloads[(index + 1) % 300]! },
          { ...right, index: index + 1 },
          { ...right, apex: { index: apex, digest: heads[(apex + 1) % 300]! } },
          { ...right, apex: { index: apex + 1, digest: heads[apex]! } },
          { ...right, index: -1 },
          { ...right, index: 0.5 },
        ];
        for (const forged of wrong) await throwsMesh(() => verifyInclusion(forged), "ERR_VERIFICATION");
      }),
      { numRuns: 120 },
    );
  });

  it("show that a history was rewritten", async () => {
    const forged = payloads.map((digest, i) => (i === 5 ? hash(utf8("other")) : digest));
    const other: DigestSource = { payloadDigestAt: (i) => forged[i]!, treeDigestAt: (i) => naive(i, forged) };
    for (const apex of [6, 7, 8, 31, 32, 100]) {
      const proof = await proveConsistency({ source: other, index: 5, apex });
      const newer = { index: apex, digest: naive(apex, forged) };
      verifyConsistency({ proof, older: { index: 5, digest: naive(5, forged) }, newer });
      await throwsMesh(() => verifyConsistency({ proof, older: head(5), newer }), "ERR_VERIFICATION");
      await throwsMesh(() => verifyConsistency({ proof, older: newer, newer: head(5) }), "ERR_VERIFICATION");
    }
    await throwsMesh(proveInclusion({ source, index: 8, apex: 7 }), "ERR_NOT_FOUND");
    await throwsMesh(proveConsistency({ source, index: -1, apex: 7 }), "ERR_NOT_FOUND");
    assert.not(equalBytes(naive(9, forged), heads[9]!));
  });
});
