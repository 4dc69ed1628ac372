/** What time does to an account: stages that nobody switched to, former epochs of MMM_State, bodies of commands. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newNonce } from "../../src/crypto/index.ts";
import { encodeEnvelope, frameOf, isRedacted, parseEnvelope } from "../../src/dare/index.ts";
import { accountFolder } from "../../src/provider/account-folder.ts";
import type { Limits } from "../../src/provider/limits.ts";
import type { MeshService } from "../../src/provider/mesh-service.ts";
import { rightsOf } from "../../src/schema/index.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { askStage, goOn, prepare, sendPages } from "../kit/epoch.ts";
import { eventually } from "../kit/eventually.ts";
import { clientOf, makeDevice, message, Person, random, startService } from "../kit/service.ts";

const day = 24 * 3600_000;
const entry = { CatalogedPlace: { Key: "a", LocalName: "a" } };

class World {
  /** Begins with the clients' time: sessions are opened again as it moves on. */
  readonly clock = new ManualClock(Date.now());
  limits: Partial<Limits>;
  service!: MeshService;
  dir!: string;
  alice!: Person;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { strangerRequestBurst: 1e6, ...limits };
  }

  async start(): Promise<this> {
    const port = this.service === undefined ? 0 : Number(new URL(this.service.url).port);
    await this.service?.stop();
    const dir = this.dir === undefined ? {} : { dir: this.dir };
    Object.assign(this, await startService({ ...dir, port, clock: this.clock, limits: this.limits }));
    this.alice ??= await (await Person.meet("alice@example.com", this.service.url)).bind();
    return this;
  }

  get files(): string[] {
    return readdirSync(join(this.dir, "accounts", accountFolder(this.alice.address)));
  }

  /** Time passes, and the service has looked who is due. */
  async pass(ms: number, isDone: () => boolean | Promise<boolean>): Promise<void> {
    this.clock.advance(ms);
    await eventually("the service has looked after the account", async () => {
      this.clock.advance(60_000);
      return await isDone();
    });
  }
}

describe("provider: what time does", (it) => {
  it("drops what was staged and not switched to for a day, over a restart too", async () => {
    const world = await new World().start();
    const { alice } = world;
    await alice.write("MMM_Place", [{ key: "a", entry }]);
    const prepared = await prepare(alice, "MMM_Place", [{ key: "a", entry }]);
    await sendPages(alice, prepared);
    world.clock.advance(20 * 3600_000);
    await sendPages(alice, { ...prepared, frames: prepared.frames }, { from: 0 });
    await world.start();
    assert.ok(world.files.some((name) => name.includes("staged")));
    await world.pass(2 * day, () => !world.files.some((name) => name.includes("staged")));
    assert.is((await askStage(alice, prepared)).Index, 0);
    assert.is((await alice.store("MMM_Place")).frames.length, 3);
    assert.equal(readdirSync(join(world.dir, "due")), []);
  });

  it("keeps a former epoch of MMM_State for thirty days, and those of other catalogs", async () => {
    const world = await new World().start();
    const { alice } = world;
    for (const label of ["MMM_State", "MMM_Place"] as const) await alice.write(label, [{ key: "a", entry }]);
    await goOn(alice, ["MMM_State", [{ key: "a", entry }]], ["MMM_Place", [{ key: "a", entry }]]);
    world.clock.advance(29 * day);
    await world.start();
    const former = (Container: string) => alice.client.download({ Account: alice.address, Select: [{ Container, Epoch: 0, IndexMin: 0 }] });
    assert.is((await former("MMM_State")).Updates[0]!.Envelopes.length, 3);
    const isGone = () =>
      former("MMM_State").then(
        () => false,
        () => true,
      );
    await world.pass(2 * day, async () => !world.files.includes("MMM_State.dare") && (await isGone()));
    await throwsMesh(former("MMM_State"), "ERR_NOT_FOUND");
    assert.is((await former("MMM_Place")).Updates[0]!.Envelopes.length, 3);
    assert.is((await alice.store("MMM_State")).frames.length, 3);
  });

  it("erases the bodies of commands and answers after a day, in every file; digests stay, and the same message is still known", async () => {
    const world = await new World({ sweepFrames: 2 }).start();
    const { alice } = world;
    const secret = "OpenTheGarageDoorPlease";
    const send = (Command: ReturnType<typeof message>[]) => alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Command });
    const of = (type: string) => message({ type, body: { Text: secret } });
    const first = [of("RequestCommand"), of("RespondCommand"), of("AcceptConnection"), of("GuestOrder")];
    await send(first);
    const before = await alice.store("MMM_Command");
    world.clock.advance(day / 2);
    await send([of("RequestCommand")]);
    const erased = async () => (await alice.store("MMM_Command")).frames.map((frame) => isRedacted(frameOf(frame)));
    await world.pass(day / 2 + 60_000, async () => (await erased()).filter(Boolean).length === 3);
    assert.equal(await erased(), [false, true, true, false, true, false]);
    const after = await alice.store("MMM_Command");
    for (const [i, frame] of before.frames.entries()) assert.equal(after.frames[i]!.trailer!.TreeDigest, frame.trailer!.TreeDigest);
    assert.equal(encodeEnvelope(parseEnvelope(after.frames[3]!.body)), encodeEnvelope(first[2]!));
    await send(first);
    assert.is((await alice.store("MMM_Command")).frames.length, 6, "the same messages again are not appended");
    await world.pass(day, async () => (await erased()).filter(Boolean).length === 4);
    await world.start();
    assert.is((await erased()).filter(Boolean).length, 4);
    await world.service.stop();
    const folder = join(world.dir, "accounts", accountFolder(alice.address));
    const found = world.files.filter((name) => {
      const text = readFileSync(join(folder, name), "latin1");
      return [0, 1, 2].some((n) => text.includes(btoa(`${"x".repeat(n)}${secret}`).slice(4, -4))) || text.includes(secret);
    });
    // One message of another kind keeps its body.
    assert.equal(found, ["MMM_Command.dare"]);
  });

  it("looks at once where a service that was started again keeps things for a shorter time, and not for a longer one", async () => {
    const world = await new World({ commandBodyMs: day / 2 }).start();
    const { alice } = world;
    await alice.client.transact({
      Account: alice.address,
      RequestId: newNonce(random),
      Command: [message({ type: "RequestCommand", body: { Text: "a" } })],
    });
    const [name = ""] = readdirSync(join(world.dir, "due"));
    const due = () => Number(readFileSync(join(world.dir, "due", name), "utf8").split(" ")[0]);
    const first = due();
    assert.ok(first >= world.clock.now() + day / 2 - 60_000);
    const isErased = async () => (await alice.store("MMM_Command")).frames.some((frame) => isRedacted(frameOf(frame)));
    world.limits = { ...world.limits, commandBodyMs: day };
    await world.start();
    let looks = 0;
    await world.pass(60_000, () => ++looks > 5);
    assert.is(due(), first, "nobody has looked, or it were reminded of a later time");
    world.limits = { ...world.limits, commandBodyMs: 3600_000 };
    world.clock.advance(2 * 3600_000);
    await world.start();
    await world.pass(60_000, isErased);
    assert.ok(world.clock.now() < first, "before the time that it was reminded of");
  });

  it("erases other messages of MMM_Command a day after an administrator has closed them, by place and name; a hub closes nothing", async () => {
    const world = await new World({ sweepFrames: 2 }).start();
    const { alice } = world;
    const device = makeDevice();
    await alice.grant(alice.device.link, rightsOf(["admin"]));
    await alice.grant(device.link, rightsOf(["hub"]));
    const hub = clientOf(alice.url, device.link, alice.address);
    const send = (client: typeof alice.client, ...Command: ReturnType<typeof message>[]) =>
      client.transact({ Account: alice.address, RequestId: newNonce(random), Command });
    const reports = ["ForwardAccept", "DeviceReleased", "OfferCommandKey"].map((type) => message({ type, body: { Text: "secret" } }));
    await send(alice.client, ...reports);
    const close = (...places: readonly (readonly [number, string])[]) =>
      message({
        type: "MessageComplete",
        body: { MessageId: newNonce(random), References: places.map(([Index, MessageId]) => ({ MessageId, Index, Relationship: "Closed" })) },
      });
    const nameOf = (at: number): string => reports[at]?.header.EnvelopeId ?? "";
    const erased = async () => (await alice.store("MMM_Command")).frames.map((frame) => isRedacted(frameOf(frame)));
    await world.pass(3 * day, async () => true);
    await send(hub, close([1, nameOf(0)]));
    await send(alice.client, close([2, nameOf(1)], [3, nameOf(0)], [99, nameOf(2)]));
    assert.equal(await erased(), [false, false, false, false, false, false]);
    await world.pass(day + 60_000, async () => (await erased()).includes(true));
    assert.equal(await erased(), [false, false, true, false, false, false], "the one whose place and name agree");
  });
});
