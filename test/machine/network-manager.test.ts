/**
 * Wi-Fi networks that NetworkManager of this machine keeps: from the program itself, in a network without devices, on a bus of the test's own; and from a
 * stand-in for it that is in a network (python3-dbusmock). No radio is needed or used.
 */
import { spawnSync } from "node:child_process";
import { networksOfMachine } from "../../src/machine/network-manager.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { startHousehold } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { startNetworkManager, startStandInManager, startSystemBus } from "../kit/system-bus.ts";
import { Namespace } from "../network/namespaces.ts";

const { signal } = new AbortController();

/** A keyfile as NetworkManager writes it. */
const keyfile = (ssid: string, more: string, uuid: number): string =>
  `[connection]\nid=${ssid}\nuuid=00000000-0000-4000-8000-00000000000${uuid}\ntype=wifi\n[wifi]\nssid=${ssid}\n${more}\n[ipv4]\nmethod=auto\n`;

describe("Wi-Fi networks of this machine", (it) => {
  it(
    "NetworkManager itself: gives those that it knows by name, and says what is missing",
    async () => {
      const bus = await startSystemBus();
      await startNetworkManager(bus, Namespace.add("manager").through, {
        home: keyfile("Home = sweet", "[wifi-security]\nkey-mgmt=wpa-psk\npsk=correct horse", 1),
        open: keyfile("open", "", 2),
        keyring: keyfile("keyring", "[wifi-security]\nkey-mgmt=wpa-psk\npsk-flags=1", 3),
      });
      const of = (...names: string[]) => networksOfMachine({ bus, names, signal });
      assert.equal(await of("Home = sweet", "open"), {
        networks: [{ Service: "Home = sweet", Password: "correct horse" }],
        passed: [{ name: "open", reason: "it has no password" }],
      });
      assert.match((await throwsMesh(of("keyring"), "ERR_PERMISSION")).message, /in the keyring/);
      assert.match((await throwsMesh(of("neighbour", "open"), "ERR_NOT_FOUND")).message, /knows no Wi-Fi network "neighbour"$/);
      assert.match((await throwsMesh(of(), "ERR_NOT_FOUND")).message, /in no Wi-Fi network now/);
      // Whoever is not root gets no password of it.
      const words = ["--system", "call", "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager/Settings/1"];
      const asked = spawnSync(
        "setpriv",
        [
          "--reuid=65534",
          "--clear-groups",
          "busctl",
          ...words,
          "org.freedesktop.NetworkManager.Settings.Connection",
          "GetSecrets",
          "s",
          "802-11-wireless-security",
        ],
        { env: { PATH: "/usr/bin:/bin", LC_ALL: "C", DBUS_SYSTEM_BUS_ADDRESS: bus }, encoding: "utf8" },
      );
      assert.match(asked.stderr, /not authorized|denied|Insufficient privileges/i);
    },
    { timeoutMs: 120_000 },
  );

  it("a stand-in: the one that the machine is in, and what is passed over or refused, each by its reason", async () => {
    const bus = await startSystemBus();
    await startStandInManager(bus);
    const of = (...names: string[]) => networksOfMachine({ bus, names, signal });
    assert.equal(await of(), { networks: [{ Service: "Haus am See", Password: "wellen und wind" }], passed: [] });
    assert.equal(await of("Über"), { networks: [{ Service: "Über", Password: "12345678" }], passed: [] });
    assert.equal((await of("airport", "company")).passed, [
      { name: "airport", reason: "it has no password" },
      { name: "company", reason: "it has no password" },
    ]);
    assert.match((await throwsMesh(of("keyring"), "ERR_PERMISSION")).message, /in the keyring/);
    const some = await of("keyring", "Über");
    assert.is(some.networks.length, 1, "one that is refused keeps nobody from the others");
    assert.match(some.passed[0]?.reason ?? "", /in the keyring/);
    assert.match((await throwsMesh(of("denied"), "ERR_PERMISSION")).message, /does not give its networks to this user/);
  });

  it("by the command: into the account, without a password in sight", async () => {
    const bus = await startSystemBus();
    await startStandInManager(bus);
    const house = await startHousehold();
    try {
      await (await house.create("laptop", "alice@example.com")).close();
      const mine = machine(house.home("laptop"), house.service.url);
      const env = { DBUS_SYSTEM_BUS_ADDRESS: bus };
      const taken = await mine.run(["network", "import", "--machine"], { env });
      assert.equal([taken.status, taken.stdout], [0, "Haus am See\n"], taken.stderr);
      assert.not.match(taken.stderr, /wellen/);
      const more = await mine.run(["network", "import", "--machine", "--ssid", "Über", "--ssid", "airport"], { env });
      assert.match(more.stderr, /passed over: "airport": it has no password\n.*1 network kept, 1 of them new/s);
      assert.is((await mine.json("network", "get", "Haus am See")).password, "wellen und wind");
      assert.match(await mine.fails(2, "network", "import"), /neither a file nor --machine/);
      assert.match(await mine.fails(2, "network", "import", "x", "--machine"), /both/);
      assert.match(await mine.fails(2, "network", "import", "x", "--ssid", "y"), /--ssid goes with --machine/);
    } finally {
      await house.stop();
    }
  });

  it("without NetworkManager, or with something else in its place, it says so", async () => {
    const bus = await startSystemBus();
    assert.match((await throwsMesh(networksOfMachine({ bus, names: [], signal }), "ERR_ADAPTER")).message, /does not answer: .*NetworkManager/);
    const nowhere = networksOfMachine({ bus: "unix:path=/nowhere/bus", names: [], signal });
    assert.match((await throwsMesh(nowhere, "ERR_ADAPTER")).hint, /give a file instead/);
    const cancel = new AbortController();
    cancel.abort(new Error("enough"));
    await networksOfMachine({ bus, names: [], signal: cancel.signal }).then(
      () => assert.unreachable(),
      ({ message }: Error) => assert.is(message, "enough"),
    );
  });
});
