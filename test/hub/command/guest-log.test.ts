/** The list of orders that guests have sent: what was carried out is not carried out again, whatever an order is named and the clock says. */
import { join } from "node:path";
import { GuestLog } from "../../../src/hub/command/guest-log.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";

const at = Date.parse("2026-06-01T12:00:00Z");
const hour = 3_600_000;
const lifeMs = 120_000;

describe("hub: list of guests' orders", (it) => {
  it("keeps its floor when orders are named like what stands in it", async () => {
    const path = join(tempDirectory(), "guest.journal");
    const order = (messageId: string, expires: number) => ({ messageId, grant: "g", expires, digest: "AA", answered: true });
    for (const name of ["floor", "order unlock", "profile g"]) {
      const log = await GuestLog.open({ path });
      await log.take(order(name, at + 1000), at);
      await log.take(order("unlock", at + 1000), at);
      await log.take(order("later", at + hour + 1000), at + hour);
      assert.is(log.has("unlock"), false, "it is forgotten");
      assert.ok(await log.mayBeForgotten(at + 1000, { now: at, lifeMs }), name);
      await log.close();
      const again = await GuestLog.open({ path });
      assert.ok(await again.mayBeForgotten(at + 1000, { now: at, lifeMs }), `${name}, after a restart`);
      await again.close();
    }
  });
});
