/** The message commands as alice, bob and mallet type them: what waits, decisions, confirmations with exit statuses, blocks. */
import { assert, describe } from "../../harness/suite.ts";
import { freePort } from "../../kit/free-port.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman message", (it) => {
  let house: Household;
  let alice: Machine;
  let phone: Machine;
  let bob: Machine;
  let mallet: Machine;

  it.before(async () => {
    house = await startHousehold();
    [alice, phone, bob, mallet] = ["alice", "phone", "bob", "mallet"].map((name) => machine(house.home(name), house.service.url)) as [
      Machine,
      Machine,
      Machine,
      Machine,
    ];
    for (const [who, name] of [
      [alice, "alice"],
      [bob, "bob"],
      [mallet, "mallet"],
    ] as const)
      await who.does("account", "create", `${name}@example.com`);
    const { uri } = await alice.json("account", "pin", "--role", "message");
    await phone.does("device", "join", uri);
    await alice.does("account", "sync");
    await phone.does("device", "complete");
  });
  it.after(() => house.stop());

  it("shows a contact's request with its trust and age, and takes it in", async () => {
    await bob.does("contact", "request", "alice@example.com", "--message", "it is\u001b[31m bob");
    const outcome = async (): Promise<string> => (await bob.json("message", "status")).messages[0].outcome;
    assert.is(await outcome(), "waiting");
    const { pending } = await alice.json("message", "pending");
    assert.equal([pending.length, pending[0].kind, pending[0].type, pending[0].from], [1, "contact", "MessageContact", "bob@example.com"]);
    assert.ok(pending[0].received && pending[0].trust === undefined);
    const shown = await alice.run(["message", "pending"]);
    assert.match(shown.stdout, /\tcontact\tbob@example\.com\tno contact yet\t.*\tit is\\x1b\[31m bob/);
    assert.match(shown.stderr, /next: 'meshman message accept/);
    const onPhone = (await phone.json("message", "pending")).pending;
    assert.equal([onPhone[0].kind, onPhone[0].type, onPhone[0].from], ["other", "MessageContact", "bob@example.com"]);
    await phone.fails(2, "message", "accept", onPhone[0].messageId);
    await alice.fails(2, "message", "accept", "NABC");
    await alice.fails(66, "message", "accept", "NABCDEFGH");
    await alice.does("message", "accept", pending[0].messageId.slice(0, 12), "Bobby");
    assert.is((await alice.json("contact", "get", "Bobby")).address, "bob@example.com");
    await bob.does("account", "sync");
    assert.is(await outcome(), "exchanged");
    assert.match((await alice.run(["message", "pending"])).stderr, /nothing waits/);
  });

  it("confirms by the phone, and the script learns it: 0", async () => {
    const asking = bob.run(["message", "confirm", "alice@example.com", "deploy 7", "--wait", "60s", "--json"]);
    let waiting: { messageId: string; kind: string; trust: string }[] = [];
    while (waiting.length === 0) waiting = (await phone.json("message", "pending")).pending;
    assert.equal([waiting[0]!.kind, waiting[0]!.trust], ["confirmation", "FirstUse"]);
    assert.match(
      await phone.does("message", "accept", waiting[0]!.messageId),
      /^accepted\tconfirm\talice|^accepted\tconfirm\tbob@example\.com\tdeploy 7/,
    );
    const ran = await asking;
    const told = JSON.parse(ran.stdout);
    assert.equal([ran.status, told.success, told.outcome, told.recipient], [0, true, "accepted", "alice@example.com"]);
    const { devices } = await alice.json("device", "list");
    assert.ok(devices.some(({ deviceUdf }: { deviceUdf: string }) => deviceUdf === told.deviceUdf));
    await phone.fails(66, "message", "reject", waiting[0]!.messageId);
    await bob.does("message", "status", told.messageId);
    // Her service cannot be asked whether that phone is still hers.
    const status = ["--peer", `example.com=http://127.0.0.1:${await freePort()}`, "message", "status", told.messageId];
    const unsure = await bob.run([...status, "--json"]);
    const result = JSON.parse(unsure.stdout);
    assert.equal([unsure.status, result.success, result.outcome], [5, false, "accepted"], unsure.stderr);
    assert.ok(result.profile.unconfirmed);
    assert.match((await bob.run(status)).stderr, /could not be asked for a newer one.*\n.*--allow-unconfirmed/);
    const allowed = await bob.run([...status, "--allow-unconfirmed", "--json"]);
    assert.equal([allowed.status, JSON.parse(allowed.stdout).success], [0, true], allowed.stderr);
  });

  it("tells rejected, expired, not answered and not delivered apart: 1, 3, 75, 4", async () => {
    const ask = async (text: string, ...more: string[]) => await bob.run(["message", "confirm", "alice@example.com", text, "--json", ...more]);
    const first = await ask("one");
    const { messageId } = JSON.parse(first.stdout);
    assert.equal([first.status, JSON.parse(first.stdout).outcome], [0, "pending"]);
    assert.is((await bob.run(["message", "status", messageId])).status, 75);
    assert.is((await ask("two", "--wait", "1s")).status, 75);
    const { pending } = await alice.json("message", "pending");
    await alice.does("message", "reject", pending[0].messageId);
    assert.is((await bob.run(["message", "status", messageId])).status, 1);
    const late = await ask("three", "--wait", "--expire", "1s");
    assert.equal([late.status, JSON.parse(late.stdout).outcome], [3, "expired"]);
    assert.match(await alice.does("message", "block", "bob@example.com"), /^blocked\tbob@example\.com\t\d closed/);
    const lost = await ask("four");
    assert.equal([lost.status, JSON.parse(lost.stdout).outcome], [4, "undelivered"]);
    assert.match(await bob.does("message", "status"), /undelivered\tRefused\talice@example\.com\t.*\tfour/);
    assert.equal((await alice.json("message", "blocked")).blocked, ["bob@example.com"]);
    await phone.fails(77, "message", "block", "mallet@example.com");
    await alice.does("message", "unblock", "bob@example.com");
    assert.is((await ask("five")).status, 0);
  });

  it("takes nothing of mallet, who is no contact, and nothing of one who was blocked by his message", async () => {
    await mallet.fails(66, "message", "confirm", "alice@example.com", "pay");
    await mallet.does("contact", "request", "alice@example.com");
    const { pending } = await alice.json("message", "pending");
    const [asked] = pending.filter(({ from }: { from: string }) => from === "mallet@example.com");
    await alice.does("message", "block", asked.messageId);
    const again = await mallet.run(["contact", "request", "alice@example.com", "--json"]);
    assert.equal([again.status, JSON.parse(again.stdout).outcome], [4, "refused"]);
    const { messages } = await mallet.json("message", "status");
    assert.equal(
      messages.map(({ type, delivery, recipient }: Record<string, string>) => [type, delivery, recipient]),
      [
        ["MessageContact", "Refused", "alice@example.com"],
        ["MessageContact", "Received", "alice@example.com"],
      ],
    );
    assert.match(await mallet.does("message", "status"), /\tcontact\t\tRefused\talice@example\.com\t/);
    assert.is((await mallet.run(["message", "status", messages[0].envelopeId])).status, 4);
    assert.is((await mallet.run(["message", "status", messages[1].envelopeId])).status, 0);
    const left = (await alice.json("message", "pending")).pending;
    assert.not.ok(left.some(({ from }: { from: string }) => from === "mallet@example.com"));
    // He holds alice's profile by now, and asks as if he were her contact.
    const sent = await mallet.run(["message", "confirm", "alice@example.com", "pay", "--json"]);
    assert.is(sent.status, 4, sent.stdout);
  });
});
