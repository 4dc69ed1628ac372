/** Threshold signing: the device last, sessions and their book across restarts; nonces used twice, rogue signers, wrong coefficients. */
import { join } from "node:path";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { groupOrder, littleEndian } from "../../src/crypto/curve.ts";
import { deal } from "../../src/crypto/deal.ts";
import { generatePrivateKey, type PrivateKey } from "../../src/crypto/private-key.ts";
import { publicKey, verifySignature } from "../../src/crypto/public-key.ts";
import { JournalSigningBook } from "../../src/crypto/threshold/book.ts";
import { checkPart, combineSignature, signingCurve, verifyTask } from "../../src/crypto/threshold/equation.ts";
import { finalPart, finalShare } from "../../src/crypto/threshold/final.ts";
import { lagrange } from "../../src/crypto/threshold/lagrange.ts";
import { ThresholdSigner } from "../../src/crypto/threshold/session.ts";
import { shareKey } from "../../src/crypto/threshold/share.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { need } from "./vector.ts";

const message = utf8("unlock the front door");
const curves = ["Ed25519", "Ed448"] as const;

async function bookAt(path: string, clock: Clock): Promise<JournalSigningBook> {
  const book = await JournalSigningBook.at({ path, clock });
  onCleanup(() => book.close());
  return book;
}

/** A device and a hub with the two halves of a key. */
async function household(curve: (typeof curves)[number], path = join(tempDirectory(), "signing")) {
  const clock = new ManualClock();
  const secret = generatePrivateKey(curve, systemRandom);
  const [device, hub] = deal({ secret, parties: 2, random: systemRandom }) as [PrivateKey, PrivateKey];
  const groupKey = secret.public;
  const book = await bookAt(path, clock);
  const signerOn = (with_: JournalSigningBook) => new ThresholdSigner({ share: hub, groupKey, book: with_, clock, random: systemRandom });
  return { clock, device, hub, groupKey, book, path, signerOn, signer: signerOn(book) };
}

describe("signing with the device last", (it) => {
  for (const curve of curves) {
    it(`${curve}: hub opens, device answers at once, hub completes`, async () => {
      const { device, hub, groupKey, signer, book } = await household(curve);
      for (const form of ["mesh", "plain"] as const) {
        const { session, commitment } = await signer.open(message, form);
        assert.is(book.sessions.length, 1);
        const task = { groupKey, message, form };
        const answer = finalShare({ task, others: commitment, share: device, random: systemRandom });
        const R = publicKey(curve, answer.R);
        const own = await signer.answer({ session, R });
        assert.is(book.sessions.length, 0);
        const signature = combineSignature(task, [
          { name: "hub", commitment, share: own, partial: hub.public },
          finalPart({ others: commitment, answer, partial: device.public, name: "device" }),
        ]);
        assert.ok(verifyTask(task, signature));
        assert.is(verifySignature(groupKey, message, signature), form === "mesh" || curve === "Ed448");
        assert.is(answer.R.length + answer.share.length, curve === "Ed25519" ? 64 : 114);
      }
    });

    it(`${curve}: the device's nonces never repeat, even with a generator that does`, async () => {
      const { device, groupKey } = await household(curve);
      const stuck = { bytes: (length: number) => new Uint8Array(length) };
      const [a, b] = [generatePrivateKey(curve, systemRandom).public, generatePrivateKey(curve, systemRandom).public];
      const ask = (others: typeof a, text: Uint8Array, coefficient = 1n) => {
        const answer = finalShare({ task: { groupKey, message: text }, others, share: device, coefficient, random: stuck });
        return toHex(finalPart({ others, answer, partial: device.public, name: "device" }).commitment.octets);
      };
      const seen = [ask(a, message), ask(b, message), ask(a, utf8("lock it")), ask(a, message, 2n)];
      assert.is(new Set(seen).size, seen.length);
      assert.is(ask(a, message), seen[0]);
    });

    it(`${curve}: a wrong share is blamed on its signer`, async () => {
      const { device, hub, groupKey, signer } = await household(curve);
      const { session, commitment } = await signer.open(message);
      const task = { groupKey, message };
      const answer = finalShare({ task, others: commitment, share: device, random: systemRandom });
      const R = publicKey(curve, answer.R);
      const parts = (deviceShare: Uint8Array, hubShare: Uint8Array) => [
        { name: "hub", commitment, share: hubShare, partial: hub.public },
        finalPart({ others: commitment, answer: { R: answer.R, share: deviceShare }, partial: device.public, name: "device" }),
      ];
      const own = await signer.answer({ session, R });
      const bad = littleEndian(5n, own.length);
      for (const [deviceShare, hubShare, blame] of [
        [bad, own, ["device"]],
        [answer.share, bad, ["hub"]],
        [bad, bad, ["hub", "device"]],
        [answer.share.subarray(1), own, ["device"]],
        [littleEndian(groupOrder(curve), own.length), own, ["device"]],
      ] as const) {
        assert.equal((await throwsMesh(() => combineSignature(task, parts(deviceShare, hubShare)), "ERR_VERIFICATION")).detail.blame, [...blame]);
      }
      assert.ok(verifySignature(groupKey, message, combineSignature(task, parts(answer.share, own))));
      await throwsMesh(() => combineSignature(task, []), "ERR_USAGE");
    });

    it(`${curve}: Shamir shares sign with their coefficients, not with others`, async () => {
      const secret = generatePrivateKey(curve, systemRandom);
      const { shares } = shareKey({ secret, threshold: 2, parties: 3, random: systemRandom });
      const quorum = [1, 3];
      const [first, last] = [need(shares[0]), need(shares[2])];
      const book = await bookAt(join(tempDirectory(), "signing"), new ManualClock());
      const signer = new ThresholdSigner({ share: first.key, groupKey: secret.public, book, clock: new ManualClock(), random: systemRandom });
      const task = { groupKey: secret.public, message };
      const sign = async (coefficient: bigint) => {
        const { session, commitment } = await signer.open(message);
        const finalCoefficient = lagrange(curve, quorum, 3);
        const answer = finalShare({ task, others: commitment, share: last.key, coefficient: finalCoefficient, random: systemRandom });
        const R = publicKey(curve, answer.R);
        const own = await signer.answer({ session, R, coefficient });
        return combineSignature(task, [
          { name: "first", commitment, share: own, partial: first.key.public, coefficient: lagrange(curve, quorum, 1) },
          finalPart({ others: commitment, answer, partial: last.key.public, name: "last", coefficient: finalCoefficient }),
        ]);
      };
      assert.ok(verifySignature(secret.public, message, await sign(lagrange(curve, quorum, 1))));
      assert.equal((await throwsMesh(sign(lagrange(curve, [1, 2], 1)), "ERR_VERIFICATION")).detail.blame, ["first"]);
    });
  }

  it("keys of other curves do not sign", async () => {
    const x = generatePrivateKey("X448", systemRandom).public;
    await throwsMesh(() => signingCurve(x), "ERR_KEY");
    const { book, clock, hub, device, groupKey, signer } = await household("Ed25519");
    const foreign = generatePrivateKey("Ed448", systemRandom);
    await throwsMesh(() => new ThresholdSigner({ share: foreign, groupKey, book, clock, random: systemRandom }), "ERR_KEY");
    await throwsMesh(() => finalShare({ task: { groupKey, message }, others: foreign.public, share: device, random: systemRandom }), "ERR_KEY");
    const { session } = await signer.open(message);
    await throwsMesh(signer.answer({ session, R: foreign.public }), "ERR_KEY");
    assert.not.ok(
      checkPart({ groupKey, message }, groupKey, { name: "x", commitment: groupKey, share: new Uint8Array(32), partial: hub.public }),
      "zero is no share",
    );
  });
});

describe("signing sessions", (it) => {
  it("one at a time for a key; a nonce answers once", async () => {
    const { signer, groupKey } = await household("Ed25519");
    const { session } = await signer.open(message);
    await throwsMesh(signer.open(message), "ERR_CONFLICT");
    await signer.answer({ session, R: groupKey });
    await throwsMesh(signer.answer({ session, R: groupKey }), "ERR_REPLAY");
    const next = await signer.open(message);
    const answers = await Promise.allSettled([
      signer.answer({ session: next.session, R: groupKey }),
      signer.answer({ session: next.session, R: groupKey }),
    ]);
    assert.equal(
      answers.map((answer) => answer.status),
      ["fulfilled", "rejected"],
    );
    const opened = await Promise.allSettled([signer.open(message), signer.open(message)]);
    assert.equal(
      opened.map((one) => one.status),
      ["fulfilled", "rejected"],
    );
  });

  it("a restart loses the nonce, and the key stays blocked until the session expires or is given up", async () => {
    const { signer, signerOn, book, path, clock, groupKey } = await household("Ed25519");
    const lost = await signer.open(message);
    await book.close();
    const again = await bookAt(path, clock);
    const restarted = signerOn(again);
    assert.equal(
      again.sessions.map((record) => record.session),
      [lost.session],
    );
    await throwsMesh(restarted.open(message), "ERR_CONFLICT");
    await throwsMesh(restarted.answer({ session: lost.session, R: groupKey }), "ERR_REPLAY");
    clock.advance(29_999);
    await throwsMesh(restarted.open(message), "ERR_CONFLICT");
    clock.advance(1);
    const { session } = await restarted.open(message);
    await again.close();

    const third = await bookAt(path, clock);
    const last = signerOn(third);
    await throwsMesh(last.open(message), "ERR_CONFLICT");
    await last.abandon(session);
    await throwsMesh(last.abandon(session), "ERR_REPLAY");
    await last.open(message);
  });

  it("an answered session stays answered after a restart", async () => {
    const { signer, signerOn, book, path, clock, groupKey } = await household("Ed25519");
    const { session } = await signer.open(message);
    await signer.answer({ session, R: groupKey });
    await book.close();
    const again = await bookAt(path, clock);
    assert.is(again.sessions.length, 0);
    await throwsMesh(signerOn(again).answer({ session, R: groupKey }), "ERR_REPLAY");
  });

  it("what has expired is not answered, and a later session does not revive it", async () => {
    const { signer, clock, groupKey } = await household("Ed25519");
    const old = await signer.open(message);
    clock.advance(30_000);
    await throwsMesh(signer.answer({ session: old.session, R: groupKey }), "ERR_REPLAY");
    const older = await signer.open(message);
    clock.advance(30_000);
    const next = await signer.open(message);
    await throwsMesh(signer.answer({ session: older.session, R: groupKey }), "ERR_REPLAY");
    await signer.answer({ session: next.session, R: groupKey });
  });

  it("a burning that outlasts its session leaves the next one alone", async () => {
    const clock = new ManualClock();
    const book = await bookAt(join(tempDirectory(), "signing"), clock);
    await book.open({ key: "key", session: "1", expires: clock.now() + 1000 });
    const burning = book.burn({ key: "key", session: "1" });
    clock.advance(1000);
    await Promise.all([burning, book.open({ key: "key", session: "2", expires: clock.now() + 1000 })]);
    assert.equal(
      book.sessions.map((record) => record.session),
      ["2"],
    );
  });

  it("two signers on one book count as one", async () => {
    const { signerOn, book, groupKey } = await household("Ed25519");
    const [a, b] = [signerOn(book), signerOn(book)];
    const { session } = await a.open(message);
    await throwsMesh(b.open(message), "ERR_CONFLICT");
    await throwsMesh(b.answer({ session, R: groupKey }), "ERR_REPLAY");
  });

  it("nothing is answered when the disk does not take the burning", async () => {
    const { signer, book, groupKey } = await household("Ed25519");
    const { session } = await signer.open(message);
    await book.close();
    await throwsMesh(signer.answer({ session, R: groupKey }), "ERR_STORE");
    await throwsMesh(signer.answer({ session, R: groupKey }), "ERR_REPLAY");
    await throwsMesh(signer.open(message), "ERR_CONFLICT");
  });

  it(
    "the book keeps its promises when it is written anew",
    async () => {
      const clock = new ManualClock();
      const path = join(tempDirectory(), "signing");
      const book = await bookAt(path, clock);
      await book.open({ key: "kept", session: "1", expires: clock.now() + 1e9 });
      for (let i = 0; i < 520; i++) {
        await book.open({ key: "key", session: String(i), expires: clock.now() + 1000 });
        await book.burn({ key: "key", session: String(i) });
      }
      await book.close();
      const again = await bookAt(path, clock);
      assert.equal(
        again.sessions.map((record) => record.key),
        ["kept"],
      );
      await throwsMesh(again.open({ key: "kept", session: "2", expires: clock.now() + 1 }), "ERR_CONFLICT");
      await throwsMesh(again.burn({ key: "other", session: "1" }), "ERR_REPLAY");
    },
    { timeoutMs: 60_000 },
  );
});
