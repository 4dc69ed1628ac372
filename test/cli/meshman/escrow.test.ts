/** `meshman account escrow` and `recover`: shares of a real account, everything lost but the service, and what a bare machine is then. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MeshService } from "../../../src/provider/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";

describe("meshman: escrow and recovery", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  const on = (name: string): Machine => machine(join(root, name), service.url);
  let shares: readonly string[] = [];
  let udf = "";
  let record = "";
  const alice = "alice@example.com";

  it.before(async () => {
    const bind = { kind: "open" } as const;
    await service.start({ bind, dir: join(root, "service"), host: "127.0.0.1", port: 0, ...ports });
    udf = fieldOf(await on("desk").does("account", "create", alice, "--name", "desk"), "UDF");
    await on("desk").does("place", "add", "kitchen");
    const { uri } = await on("desk").json("account", "pin", "--role", "web");
    await on("laptop").does("device", "request", uri, "--name", "laptop");
    await on("desk").does("account", "sync");
    await on("laptop").does("device", "complete");
  });
  it.after(() => service.stop());

  it("prints shares, of which any quorum is good, as text and as codes", async () => {
    const printed = await on("desk").run(["account", "escrow", "--quorum", "2", "--shares", "3"]);
    shares = [...printed.stdout.matchAll(/^Share: (S\S+)$/gm)].map(([, share = ""]) => share);
    assert.equal([printed.status, shares.length], [0, 3]);
    record = /^Record: (\S+)$/m.exec(printed.stdout)?.[1] ?? "";
    assert.match(record, /^mcu:\/\/alice@example\.com\/E\S+\?udf=M\S+&since=20\S+Z$/);
    assert.match(printed.stderr, /any 2 of them are the account alice@example.com \(M\S+\)/);
    for (const chosen of [shares.slice(0, 2), shares.slice(1), shares]) {
      assert.equal(await on("desk").json("account", "recover", "--verify", ...chosen), { success: true, udf, verified: true });
    }
    assert.match(await on("desk").does("account", "escrow", "--qr"), /▀|█/);
    assert.match(await on("laptop").fails(77, "account", "escrow"), /does not hold the seed/);
  });

  it("tells by the record what is needed, without any share, and whether shares are of its account", async () => {
    const bare = on("reader");
    const told = await bare.json("account", "recover", "--record", record);
    assert.equal([told.account, told.udf, told.service], [alice, udf, service.url]);
    assert.equal([told.runs[0].quorum, told.runs[0].shares], [2, 3]);
    assert.match(await bare.does("account", "recover", "--record", record), /^Shares: 2 of 3, made 20\S+Z$/m);
    const checked = await bare.json("account", "recover", "--verify", "--record", record, shares[0]!, shares[1]!);
    assert.equal(checked, { success: true, udf, verified: true });
    assert.match(
      await bare.fails(65, "account", "recover", "--record", "alice@example.com"),
      /no code of a recovery record\nhint: .*prints it as Record/,
    );
    assert.not.ok(existsSync(join(root, "reader", "account.json")));
  });

  it("refuses shares that are too few, of two runs, of another account, or for another address, and leaves the machine bare", async () => {
    const { shares: again, recovers }: { shares: readonly string[]; recovers: boolean } = await on("desk").json("account", "escrow");
    assert.is(recovers, true);
    const bare = on("refused");
    const mallory = on("mallory");
    await mallory.does("account", "create", "mallory@example.com");
    const others: readonly string[] = (await mallory.json("account", "escrow")).shares;
    const recover = (...words: string[]) => ["account", "recover", ...words, "--account", alice];
    assert.match(await bare.fails(77, ...recover(shares[0]!)), /1 share is too few: 2 of the set are needed\nhint: add others of the same set/);
    assert.match(await bare.fails(77, ...recover(shares[0]!, again[1]!)), /did not verify/);
    assert.match(await bare.fails(77, ...recover(others[0]!, others[1]!)), /the shares are of the account M\S+, and alice@example.com is M/);
    assert.match(await bare.fails(2, "account", "recover", shares[0]!, shares[1]!), /address of the account is not given/);
    assert.match(await bare.fails(67, "account", "recover", shares[0]!, shares[1]!, "--account", "nobody@example.com"), /nobody@example.com/);
    assert.match(await on("mallory").fails(77, "account", "recover", "--verify", shares[0]!, shares[1]!), /did not verify/);
    assert.match(
      await bare.fails(77, "account", "recover", others[0]!, others[1]!, "--record", record),
      /the record is of M\S+, and they did not verify/,
    );
    assert.match(await mallory.fails(73, ...recover(shares[0]!, shares[1]!)), /already holds the account mallory@example.com/);
    assert.not.ok(existsSync(join(root, "refused", "account.json")));
  });

  it("recovers the account when all but the service is lost: stores, roles, and what other machines see", async () => {
    for (const lost of ["desk"]) rmSync(join(root, lost), { recursive: true });
    writeFileSync(join(root, "paper"), `${shares[2]}\n${shares[0]}\n`);
    const phone = on("phone");
    const recovered = await phone.does("account", "recover", "--account", alice, "--file", join(root, "paper"), "--name", "phone");
    assert.equal([fieldOf(recovered, "Account"), fieldOf(recovered, "UDF")], [alice, udf]);
    assert.not.ok(existsSync(join(root, "phone", "recovery.json")));
    assert.match(await phone.does("place", "list"), /^kitchen\t/m);
    await phone.does("place", "add", "bedroom");
    assert.match(await phone.does("device", "list"), /^laptop\t/m);
    assert.match(await on("laptop").does("place", "list"), /^bedroom\t/m);
    assert.match(await on("laptop").does("device", "list"), /^phone\t/m);
    const { uri } = await phone.json("account", "pin", "--role", "web");
    await on("tablet").does("device", "request", uri, "--name", "tablet");
    await phone.does("account", "sync");
    assert.is(fieldOf(await on("tablet").does("device", "complete"), "Account"), alice);
    assert.match(await phone.fails(73, "account", "recover", "--account", alice, "--file", join(root, "paper")), /already holds the account/);
  });

  it("lets the lost machine be removed afterwards, after which the same shares recover the account as well", async () => {
    const phone = on("phone");
    const { status, stderr } = await phone.run(["device", "delete", "desk", "--yes"]);
    assert.is(status, 0, stderr);
    assert.not.match(stderr, /escrow/);
    for (const name of ["phone", "laptop", "tablet"]) assert.match(await on(name).does("place", "list"), /^bedroom\t/m);
    const { udf: same, recovers } = await phone.json("account", "escrow");
    assert.equal([same, recovers], [udf, true]);
    assert.not.match((await phone.run(["account", "escrow"])).stderr, /warning/);
    rmSync(join(root, "phone"), { recursive: true });
    const late = on("late");
    await late.does("account", "recover", "--record", record, "--file", join(root, "paper"), "--name", "late");
    assert.match(await late.does("place", "list"), /^bedroom\t/m);
    await late.does("place", "add", "cellar");
    for (const name of ["laptop", "tablet"]) assert.match(await on(name).does("place", "list"), /^cellar\t/m);
  });
});
