/** mesh-hub ha: what is printed, and where the password goes. */
import { assert, describe } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";

describe("mesh-hub ha", (it) => {
  it("connect prints what Home Assistant has to be told, once, on stdout", async () => {
    const dir = await withHub();
    const { status, stdout, stderr } = await run(dir, ["ha", "connect"]);
    assert.is(status, 0);
    for (const word of ["192.168.1.2", "1883", "home-assistant-abc", "secret"]) assert.ok(stdout.includes(word), word);
    assert.ok(!stderr.includes("secret"));
    assert.match(stderr, /next: .*integration MQTT/);
    assert.match(stderr, /in clear; with mqtt\.tls\.enabled/);
    const shown = JSON.parse((await run(dir, ["ha", "connect", "--json"])).stdout);
    assert.equal([shown.port, shown.password], [1883, "secret"]);
  });

  it("connect prints the port for TLS and the authority that vouches for it, ready for a file", async () => {
    const authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const made = { hosts: ["192.168.1.2"], port: 1883, username: "home-assistant-abc", password: "secret", devices: 1 };
    const tls = { port: 8883, fingerprint: "AB:CD", authority, name: "hub-maaa-bbbb.local" };
    const dir = await withHub({}, {}, { connect: async () => ({ ...made, tls }) });
    const { stdout, stderr } = await run(dir, ["ha", "connect"]);
    assert.ok(stdout.endsWith(authority));
    assert.match(stdout, /192\.168\.1\.2\s+8883/);
    assert.match(stderr, /hub-maaa-bbbb\.local; its SHA-256 is AB:CD/);
    assert.not.match(stderr, /in clear/);
    const own = await withHub({}, {}, { connect: async () => ({ ...made, tls: { port: 8883, fingerprint: "AB:CD" } }) });
    assert.match((await run(own, ["ha", "connect"])).stderr, /with your own certificate: its SHA-256 is AB:CD/);
  });

  it("devices, allow and deny name the devices and whether they are seen", async () => {
    const dir = await withHub();
    assert.match((await run(dir, ["ha", "devices"])).stdout, /lamp\s+light\s+yes\s+MAAA-LAMP/);
    assert.is((await run(dir, ["ha", "allow", "lamp"])).stdout, "lamp: seen\n");
    assert.is((await run(dir, ["ha", "deny", "lamp"])).stdout, "lamp: not seen\n");
    assert.is((await run(dir, ["ha", "disconnect"])).stdout, "the login is over\n");
  });
});
