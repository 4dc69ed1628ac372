/** People at two services that no DNS names: each command says where the other one is. */
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free-port.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startService } from "../../kit/service.ts";

describe("meshman --peer", (it) => {
  it("exchanges contacts between two services, and holds a peer to its fingerprint", async () => {
    const [portOfCom, portOfNet] = [await freePort(), await freePort()];
    const com = { domain: "example.com", url: `http://127.0.0.1:${portOfCom}` };
    const net = { domain: "example.net", url: `http://127.0.0.1:${portOfNet}` };
    await startService({ port: portOfCom, domains: [com.domain], peers: [net] });
    await startService({ port: portOfNet, domains: [net.domain], peers: [com] });
    const dir = tempDirectory();
    const alice = machine(join(dir, "alice"), com.url);
    const bob = machine(join(dir, "bob"), net.url);
    await alice.does("account", "create", "alice@example.com");
    await bob.does("account", "create", "bob@example.net");
    const toNet = ["--peer", `example.net=${net.url}`];
    const toCom = ["--peer", `example.com=${com.url}`];

    const { udf } = (await alice.json("account", "hello", "bob@example.net", ...toNet)).service;
    assert.is((await alice.json(...toNet, "contact", "request", "bob@example.net", "--name", "Bob")).outcome, "sent");
    await eventually("alice's message", async () => (await bob.json("contact", "list")).pending[0]?.address === "alice@example.com");
    assert.is((await bob.json(...toCom, "contact", "request", "alice@example.com")).outcome, "answered");
    await eventually("bob's answer", async () => {
      await alice.does(...toNet, "account", "sync");
      return (await alice.json("contact", "get", "Bob")).standing === "contact";
    });

    const { uri } = await bob.json("contact", "static");
    assert.is((await alice.json("--peer", `example.net=${net.url}?udf=${udf}`, "contact", "fetch", uri)).trust, "StaticCode");
    const other = "MBWQ-ORBR-OZAZ-PQEN-7DDX-2XYV-BXCR";
    assert.match(await alice.fails(77, "--peer", `example.net=${net.url}?udf=${other}`, "contact", "fetch", uri), /is expected/);
    assert.match(await alice.fails(2, "--peer", "example.net", "contact", "fetch", uri), /no domain with a URL/);
  });
});
