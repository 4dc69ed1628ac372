/** What is said of a sequence inside it: apexes and index records. */
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import * as dare from "../../src/dare/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { contentsOf, freshPath, openCatalog, own } from "../kit/open-catalog.ts";

describe("statements about sequences", (it) => {
  it("an apex vouches for what was there, an index record says where it is", async () => {
    const signer = generatePrivateKey("Ed448", random);
    const file = await openCatalog(freshPath());
    for (const id of ["a", "b", "c"]) await file.add(id, utf8(id));
    const { sequence } = file.entries;
    const statement = { Sequence: "MMM_Test", Index: 3, TreeDigest: sequence.lastTreeDigest! };
    const envelope = dare.parseEnvelope(dare.encodeEnvelope(dare.signApex({ statement, signer, random })));
    const verified = dare.verifyApex({ envelope, signedBy: [signer.public], sequence: "MMM_Test" });
    assert.is(verified.signer, signer.public);
    await dare.checkApex(sequence, verified.statement);
    await throwsMesh(() => dare.verifyApex({ envelope, signedBy: [signer.public], sequence: "MMM_Other" }), "ERR_VERIFICATION");
    await throwsMesh(() => dare.verifyApex({ envelope, signedBy: [own.public], sequence: "MMM_Test" }), "ERR_VERIFICATION");
    await throwsMesh(dare.checkApex(sequence, { ...statement, Index: 2 }), "ERR_VERIFICATION");
    await throwsMesh(dare.checkApex(sequence, { ...statement, Index: 9 }), "ERR_VERIFICATION");
    const source = {
      payloadDigestAt: async (i: number) => dare.checkPayloadDigest(await sequence.read(i)),
      treeDigestAt: (i: number) => sequence.treeDigestAt(i),
    };
    const proof = await dare.proveInclusion({ source, index: 2, apex: 3 });
    dare.verifyInclusion({ proof, index: 2, payloadDigest: await source.payloadDigestAt(2), apex: { index: 3, digest: statement.TreeDigest } });

    const index = await dare.appendIndexRecord({ file: sequence, random });
    await file.add("d", utf8("d"));
    const record = dare.sequenceIndexOf(await sequence.read(index))!;
    assert.is(record.Full, true);
    for (const { Index, Position, UniqueId } of record.Positions!) {
      assert.is(await sequence.offsetOf(Index), Position);
      assert.is(UniqueId, dare.frameId(await sequence.read(Index)));
    }
    assert.is(record.Positions!.length, 4);
    const second = await dare.appendIndexRecord({ file: sequence, from: index + 1, random });
    assert.equal(
      dare.sequenceIndexOf(await sequence.read(second))!.Positions!.map((place) => place.Index),
      [5],
    );
    assert.is(dare.sequenceIndexOf(await sequence.read(1)), undefined);
    assert.equal(await contentsOf(file), { a: "a", b: "b", c: "c", d: "d" });
  });
});
