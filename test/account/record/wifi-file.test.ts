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

  it("refuses what is neither, and what is too long", async () => {
    await throwsMesh(() => parseWifiFile("hello"), "ERR_SCHEMA");
    await throwsMesh(() => parseWifiFile(""), "ERR_SCHEMA");
    await throwsMesh(() => parseWifiFile("x".repeat(longestWifiFile + 1)), "ERR_TOO_LARGE");
    assert.match(reasonAgainst("ü".repeat(17), "12345678") ?? "", /34/);
    assert.match(reasonAgainst("", "12345678") ?? "", /not 0/);
    assert.is(reasonAgainst("home", "12345678"), undefined);
  });
});
