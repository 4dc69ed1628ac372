/** What of the processors nobody uses. */

import { watchIdle } from "./idle.ts";
import { assert, describe } from "./suite.ts";

describe("harness: idle processors", (it) => {
  it("are told as so many of all, since it was asked last", () => {
    const said = [
      { idle: 0, all: 0 },
      { idle: 50, all: 100 },
      { idle: 50, all: 200 },
      { idle: 50, all: 200 },
      { idle: 150, all: 300 },
    ];
    const idle = watchIdle(() => said.shift() ?? { idle: 0, all: 0 }, 4);
    assert.equal([idle(), idle(), idle(), idle()], [2, 0, 0, 4]);
  });

  it("are never more than there are, of this machine", () => {
    const idle = watchIdle();
    for (const end = performance.now() + 100; performance.now() < end; );
    const found = idle();
    assert.ok(found >= 0 && found <= 1024, `${found}`);
  });
});
