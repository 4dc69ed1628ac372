/**
 * A service that edits its stores with the help of a device of the account: one that may read and not write, one in the name of another, one that
 * was removed. What they make together is named and not believed; what a removed device wrote in its time stays readable.
 */

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, deletePlace, nameDevice, revokeDevice } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { frameOf, parseFrame, sealFrame, TreeFrontier } from "../../../src/dare/index.ts";
import { CatalogedDevice, CatalogedPlace, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { gather } from "../../kit/gather.ts";
import type { Household } from "../../kit/household.ts";
import { ports } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";
import type { EditedHouse } from "./edited-house.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import type { HostileService } from "./hostile-service.ts";
import { groupOf, groupUnder } from "./tamper.ts";

const { random } = ports;

describe("attack: a service with a device of the account", (it) => {
  let house: Household;
  let evil: HostileService;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  let show: EditedHouse["show"];
  let honest: EditedHouse["honest"];

  it.before(async () => {
    ({ house, evil, alice, laptop, hub, show, honest } = await startEditedHouse());
  });
  it.after(() => house.stop());

  it("with the help of a device that may read and not write", async () => {
    honest();
    const truth = await evil.frames(address, "MMM_Place");
    const entry = tag(CatalogedPlace, { Key: "evil", LocalName: "cell" });
    const group = groupOf({ writer: hub, label: "MMM_Place", after: truth, key: "evil", entry });
    show("MMM_Place", (all) => [...all, ...group], truth);
    const error = await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.match(error.message, /no right/);
    assert.not.ok(placesOf(laptop).includes("cell"));
    honest();
    await laptop.sync();
  });

  it("with the help of a device that may read, in the name of one that may write", async () => {
    honest();
    const truth = await evil.frames(address, "MMM_Place");
    const storeKey = hub.keys.storeKeys.get("MMM_Place")?.[0]?.key;
    assert.ok(storeKey);
    const entry = tag(CatalogedPlace, { Key: "evil", LocalName: "cell" });
    const signer = hub.keys.signature;
    const group = groupUnder({ writer: alice, label: "MMM_Place", after: truth, key: "evil", entry, storeKey, signer });
    show("MMM_Place", (all) => [...all, ...group], truth);
    for (const victim of [laptop, hub]) {
      await throwsMesh(victim.sync(), "ERR_VERIFICATION");
      assert.not.ok(placesOf(victim).includes("cell"));
    }
    honest();
    await laptop.sync();
  });

  it("with the help of an administrator that was removed, which writes itself back", async () => {
    honest();
    const phone = await house.join(alice, "phone", ["admin", "command"]);
    await addPlace(phone, { name: "phone's room" });
    await alice.sync();
    await revokeDevice(alice, phone.deviceUdf);
    const own = phone.get(deviceCatalog, phone.deviceUdf);
    assert.ok(own);
    const truth = await evil.frames(address, "MMM_Device");
    const back = groupOf({ writer: phone, label: "MMM_Device", after: truth, key: phone.deviceUdf, entry: tag(CatalogedDevice, own) });
    // The removal and the return in one page.
    show("MMM_Device", (all) => [...all, ...back], truth);
    for (const victim of [laptop, hub]) {
      const error = await throwsMesh(victim.sync(), "ERR_VERIFICATION");
      assert.match(error.message, /after it was removed/);
      assert.is(victim.directory.find(phone.deviceUdf), undefined);
      assert.is(victim.get(deviceCatalog, phone.deviceUdf), undefined);
      await throwsMesh(victim.sync(), "ERR_VERIFICATION");
      assert.is(victim.directory.find(phone.deviceUdf), undefined, "not by being told twice either");
    }
    honest();
    for (const victim of [laptop, hub]) await victim.sync();
    // What it wrote before stays, also for whoever comes now and reads all from the start.
    const tablet = await house.join(alice, "tablet", ["web"]);
    assert.ok(placesOf(tablet).includes("phone's room"));
    assert.is(tablet.directory.find(phone.deviceUdf), undefined);
  });

  it("leaves what a device wrote readable when it is removed and connected again under the same fingerprint", async () => {
    honest();
    const pad = await house.join(alice, "pad", ["admin"]);
    await addPlace(pad, { name: "pad's room" });
    await alice.sync();
    await revokeDevice(alice, pad.deviceUdf);
    copyFileSync(`${pad.dir}/device.json`, `${house.dir}/pad-device.json`);
    await pad.close();
    rmSync(pad.dir, { recursive: true });
    mkdirSync(pad.dir, { mode: 0o700 });
    copyFileSync(`${house.dir}/pad-device.json`, `${pad.dir}/device.json`);
    const again = await house.join(alice, "pad", ["admin"]);
    assert.is(again.deviceUdf, pad.deviceUdf);
    await addPlace(again, { name: "pad's second room" });
    const late = await house.join(alice, "late", ["web"]);
    for (const name of ["pad's room", "pad's second room"]) assert.ok(placesOf(late).includes(name), name);
    await laptop.sync();
    assert.ok(placesOf(laptop).includes("pad's second room"));
    await alice.sync();
    await nameDevice(alice, alice.deviceUdf, { localName: "desk" });
    await deletePlace(alice, "pad's room");
    await hub.sync();
    assert.equal(placesOf(hub), placesOf(alice));
  });

  it("puts rubbish into a spool: what is no message is passed over", async () => {
    honest();
    const before = (await evil.messages(address, "MMM_Command")).length;
    const frontier = new TreeFrontier();
    const truth = await evil.frames(address, "MMM_Command");
    for (const frame of truth) frontier.push(frame.trailer?.TreeDigest ?? new Uint8Array());
    const rubbish = sealFrame({ index: frontier.count, payload: random.bytes(200), lookup: frontier.lookup, random });
    const shown = [...truth, frameOf(parseFrame(rubbish))];
    assert.ok(truth.length > 0);
    evil.malice.status = (answer) => ({
      ...answer,
      ContainerStatus: answer.ContainerStatus.map((status) =>
        status.Container === "MMM_Command" ? { Container: "MMM_Command", Index: shown.length, Digest: rubbish.treeDigest } : status,
      ),
    });
    evil.malice.download = (answer) => ({
      ...answer,
      Updates: answer.Updates.map((update) => {
        if (update.Container !== "MMM_Command") return update;
        const from = update.Envelopes[0]?.header.SequenceInfo?.Index ?? truth.length;
        return { ...update, Index: shown.length, Envelopes: shown.slice(from) };
      }),
    });
    await hub.sync();
    assert.is(hub.spoolCount("MMM_Command"), shown.length);
    assert.is((await gather(hub.messages("MMM_Command"))).length, before);
  });
});
