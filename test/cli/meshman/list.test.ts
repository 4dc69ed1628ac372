/** What `device list` says of a device beside its values. */
import { lostText } from "../../../src/cli/meshman/device/list.ts";
import type { Member } from "../../../src/cli/meshman/house.ts";
import { assert, describe } from "../../harness/suite.ts";

const member = (EventsLost?: number): Member => ({ state: EventsLost === undefined ? {} : { EventsLost } }) as unknown as Member;

describe("device list", (it) => {
  it("tells how many events of a device were lost", () => {
    assert.equal([member(), member(1), member(3939)].map(lostText), ["", "(1 event lost)", "(3939 events lost)"]);
  });
});
