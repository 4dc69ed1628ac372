/**
 * Sealed orders for a lock whose hub is killed with one in its journal: after the restart the lock has carried it out at most once, and what the sender is
 * told is the lock's own word, or that nobody knows. The spool, the journal, the lock and its halves are real; the link is one in memory, and the lock
 * belongs to an owner of its own, who seals the orders.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { dateTime, systemClock } from "../../../src/base/clock.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { envelopeId, newNonce, responseId } from "../../../src/crypto/index.ts";
import { openObject, publicKeyOf, RequestCommand, RespondCommand } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { gather } from "../../kit/gather.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { House } from "../../kit/lock-house.ts";
import { carriedOut, delegate, delegation, lockDescription, lockHouse, makePhone, orderOf, relink, restart, verified } from "../../kit/lock-house.ts";
import { nodeWords } from "../../kit/node-words.ts";
import { openRemote } from "../../kit/remote-hub.ts";
import { ScriptedDevices } from "../../kit/scripted-state.ts";

/** Devices of which one is that lock. */
class WithLock extends ScriptedDevices {
  readonly #lock: House;
  /** Sealed orders that were brought to it. */
  brought = 0;

  constructor(lock: House) {
    super();
    this.#lock = lock;
    this.statuses.set(lock.made.deviceUdf, "Online");
  }

  override nonce() {
    return this.#lock.power.nonce(30);
  }

  override judge(_deviceUdf?: string, order?: Parameters<House["power"]["judge"]>[0]) {
    this.brought += 1;
    return this.#lock.power.judge(order!);
  }
}

describe("a hub that is killed with a sealed order", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let phone: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    phone = await house.join(alice, "phone", ["device", "command"]);
    await hub.sync();
    await phone.sync();
  });
  it.after(() => house.stop());

  /** A lock, and an order to open it that its sender has put into the spool. */
  async function ordered(seconds = 25) {
    const lock = await lockHouse();
    const owner = makePhone();
    assert.is((await delegate(lock, delegation(lock, 1, [owner]))).Result, "Accept");
    const order = orderOf(lock, owner, { Nonce: (await lock.power.nonce(30)).nonce });
    const request: RequestCommand = {
      MessageId: newNonce(ports.random),
      Sender: phone.deviceUdf,
      HubUdf: hub.deviceUdf,
      DeviceUdf: lock.made.deviceUdf,
      Command: "Unlock",
      Arguments: [],
      SealedOrder: order.sealed,
      OrderId: order.messageId,
      Expires: dateTime(systemClock.now() + seconds * 1000),
      CommandEpoch: newNonce(ports.random),
    };
    return { lock, order, request };
  }

  /** The hub notes the request and is killed before it does anything else. */
  function killed(dir: string, request: RequestCommand): void {
    const script = packagePath("test/hub/command/crash-process.ts");
    const child = spawnSync(process.execPath, [...nodeWords(script), join(dir, "command.journal")], {
      input: encodeObject(RequestCommand, request),
    });
    assert.is(child.signal, "SIGKILL", child.stderr.toString());
  }

  /** The hub starts again on the same disk, with a session of its own to the lock. */
  async function started(dir: string, lock: House) {
    const devices = new WithLock(lock);
    const describeOwn = (udf: string) => (udf === lock.made.deviceUdf ? lockDescription : undefined);
    return { devices, ...(await openRemote({ hub, dir, devices, describeOwn, epoch: newNonce(ports.random) })) };
  }

  async function answers({ MessageId }: RequestCommand): Promise<RespondCommand[]> {
    await alice.sync({ stores: ["MMM_Command"] });
    const found = (await gather(alice.messages("MMM_Command"))).filter((message) => message.envelopeId === envelopeId(responseId(MessageId)));
    return found.map(({ envelope }) => openObject(RespondCommand, envelope, [phone.keys.encryption], [publicKeyOf(hub.keys.connection.Signature)]));
  }

  async function answer(request: RequestCommand): Promise<RespondCommand> {
    await eventually("the sender has an answer", async () => (await answers(request)).length > 0);
    const [only, ...more] = await answers(request);
    assert.equal(more, [], "it is answered once");
    return only!;
  }

  const isLocked = (lock: House): unknown => lock.device.core.values.Locked;

  it("before it was brought: the lock opens once, by its own word, and no later start brings it again", async () => {
    const dir = tempDirectory();
    const { lock, order, request } = await ordered();
    killed(dir, request);
    const first = await started(dir, await relink(lock));
    const { Result, EnvelopedReported } = await answer(request);
    const report = verified(lock, EnvelopedReported);
    assert.equal([Result, report.Result, report.MessageId], ["Accept", "Accept", order.messageId]);
    assert.equal([carriedOut(lock.device), isLocked(lock), first.devices.brought], [1, false, 1]);
    await first.close();
    const next = await started(dir, await relink(lock));
    assert.equal(next.log.open(), []);
    await next.close();
    assert.equal([next.devices.brought, carriedOut(lock.device), (await answers(request)).length], [0, 1, 1]);
  });

  it("after it was brought: the lock does nothing again, and no word but its own says that it opened", async () => {
    const dir = tempDirectory();
    const { lock, order, request } = await ordered();
    killed(dir, request);
    assert.is((await lock.power.judge(order)).result, "Accept");
    await lock.session.request("Command", { Command: "Lock", Arguments: [] });
    await started(dir, await relink(lock));
    const { Result, EnvelopedReported } = await answer(request);
    assert.is.not(Result, "Reject", "it was done");
    if (EnvelopedReported) assert.is(verified(lock, EnvelopedReported).Result, "Accept");
    else assert.is(Result, "Pending", "the hub does not know");
    assert.equal([carriedOut(lock.device), isLocked(lock)], [1, true], "who locked it again finds it locked");
  });

  it("when the lock was without power, too: it stays shut, and the hub's word is no word of the lock", async () => {
    const dir = tempDirectory();
    const { lock, request } = await ordered();
    killed(dir, request);
    const later = await restart(lock);
    await started(dir, later);
    const { Result, ErrorReport = "", EnvelopedReported } = await answer(request);
    assert.equal([Result, EnvelopedReported], ["Reject", undefined]);
    assert.match(ErrorReport, /nonce of the order is over/);
    assert.equal([carriedOut(lock.device) + carriedOut(later.device), isLocked(later)], [0, true]);
  });

  it("when it is over: it is not brought, and the sender hears that nobody knows what came of it", async () => {
    const dir = tempDirectory();
    const { lock, request } = await ordered(-1);
    killed(dir, request);
    const { devices } = await started(dir, await relink(lock));
    const { Result, ErrorReport = "", EnvelopedReported } = await answer(request);
    assert.equal([Result, EnvelopedReported], ["Expired", undefined]);
    assert.match(ErrorReport, /^ERR_COMMAND_EXPIRED: the hub went down while it carried this out/);
    assert.equal([devices.brought, carriedOut(lock.device), isLocked(lock)], [0, 0, true]);
  });
});
