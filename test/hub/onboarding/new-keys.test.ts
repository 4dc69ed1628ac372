/** The administrators' keys are replaced while a device waits to be accepted: its offer opens no more, so the hub makes it anew, and it is accepted. */
import { join } from "node:path";
import { acceptOffer, pendingOffers, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";

describe("onboarding while administrators' keys are replaced", (it) => {
  it(
    "goes on: the device is offered to the new keys",
    async () => {
      const world = await startWorld();
      onCleanup(() => world.stop());
      const { alice, hubContext: context, household, medium } = world;
      await world.agent(false);
      const second = await household.join(alice, "second", ["admin"]);
      const hub = await startHub({ context, media: [medium], dir: join(world.dir, "hub"), times: { findSeconds: 60, offerSeconds: 120 } });
      onCleanup(() => hub.stop());
      const bulb = await world.bulb("bulb");
      bulb.on();
      const running = collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "lamp" }));
      const offered = async () => {
        await alice.sync();
        return (await pendingOffers(alice)).find(({ device }) => device.deviceUdf === bulb.made.deviceUdf);
      };
      await eventually("it is offered", async () => (await offered()) !== undefined);
      const former = alice.profile.AdministratorEncryption.Udf;
      await revokeDevice(alice, second.deviceUdf);
      await replaceKeys(alice);
      assert.is.not(alice.profile.AdministratorEncryption.Udf, former);
      await eventually("it is offered anew, and accepted", async () => {
        const offer = await offered();
        const message = offer && (await alice.messageAt("MMM_Inbound", offer.index));
        if (!message?.envelope.header.recipients?.some(({ kid }) => kid === alice.profile.AdministratorEncryption.Udf)) return false;
        await acceptOffer(alice, offer!);
        return true;
      });
      await world.agent(true);
      const events = await running;
      assert.equal([events.at(-1)?.step, events.at(-1)?.state], ["register", "done"], events.at(-1)?.error?.message);
      assert.ok(events.some(({ message }) => message?.includes("have new keys")));
      bulb.off();
    },
    { timeoutMs: 240_000 },
  );
});
