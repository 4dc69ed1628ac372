/** Alice removes her hub and waits: the command shows the bulb coming over to the next hub, and says so while it has not. */
import { join } from "node:path";
import { completeConnection, issuePin, requestConnection } from "../../src/account/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { ports } from "../kit/household.ts";
import { collect, startHub, startWorld } from "../kit/hub.ts";
import { machine } from "../kit/meshman-terminal.ts";

describe("device delete of a hub", (it) => {
  it(
    "tells which devices still obey the old hub, and with --wait shows them coming over",
    async () => {
      const world = await startWorld();
      onCleanup(() => world.stop());
      const { alice, hubContext, household, medium } = world;
      const old = await startHub({ context: hubContext, media: [medium], dir: join(world.dir, "old") });
      const bulb = await world.bulb("bulb");
      bulb.on();
      const last = (await collect(old.onboarding.onboard({ uri: bulb.made.uri, name: "lamp" }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      await world.agent(false);
      await old.stop();
      bulb.off();

      const { uri } = await issuePin(alice, { roles: ["hub"], minutes: 30, localName: "next hub" });
      const { account, code } = parseConnectUri(uri);
      const dir = household.home("next");
      const desk = machine(alice.dir, household.service.url);
      const short = await desk.run(["device", "delete", "hub", "--yes", "--wait", "1s"]);
      assert.is(short.status, 75, short.stderr);
      assert.match(short.stderr, /until each of them has met it, it obeys hub/);
      assert.match(short.stderr, /these still obey hub: lamp/);

      // The next hub, removed in its turn while the one after it comes.
      await requestConnection({ dir, address: account, pin: code, serviceUrl: household.service.url, ports });
      await desk.does("account", "sync");
      const context = await completeConnection({ dir, waitSeconds: 30, ports });
      onCleanup(() => context.close());
      const third = await issuePin(alice, { roles: ["hub"], minutes: 30 });
      const dirOfThird = household.home("third");
      const after = parseConnectUri(third.uri);
      const waiting = desk.run(["device", "delete", "next hub", "--yes", "--wait", "10m"]);
      await requestConnection({ dir: dirOfThird, address: after.account, pin: after.code, serviceUrl: household.service.url, ports });
      const hubContext3 = await completeConnection({ dir: dirOfThird, waitSeconds: 60, ports });
      const hub = await startHub({ context: hubContext3, media: [medium], dir: join(world.dir, "third") });
      onCleanup(() => hub.stop());
      bulb.on();
      const { status, stderr } = await waiting;
      assert.is(status, 0, stderr);
      assert.match(stderr, /lamp has met its next hub: it obeys the old one no more \(1 of 1\)/, stderr);
    },
    { timeoutMs: 400_000 },
  );
});
