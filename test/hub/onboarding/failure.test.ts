/** Every way in which a code does not become a device: the step, the error code, the cause in plain words and the remedy. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { impostorFactory } from "../../../firmware-stubs/virtual/process/impostor.ts";
import { attend, issuePin, openWindow, pendingOffers, rejectOffer } from "../../../src/account/index.ts";
import type { OnboardRequest } from "../../../src/api/index.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import { writeQrPng } from "../../../src/codec/qr/index.ts";
import { hailKey, parseConnectUri } from "../../../src/crypto/index.ts";
import { errorTable } from "../../../src/hub/onboarding/error-table.ts";
import type { OnboardingTimes } from "../../../src/hub/onboarding/run-surroundings.ts";
import type { OnboardProgress, Step } from "../../../src/hub/onboarding/step.ts";
import { makeHail } from "../../../src/link/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, World } from "../../kit/hub.ts";
import { collect, makeBulb, pump, startHub, startWorld } from "../../kit/hub.ts";

const quick: OnboardingTimes = { findSeconds: 1, offerSeconds: 2, meetSeconds: 1 };

describe("onboarding that fails", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  let hubs = 0;
  async function onboard(request: OnboardRequest, times: OnboardingTimes = quick): Promise<OnboardProgress[]> {
    hubs += 1;
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, `hub-${hubs}`), times });
    try {
      const events = await collect(hub.onboarding.onboard(request));
      assert.is(hub.onboarding.running.length, 0);
      return events;
    } finally {
      await hub.stop();
    }
  }

  function failed(events: readonly OnboardProgress[], step: Step, code: ErrorCode): OnboardProgress {
    const last = events.at(-1);
    assert.equal([last?.step, last?.state, last?.error?.code], [step, "failed", code], last?.error?.message);
    const row = errorTable.find((candidate) => candidate.step === step && candidate.code === code);
    assert.ok(row, `${step} ${code} is not in the table`);
    assert.is(last?.message, row?.cause);
    assert.is(last?.error?.hint, row?.remedy);
    return last as OnboardProgress;
  }

  /** Somebody with the firmware of a bulb, but with keys of its own, under a hail that was recorded. */
  function impostor(name: string, bulb: Bulb, description?: string): Bulb {
    const image = impostorFactory({ random: ports.random, ...(description === undefined ? {} : { description }) });
    const fake = makeBulb({
      dir: join(world.dir, name),
      address: name,
      medium: world.medium,
      made: { uri: "", deviceUdf: "", publicationId: "", image },
    });
    return { ...fake, on: () => world.medium.join(name, (stream) => fake.core.attach(stream), bulb.core.hails()) };
  }

  it("refuses what is no device code", async () => {
    const { uri } = await issuePin(world.alice, { roles: ["device"], minutes: 5 });
    failed(await onboard({ uri }), "scan", "ERR_CODE_KIND");
    failed(await onboard({ uri: "WIFI:S:home;T:WPA;P:secret;;" }), "scan", "ERR_CODE_KIND");
    const made = await world.preconfigure();
    failed(await onboard({ uri: made.uri.slice(0, -9) }), "scan", "ERR_CODE_DAMAGED");
    failed(await onboard({ uri: made.uri.replace("@", "") }), "scan", "ERR_CODE_DAMAGED");
    // One that is typed with a letter too many has the same octets.
    failed(await onboard({ uri: `${made.uri}A` }), "scan", "ERR_CODE_DAMAGED");
  });

  it("opens no file that is named in place of a code", async () => {
    const made = await world.preconfigure();
    const path = join(world.dir, "code.png");
    writeFileSync(path, writeQrPng(made.uri));
    for (const uri of [path, `file://${path}`, join(world.dir, "nothing.png")]) failed(await onboard({ uri }), "scan", "ERR_CODE_KIND");
  });

  it("says that a device is not there, or that no medium works", async () => {
    const made = await world.preconfigure();
    failed(await onboard({ uri: made.uri }), "find", "ERR_DEVICE_NOT_FOUND");
    world.medium.state = { state: "unavailable", detail: "no adapter" };
    const last = failed(await onboard({ uri: made.uri }), "find", "ERR_ADAPTER");
    assert.match(last.error?.message ?? "", /no adapter/);
    world.medium.state = { state: "up" };
  });

  it("unmasks an impostor that replays a hail, by its description or by its keys", async () => {
    const bulb = await world.bulb("true-1");
    const stranger = impostor("impostor-1", bulb);
    stranger.on();
    failed(await onboard({ uri: bulb.made.uri }), "describe", "ERR_DESCRIPTION");
    stranger.off();
    const recording = join(world.dir, "recorded");
    writeFileSync(recording, bulb.made.image.SealedDescription);
    const informed = impostor("impostor-2", bulb, recording);
    informed.on();
    failed(await onboard({ uri: bulb.made.uri }), "link", "ERR_LINK");
    informed.off();
  });

  it("finds the bulb among impostors", async () => {
    const bulb = await world.bulb("true-2");
    const recording = join(world.dir, "recorded-2");
    writeFileSync(recording, bulb.made.image.SealedDescription);
    const crowd = [impostor("crowd-1", bulb), impostor("crowd-2", bulb, recording)];
    world.medium.join("crowd-3", () => undefined, bulb.core.hails());
    for (const stranger of crowd) stranger.on();
    const listening = onboard({ uri: bulb.made.uri }, { findSeconds: 4, offerSeconds: 6 });
    await ports.clock.sleep(100);
    bulb.on();
    assert.equal((await listening).at(-1)?.step, "register");
    for (const stranger of crowd) stranger.off();
    world.medium.leave("crowd-3");
  });

  it("refuses another device behind the code, and a description that was changed", async () => {
    const bulb = await world.bulb("sold");
    const other = await world.bulb("swapped");
    const hail = makeHail(hailKey(parseConnectUri(bulb.made.uri).key), ports.random);
    world.medium.join("swapped", (stream) => other.core.attach(stream), [hail]);
    failed(await onboard({ uri: bulb.made.uri }), "describe", "ERR_DESCRIPTION");
    world.medium.leave("swapped");

    const changed = bulb.made.image.SealedDescription.slice();
    changed[changed.length - 40] = (changed[changed.length - 40] ?? 0) ^ 1;
    const image = { ...bulb.made.image, SealedDescription: changed };
    const tampered = makeBulb({ dir: join(world.dir, "tampered"), address: "tampered", medium: world.medium, made: { ...bulb.made, image } });
    tampered.on();
    failed(await onboard({ uri: bulb.made.uri }), "describe", "ERR_DESCRIPTION");
    tampered.off();
  });

  it("says that nothing answers at a peer that hails", async () => {
    const bulb = await world.bulb("mute");
    world.medium.join("mute", () => undefined, bulb.core.hails());
    failed(await onboard({ uri: bulb.made.uri }, { ...quick, meetSeconds: 6 }), "describe", "ERR_TIMEOUT");
    world.medium.leave("mute");
  });

  it("says that nobody accepted, or that the owner refused", async () => {
    await world.agent(false);
    const bulb = await world.bulb("unwanted");
    bulb.on();
    failed(await onboard({ uri: bulb.made.uri }), "accept", "ERR_OFFER_EXPIRED");
    const waiting = onboard({ uri: bulb.made.uri }, { ...quick, offerSeconds: 10 });
    for (let refused = false; !refused; ) {
      await ports.clock.sleep(50);
      await world.alice.sync();
      const offer = (await pendingOffers(world.alice)).find(({ device }) => device.deviceUdf === bulb.made.deviceUdf);
      if (!offer) continue;
      await rejectOffer(world.alice, offer, "too bright");
      refused = true;
    }
    const last = failed(await waiting, "accept", "ERR_REJECTED");
    assert.match(last.error?.message ?? "", /too bright/);
    bulb.off();
    await world.agent(true);
  });

  it("says that the device refused its owner: it is locked to another one", async () => {
    const bulb = await world.bulb("stolen");
    bulb.on();
    assert.is((await onboard({ uri: bulb.made.uri }, { findSeconds: 4, offerSeconds: 6 })).at(-1)?.step, "register");
    bulb.skipHours(25);
    bulb.core.factoryReset();
    await eventually("it hails anew", () => bulb.core.status().mode === "onboard");

    const bob = await world.household.create("bob", "bob@example.com");
    const context = await world.household.join(bob, "bobs-hub", ["hub"]);
    await openWindow({ dir: bob.dir, minutes: 60, ports });
    const agent = pump(async () => {
      await bob.sync();
      await attend(bob, { claim: false });
    });
    const hub = await startHub({ context, media: [world.medium], dir: join(world.dir, "bobs"), times: { findSeconds: 4, offerSeconds: 6 } });
    try {
      const last = failed(await collect(hub.onboarding.onboard({ uri: bulb.made.uri })), "deliver", "ERR_OWNED");
      assert.match(last.error?.hint ?? "", /reset button/);
      assert.match(last.error?.message ?? "", /locked to another owner/);
    } finally {
      await agent.stop();
      await hub.stop();
      bulb.off();
    }
  });

  it("says that the device left after it was accepted, and goes on from there with the next scan", async () => {
    await world.agent(false);
    const bulb = await world.bulb("leaver");
    bulb.on();
    const waiting = onboard({ uri: bulb.made.uri }, { ...quick, offerSeconds: 10 });
    await eventually("it is offered", () => bulb.events.includes("unlinked"));
    bulb.off();
    await world.agent(true);
    failed(await waiting, "deliver", "ERR_DEVICE_OFFLINE");
    await world.agent(false);
    bulb.on();
    const again = onboard({ uri: bulb.made.uri }, { findSeconds: 4, offerSeconds: 6 });
    await eventually("it is delivered without another acceptance", () => bulb.events.includes("committed"));
    await world.agent(true);
    const events = await again;
    assert.is(events.at(-1)?.step, "register");
    assert.not.ok(events.some(({ step }) => step === "offer"));
  });

  it("a device that comes back to its hub while its code is scanned again, and something else answers to that, is connected already", async () => {
    const bulb = await world.bulb("returning");
    const hub = await startHub({
      context: world.hubContext,
      media: [world.medium],
      dir: join(world.dir, "hub-returning"),
      times: { findSeconds: 4, offerSeconds: 10, meetSeconds: 20 },
    });
    try {
      bulb.on();
      assert.is((await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1)?.step, "register");
      bulb.off();
      await eventually("it is gone", () => hub.links.status(bulb.made.deviceUdf) !== "Online");
      const hail = makeHail(hailKey(parseConnectUri(bulb.made.uri).key), ports.random);
      world.medium.join("replayed", (stream) => void stream.close(), [hail]);
      const scanning = collect(hub.onboarding.onboard({ uri: bulb.made.uri }));
      await eventually("what hails is tried", () => world.medium.opened.includes("replayed"));
      bulb.on();
      const last = (await scanning).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      assert.match(last?.message ?? "", /connected already/);
    } finally {
      world.medium.leave("replayed");
      await hub.stop();
      bulb.off();
    }
  });

  it("a device is connected where its description cannot be kept for the next scan", async () => {
    const bulb = await world.bulb("unkept");
    const dir = join(world.dir, "hub-unkept");
    mkdirSync(join(dir, "onboarding"), { recursive: true });
    writeFileSync(join(dir, "onboarding", "description"), "no directory");
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir, times: { findSeconds: 4, offerSeconds: 10 } });
    try {
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
    } finally {
      await hub.stop();
      bulb.off();
    }
  });
});
