/** What the service keeps in memory of powers is bounded: counts of use, and sessions that wait. */
import { additiveFrostGroup, deal, FrostSigner, frostShareOfAdditive, generatePrivateKey } from "../../../src/crypto/index.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { PowerRates } from "../../../src/provider/operate/power-rates.ts";
import { SigningSessions } from "../../../src/provider/operate/signing-sessions.ts";
import type { ServicedCapability } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { random } from "../../kit/service.ts";

const entry = (Id: string, change: Partial<ServicedCapability> = {}): ServicedCapability => ({ Id, Active: true, GranteeUdf: "M", ...change });

describe("counts of powers", (it) => {
  it("those of one account and of all are bounded, and what has refilled makes room", async () => {
    const clock = new ManualClock(0);
    const rates = new PowerRates({ ...defaultLimits, powersEach: 2, powers: 3, powerPerMinute: 1, powerPerDay: 1 }, clock);
    rates.take("a", entry("1"));
    rates.take("a", entry("2"));
    await throwsMesh(() => rates.take("a", entry("3")), "ERR_QUOTA");
    await throwsMesh(() => rates.take("a", entry("1")), "ERR_QUOTA");
    rates.take("b", entry("1"));
    await throwsMesh(() => rates.take("c", entry("1")), "ERR_BUSY");
    await clock.advance(86_400_000);
    rates.take("c", entry("1"));
    rates.take("a", entry("3"));
  });

  it("another figure in the entry counts anew; none at all is none", async () => {
    const rates = new PowerRates(defaultLimits, new ManualClock(0));
    rates.take("a", entry("1", { PerMinute: 1 }));
    await throwsMesh(() => rates.take("a", entry("1", { PerMinute: 1 })), "ERR_QUOTA");
    rates.take("a", entry("1", { PerMinute: 2 }));
    await throwsMesh(() => rates.take("a", entry("1", { PerMinute: 0 })), "ERR_QUOTA");
  });
});

describe("signing sessions that wait", (it) => {
  it("those of one account and of all are bounded, and those that are over make room and answer nobody", async () => {
    const clock = new ManualClock(0);
    const sessions = new SigningSessions({ limits: { ...defaultLimits, signSessionsEach: 2, signSessions: 3 }, clock, random });
    const parts = deal({ secret: generatePrivateKey("Ed25519", random), parties: 2, random });
    const group = additiveFrostGroup(parts.map((part) => part.public));
    const open = (account: string, keyId: string) => {
      const signer = new FrostSigner({ group, share: frostShareOfAdditive({ share: parts[1]!, index: 2, parties: 2 }), random });
      return sessions.open(account, keyId, { linkUdf: "M", digest: new Uint8Array(64), signer, commitment: signer.commit() });
    };
    open("a", "1");
    const id = open("a", "2");
    await throwsMesh(() => open("a", "3"), "ERR_QUOTA");
    open("b", "1");
    await throwsMesh(() => open("c", "1"), "ERR_BUSY");
    await clock.advance(defaultLimits.signMs);
    await throwsMesh(() => sessions.take("a", "2", { id, linkUdf: "M", digest: new Uint8Array(64) }), "ERR_REPLAY");
    const next = open("c", "1");
    assert.ok(sessions.take("c", "1", { id: next, linkUdf: "M", digest: new Uint8Array(64) }));
    sessions.close();
  });
});
