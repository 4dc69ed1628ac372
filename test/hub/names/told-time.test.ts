/** When something is due, in words: the day without doubt, and the time by the clock of 24 hours. */

import { loadLanguage } from "../../../src/driver/index.ts";
import { toldTime } from "../../../src/hub/names/told-time.ts";
import { assert, describe } from "../../harness/suite.ts";

describe("names: when something is due", (it) => {
  const now = new Date(2026, 4, 3, 17, 0).getTime();
  const told = (language: string, ...due: [number, number, number, number]): string =>
    toldTime(new Date(2026, due[0], due[1], due[2], due[3]).getTime(), now, loadLanguage(language));

  it("names the day: today, tomorrow, one of the next week, and else its date", () => {
    assert.is(told("en", 4, 3, 19, 30), "today at 19:30");
    assert.is(told("en", 4, 4, 7, 30), "tomorrow at 07:30");
    assert.is(told("en", 4, 4, 0, 0), "tomorrow at 00:00");
    assert.is(told("en", 4, 9, 8, 0), "on Saturday at 08:00");
    assert.is(told("en", 4, 10, 8, 0), "on 2026-05-10 at 08:00");
    assert.is(told("de", 4, 3, 19, 30), "heute um 19:30");
    assert.is(told("de", 4, 5, 8, 0), "am Dienstag um 08:00");
  });
});
