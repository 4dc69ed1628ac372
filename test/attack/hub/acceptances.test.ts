/** A connected device that accepts its deal again and again, each time in other words: it must not fill the account's spool of commands. */
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { AdministratorPost } from "../../../src/hub/device/administrator-post.ts";
import { AcceptConnection } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";

const tries = 12;

describe("attack: acceptances of a device", (it) => {
  it("only a few of one deal are carried to the owner, and the true one again", async () => {
    const world = await startWorld();
    onCleanup(() => world.stop());
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, "accepts") });
    onCleanup(() => hub.stop());
    const bulb = await world.bulb("accepter");
    bulb.on();
    const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
    assert.equal([last?.step, last?.state], ["register", "done"]);
    const device = hub.links.devices.get(bulb.made.deviceUdf);
    assert.ok(device);
    const post = new AdministratorPost({ account: world.hubContext, log: silentLog, signal: new AbortController().signal });
    const accept = (): Uint8Array =>
      encodeObject(AcceptConnection, {
        DeviceUdf: device.udf,
        AccountUdf: world.hubContext.accountUdf,
        HubUdf: world.hubContext.deviceUdf,
        DealEpoch: device.activation.DealEpoch,
        ConnectionDigest: ports.random.bytes(64),
        Mac: ports.random.bytes(64),
      });
    await world.hubContext.sync();
    const before = world.hubContext.spoolCount("MMM_Command");
    const first = accept();
    await post.accepted(device, first);
    let refused = 0;
    for (let n = 0; n < tries; n++) await post.accepted(device, accept()).catch(() => refused++);
    await throwsMesh(post.accepted(device, accept()), "ERR_QUOTA");
    await post.accepted(device, first);
    await world.hubContext.sync();
    const carried = world.hubContext.spoolCount("MMM_Command") - before;
    // The true one of the onboarding may still have been on its way.
    assert.ok(carried <= 4 + 1 && refused >= tries - 4, `${carried} were carried`);
  });
});
