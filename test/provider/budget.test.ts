/** What an account may hold, and how the service says that it is full or short of something: over real HTTP. */
import { newNonce } from "../../src/crypto/index.ts";
import type { Limits } from "../../src/provider/limits.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { keepingLog, message, Person, random, startService } from "../kit/service.ts";

const place = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });
const pin = () => message({ type: "MessagePin", body: {} });

async function aliceWith(limits: Partial<Limits>): Promise<Person> {
  const { service } = await startService({ limits });
  return await (await Person.meet("alice@example.com", service.url)).bind();
}

describe("provider: budgets of an account", (it) => {
  it("refuses messages of each kind beyond their budget, says the figure, and takes everything else", async () => {
    const alice = await aliceWith({ localFrames: 3, commandFrames: 2 });
    const local = (count: number) =>
      alice.client.transact({ Account: alice.address, RequestId: newNonce(random), Local: Array.from({ length: count }, pin) });
    await local(2);
    const error = await throwsMesh(local(1), "ERR_QUOTA");
    assert.match(error.message, /3 frames in MMM_Local/);
    const command = (id: string) => alice.client.transact({ Account: alice.address, RequestId: id, Command: [pin()] });
    await command("1");
    await throwsMesh(command("2"), "ERR_QUOTA");
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    assert.is((await alice.store("MMM_Local")).frames.length, 3);
  });

  it("refuses frames and octets beyond what the account may hold; nothing of a refused change is there", async () => {
    const few = await aliceWith({ accountFrames: 12 });
    await few.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    const error = await throwsMesh(
      few.write(
        "MMM_Place",
        ["b", "c", "d", "e", "f"].map((key) => ({ key, entry: place(key) })),
      ),
      "ERR_QUOTA",
    );
    assert.match(error.message, /12 frames/);
    assert.is((await few.store("MMM_Place")).frames.length, 3);
    const small = await aliceWith({ accountOctets: 40_000 });
    const large = await throwsMesh(small.write("MMM_Place", [{ key: "a", entry: place("x".repeat(50_000)) }]), "ERR_QUOTA");
    assert.match(large.message, /40000 octets/);
    await small.write("MMM_Place", [{ key: "a", entry: place("a") }]);
  });

  it("a recipient that is full takes no more, and its sender's request does not fail for it", async () => {
    const { service } = await startService({ limits: { inboundFrames: 2 } });
    const alice = await (await Person.meet("alice@example.com", service.url)).bind();
    const bob = await (await Person.meet("bob@example.com", service.url)).bind();
    const post = async () => {
      const Messages = [message({ type: "MessageContact", body: { Sender: bob.address } })];
      return (await bob.client.post({ Accounts: [alice.address], Messages })).Entries.map(({ Result }) => Result);
    };
    assert.equal(await post(), ["Accept"]);
    assert.equal(await post(), ["Reject"]);
  });

  it("keeps the last of the disk for the accounts it has", async () => {
    const lines: { event: string }[] = [];
    const first = await startService();
    const alice = await (await Person.meet("alice@example.com", first.service.url)).bind();
    const port = Number(new URL(first.service.url).port);
    await first.service.stop();
    const { service } = await startService({ dir: first.dir, port, limits: { reserveOctets: 2 ** 60 }, log: keepingLog(lines) });
    const error = await throwsMesh((await Person.meet("bob@example.com", service.url)).bind(), "ERR_SERVICE_UNREACHABLE");
    assert.match(error.message, /disk/);
    await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
    assert.ok(lines.some(({ event }) => event === "disk.reserve"));
  });
});

describe("provider: answers that were seen", (it) => {
  it("a client tells with its next Transact which answers arrived, and the service forgets them", async () => {
    const alice = await aliceWith({});
    const request = (RequestId: string) => ({ Account: alice.address, RequestId, Local: [pin()] });
    const first = request("first");
    await alice.client.transact(first);
    await alice.client.transact(first);
    assert.is((await alice.store("MMM_Local")).frames.length, 2, "the same request is not done twice");
    await alice.client.transact(request("second"));
    // Its answer was acknowledged: what comes under that name is a new request.
    await alice.client.transact(request("first"));
    assert.is((await alice.store("MMM_Local")).frames.length, 4);
  });
});

describe("provider: what it says of itself and of requests", (it) => {
  it("Hello names encodings, addresses and the form of account names", async () => {
    const { service } = await startService();
    const alice = await Person.meet("alice@example.com", service.url);
    const { Version, PolicyAccount } = await alice.client.hello();
    assert.equal(
      Version?.Encodings?.map(({ ID }) => ID),
      [["application/json"]],
    );
    assert.equal(Version?.URI, [`${service.url}/.well-known/mmm`]);
    assert.is(PolicyAccount?.Minimum, 1);
    assert.is(PolicyAccount?.Maximum, 64);
    for (const character of ["@", " ", "/", "\n", '"']) assert.ok(PolicyAccount?.InvalidCharacters?.includes(character), JSON.stringify(character));
    for (const character of ["a", "Z", "0", ".", "_", "+", "-"]) assert.not.ok(PolicyAccount?.InvalidCharacters?.includes(character), character);
  });

  it("Download refuses by name what it does not select by", async () => {
    const alice = await aliceWith({});
    const select = { Container: "MMM_Local", IndexMin: 0 };
    for (const [member, value] of [
      ["NotBefore", "2026-01-01T00:00:00Z"],
      ["Before", "2026-01-01T00:00:00Z"],
      ["PageKey", "x"],
    ] as const) {
      const error = await throwsMesh(alice.client.download({ Account: alice.address, Select: [{ ...select, [member]: value }] }), "ERR_USAGE");
      assert.match(error.message, new RegExp(member));
    }
    for (const ConstraintsPost of [{ BytesOffset: 1 }, { Payload: false }]) {
      await throwsMesh(alice.client.download({ Account: alice.address, Select: [select], ConstraintsPost }), "ERR_USAGE");
    }
  });
});
