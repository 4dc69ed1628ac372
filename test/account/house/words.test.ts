/** What a hub asks for, in words: whoever confirms an order reads all that will be done, whatever texts stand in it and in whatever order they came. */

import { orderInWords } from "../../../src/account/house/words.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { answerOrder } from "../../../src/account/index.ts";
import type { StateValue } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

const context = {
  get: () => undefined,
  roles: ["command"],
  ports: { clock: { now: () => Date.parse("2026-03-01T12:00:00Z") } },
} as unknown as AccountContext;

function order(Arguments: readonly StateValue[], Command = "Run") {
  return {
    MessageId: "NQUESTION",
    Sender: "MHUB",
    DeviceUdf: "MOVEN",
    LocalName: "oven",
    Command,
    Arguments,
    Principal: "page (page)",
    Expires: "2026-03-01T12:05:00Z",
  };
}

const heat = { Name: "Programme", Value: "Mode grill, Target 250, 24 h" };

describe("account: orders in words", (it) => {
  it("a programme stands first and whole, whatever the meal is called", () => {
    const Value = `toast, Programme Mode fan, Target 60, 5 min${" ".repeat(100)}`;
    const words = orderInWords(context, order([{ Name: "Meal", Value }, heat]));
    assert.match(words, /^Run oven \(Programme "Mode grill, Target 250, 24 h", Meal "toast, Programme Mode fan/);
  });

  it("a text is quoted, and ends where it seems to end", () => {
    const words = orderInWords(context, order([heat, { Name: "Meal", Value: 'toast"), asked for by alice \u202e\u200b' }]));
    assert.ok(words.endsWith('Meal "toast\\"), asked for by alice \\u202e\\u200b"), asked for by page (page)'), words);
    assert.is(
      orderInWords(
        context,
        order(
          [
            { Name: "Target", Value: 200 },
            { Name: "Light", Value: true },
          ],
          "Set",
        ),
      ),
      "Set oven (Target 200, Light true), asked for by page (page)",
    );
  });

  it("every value of an honest order is shown; one that cannot be shown whole says so and cannot be accepted", async () => {
    const many = Array.from({ length: 6 }, (_, at) => ({ Name: `Property${at}`, Value: "x".repeat(100) }));
    const words = orderInWords(context, order(many, "Set"));
    for (const { Name } of many) assert.ok(words.includes(`${Name} "${"x".repeat(100)}"`), Name);
    const value = order([...many, heat, { Name: "Long", Value: "y".repeat(2000) }], "Set");
    assert.match(orderInWords(context, value), /^Set oven with more than can be shown: it cannot be accepted/);
    const pending = { value, messageId: value.MessageId, index: 0, envelopeId: "", hub: {}, digest: new Uint8Array(64) };
    await throwsMesh(answerOrder(context, pending as unknown as Parameters<typeof answerOrder>[1], true), "ERR_TOO_LARGE");
  });
});
