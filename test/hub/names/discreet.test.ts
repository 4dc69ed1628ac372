/** What is said to somebody who sees one lamp of the house: of the others neither names nor places nor values. */
import type { SayResult } from "../../../src/api/index.ts";
import { discreet } from "../../../src/hub/names/discreet.ts";
import { assert, describe } from "../../harness/suite.ts";
import { indexOf, thing, udfOf, vocabulary } from "../../kit/named-things.ts";

const things = [thing(1, "hall lamp"), thing(2, "secret safe"), thing(3, "bedroom lamp")];
const index = indexOf({ things });
const book = { index, vocabulary: index.vocabulary, thing: () => undefined, device: () => undefined } as never;
const guest = { mayRead: (udf: string) => udf === udfOf(1), book };
const owner = { mayRead: () => true, book };
const candidate = (number: number, name: string) => ({ udf: udfOf(number), name, place: [], class: "light" });

describe("what is said to who sees a part of the house", (it) => {
  it("a question names what he sees alone", () => {
    const said: SayResult = {
      kind: "question",
      text: "which one: hall lamp or bedroom lamp?",
      candidates: [candidate(1, "hall lamp"), candidate(3, "bedroom lamp")],
    };
    const heard = discreet(said, guest);
    assert.not.match(JSON.stringify(heard), /bedroom/);
    assert.match(JSON.stringify(heard), /hall lamp/);
    assert.equal(discreet(said, owner), said);
  });

  it("what is not understood is told without names", () => {
    const said: SayResult = { kind: "unknown", text: "secret safe cannot do that", suggestions: ["turn on the bedroom lamp"] };
    const heard = discreet(said, guest);
    assert.equal(heard, { kind: "unknown", text: vocabulary.language.Replies.NotUnderstood, suggestions: [] });
  });

  it("what was refused is not listed, what was done is", () => {
    const target = (number: number, name: string, result: "Accept" | "Reject") => ({
      udf: udfOf(number),
      name,
      result,
      text: `${name}: ${result}`,
      values: [],
    });
    const said: SayResult = {
      kind: "failed",
      text: "hall lamp: Accept; secret safe: Reject",
      targets: [target(1, "hall lamp", "Accept"), target(2, "secret safe", "Reject")],
    };
    const heard = discreet(said, guest);
    assert.is(heard.text, "hall lamp: Accept");
    assert.not.match(JSON.stringify(heard), /safe/);
  });

  it("where nothing is left of an answer, or an order was not noted for want of a right, it is as if there were no such thing", () => {
    const nothing = { kind: "unknown", text: vocabulary.language.Replies.NotUnderstood, suggestions: [] };
    const rejected = { name: "secret safe", result: "Reject" as const, text: "he may not read it", values: [] };
    const error = { code: "ERR_NOT_AUTHORIZED", message: "he may not read it" };
    assert.equal(discreet({ kind: "failed", text: "", targets: [{ ...rejected, udf: udfOf(2), error }] }, guest), nothing);
    assert.equal(discreet({ kind: "failed", text: "", targets: [{ ...rejected, udf: "", error }] }, guest), nothing);
    const full: SayResult = {
      kind: "failed",
      text: "full",
      targets: [{ ...rejected, udf: "", text: "full", error: { code: "ERR_QUOTA", message: "full" } }],
    };
    assert.equal(discreet(full, guest), full);
  });
});
