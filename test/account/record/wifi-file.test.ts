/** Files of Wi-Fi networks, as two programs write them; written here after their documentation. */
import { longestWifiFile, parseWifiFile, reasonAgainst } from "../../../src/account/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

describe("files of Wi-Fi networks", (it) => {
  it("reads keyfiles of NetworkManager", () => {
    const text =
      "[connection]\nid=Home\ntype=wifi\n\n[wifi]\nmode=infrastructure\nssid=Home = sweet\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=correct horse\n";
    assert.equal(parseWifiFile(text), { networks: [{ Service: "Home = sweet", Password: "correct horse" }], passed: [] });
    const odd = "[802-11-wireless]\nssid=195;156;98;101;114;\n[802-11-wireless-security]\npsk=12345678\n";
    assert.equal(parseWifiFile(odd).networks, [{ Service: "Über", Password: "12345678" }]);
    // Only what stands in its section counts.
    assert.equal(parseWifiFile("[vpn]\npsk=other one\n[wifi]\nssid=x\n").passed, [{ name: "x", reason: "it has no password" }]);
  });

  it("reads wpa_supplicant.conf, and passes over what has no password of its own", () => {
    const key = "ab".repeat(32);
    const text = `ctrl_interface=/run\nnetwork={\n  ssid="one"\n  psk="pass word"\n}\nnetwork={\n\tssid=74776f\n\tpsk=${key}\n}\nnetwork={\n ssid="open"\n key_mgmt=NONE\n}\nnetwork={\n ssid="short"\n psk="1234567"\n}\n`;
    const { networks, passed } = parseWifiFile(text);
    assert.equal(networks, [
      { Service: "one", Password: "pass word" },
      { Service: "two", Password: key },
    ]);
    assert.equal(
      passed.map(({ name }) => name),
      ["open", "short"],
    );
  });

  it("takes names and passwords as the programs that wrote them do, escapes and comments included", () => {
    const keyfile = (ssid: string, psk: string): string => `[wifi]\nssid=${ssid}\n[wifi-security]\npsk=${psk}\n`;
    assert.equal(parseWifiFile(keyfile("Caf\\\\;é", "\\sback\\\\slash ")).networks, [{ Service: "Caf;é", Password: " back\\slash " }]);
    const block = (...lines: readonly string[]): string => ["network={", ...lines, "}", ""].join("\n");
    const text =
      block('  ssid="Nachbar {5G}" # next door', '  psk="pass}#word12"   # its password') +
      block('\tssid=P"tab\\tname \\"x\\" \\xc3\\xa9\\041"', '\tpsk="12345678"', '#\tpsk="87654321"');
    assert.equal(parseWifiFile(text), {
      networks: [
        { Service: "Nachbar {5G}", Password: "pass}#word12" },
        { Service: 'tab\tname "x" é!', Password: "12345678" },
      ],
      passed: [],
    });
  });

  it("passes over what would become another name or password", () => {
    const refused = [
      ["[wifi]\nssid=300;400;\n[wifi-security]\npsk=12345678\n", "300;400;", "its name is not UTF-8"],
      ["[wifi]\nssid=home\n[wifi-security]\npsk=a\\qb4567890\n", "home", "it has an escape that is none"],
      ['network={\n ssid=fffe\n psk="12345678"\n}\n', "fffe", "its name is not UTF-8"],
      ['network={\n ssid=P"a\\q"\n psk="12345678"\n}\n', 'P"a\\q"', "its name has an escape that is none"],
      ['network={\n ssid=home\n psk="12345678"\n}\n', "home", "its name is neither in quotation marks nor hexadecimal"],
      ['network={\n ssid="home"\n psk=12345678\n}\n', "home", "its password is neither in quotation marks nor a key of 64 hexadecimal digits"],
    ] as const;
    for (const [text, name, reason] of refused) assert.equal(parseWifiFile(text), { networks: [], passed: [{ name, reason }] }, text);
  });

  it("refuses what is neither, and what is too long", async () => {
    await throwsMesh(() => parseWifiFile("hello"), "ERR_SCHEMA");
    await throwsMesh(() => parseWifiFile(""), "ERR_SCHEMA");
    await throwsMesh(() => parseWifiFile('network={\n ssid="cut short"\n psk="1234'), "ERR_SCHEMA");
    await throwsMesh(() => parseWifiFile("x".repeat(longestWifiFile + 1)), "ERR_TOO_LARGE");
    assert.match(reasonAgainst("ü".repeat(17), "12345678") ?? "", /34/);
    assert.match(reasonAgainst("", "12345678") ?? "", /not 0/);
    assert.is(reasonAgainst("home", "12345678"), undefined);
  });
});
