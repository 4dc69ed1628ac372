/**
 * Where secrets lie in the memory of the firmware in C, as it would be compiled for use: all that the process may write is read through /proc while it runs.
 * That stands for a debugger at a chip. What the device keeps stands there once; what it was told, opened or refused is gone with the answer.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { utf8 } from "../../src/base/bytes.ts";
import { ReleaseDevice } from "../../src/schema/index.ts";
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { order, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { delegate, delegation, makePhone, orderOf, work } from "../kit/lock-house.ts";
import { dealTo, makeHub, newCode } from "../kit/owner.ts";
import { DeviceUnderTest } from "./device-under-test.ts";
import { posix } from "./implementation.ts";
import { startReach } from "./reach.ts";

const plain = posix("-DNDEBUG");

/** How often octets stand in what a process may write: data, heap and stack. */
function copies(pid: number, wanted: Uint8Array): number {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  let found = 0;
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === "" || line.includes("[vvar]")) continue;
    const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
    const octets = Buffer.alloc(end - start);
    const read = readSync(memory, octets, 0, octets.length, start);
    for (let at = octets.indexOf(wanted); at >= 0 && at < read; at = octets.indexOf(wanted, at + 1)) found += 1;
  }
  closeSync(memory);
  return found;
}

describe("secrets in the memory of the firmware in C", (it) => {
  for (const medium of ["tcp", "serial", "mqtt"] as const) {
    it(
      `over ${medium}: what it keeps stands once, what it was told is gone with the answer`,
      async () => {
        const missing = plain.missing("lock");
        skipUnless(missing === undefined, missing ?? "");
        skipUnless(existsSync("/proc/self/maps"), "needs /proc");
        const device = new DeviceUnderTest({ implementation: plain, className: "lock", reach: await startReach(medium) });
        await device.powerOn();
        const count = (octets: Uint8Array): number => copies(device.process.process.pid ?? 0, octets);
        const { KLink, Kd, KHail } = device.made.factory;
        // The file of the factory, which a chip reads in its flash; it shows that the search finds what is there.
        assert.equal([count(KLink), count(Kd), count(KHail)], [1, 1, 1]);

        const first = await device.prepare();
        const refused = dealTo(first.holding, makeHub(), 1);
        assert.is((await first.session.request("Deliver", { Sealed: refused.sealed }, { timeoutMs: 30_000 })).Result, "Reject");
        const { LinkRoot, EncryptShare, SignatureShare } = refused.respond;
        assert.equal([count(LinkRoot), count(EncryptShare), count(SignatureShare)], [0, 0, 0], "a delivery that was refused");
        await first.session.close();

        const { session } = await device.connect();
        const { respond, psk, hailKey } = device.dealt ?? refused;
        assert.equal([count(respond.LinkRoot), count(respond.EncryptShare), count(respond.SignatureShare)], [1, 1, 1], "what it keeps");
        assert.equal([count(psk), count(hailKey)], [0, 0], "what it derives");
        assert.equal([count(KLink), count(Kd), count(KHail)], [1, 1, 1]);
        const MessageId = "NMEMORY-OF-A-COMMAND";
        assert.is((await session.request("Command", { MessageId, Command: "Identify", Arguments: [] })).Result, "Accept");
        // The answer is out a moment before the packet that asked for it is done with.
        await eventually("a message that was answered is gone", () => count(utf8(MessageId)) === 0);
        await session.close();

        const { session: ordering } = await device.link();
        const house = { ...device.owned(), ...work(ordering, device.owned()) };
        const phone = makePhone();
        assert.is((await delegate(house, delegation(house, 1, [phone]))).Result, "Accept");
        const given = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: "Lock", MessageId: "NMEMORY-OF-AN-ORDER" });
        assert.is((await house.power.judge(given)).result, "Accept");
        assert.is(count(utf8(given.order.MessageId)), 1, "its name, as long as its nonce is not over");
        await ordering.close();

        // A hub that goes while the device waits for its help.
        const { session: leaving } = await device.link(() => []);
        const { Nonce } = await leaving.request("Challenge", { Seconds: 30 });
        const cut = orderOf(device.owned(), phone, { Nonce, Command: "Lock" });
        const asking = leaving.request("Order", { Sealed: cut.sealed }).catch(() => undefined);
        await eventually("the device has the order", () => count(cut.sealed.subarray(0, 200)) > 0);
        await leaving.close();
        await asking;
        await eventually("and lets go of it", () => count(cut.sealed.subarray(0, 200)) === 0);

        const { session: parting } = await device.link();
        const { holding, dealt, hub, made } = device;
        if (holding === undefined || dealt === undefined) throw new Error("not connected");
        const renewed = newCode(made);
        assert.is((await parting.request("Release", order(ReleaseDevice, releaseTo(renewed, dealt.epoch), holding, hub))).Result, "Accept");
        await eventually("it hails under its new code", () => device.hailed(renewed.factory.KHail));
        const old = [respond.LinkRoot, respond.EncryptShare, respond.SignatureShare, psk, hailKey, utf8("NMEMORY-OF-AN-ORDER")];
        assert.equal(old.map(count), [0, 0, 0, 0, 0, 0], "nothing is left of the connection");
        assert.equal([count(renewed.factory.KLink), count(renewed.factory.Kd)], [1, 1], "the new code stands in its place");
      },
      { timeoutMs: 180_000 },
    );
  }
});
