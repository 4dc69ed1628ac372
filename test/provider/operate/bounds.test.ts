/** What the service keeps in memory of powers is bounded: counts of use, sessions that wait, and opened shares. */
import { equalBytes } from "../../../src/base/bytes.ts";
import {
  additiveFrostGroup,
  deal,
  FrostSigner,
  frostShareOfAdditive,
  generatePrivateKey,
  generateScalarKey,
  partialAgreement,
} from "../../../src/crypto/index.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import type { PowerTools } from "../../../src/provider/operate/exercise.ts";
import { KeptShares } from "../../../src/provider/operate/kept-shares.ts";
import { PowerRates } from "../../../src/provider/operate/power-rates.ts";
import { SigningSessions } from "../../../src/provider/operate/signing-sessions.ts";
import type { ServicedCapability } from "../../../src/schema/index.ts";
import { sealServicedShare } from "../../../src/schema/index.ts";
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

describe("opened shares", (it) => {
  const agreeing = async (limits: Partial<typeof defaultLimits> = {}) => {
    const clock = new ManualClock(0);
    const shares = new KeptShares({ limits: { ...defaultLimits, ...limits }, clock });
    const encryption = generatePrivateKey("X448", random);
    const entry = (Id: string, share = generateScalarKey("X448", random)) => {
      const sealed = { share, accountUdf: "M", capabilityId: Id, service: encryption.public, random };
      return { share, capability: { Id, Active: true, GranteeUdf: "M", EnvelopedKeyShare: sealServicedShare(sealed) } };
    };
    const tools = { account: "a", accountUdf: "M", identity: { encryption }, random } as unknown as PowerTools;
    const point = generateScalarKey("X448", random).public;
    const take = (one: ReturnType<typeof entry>) => shares.forAgreement(tools, one.capability, undefined);
    const fits = (kept: ReturnType<typeof take>, one: ReturnType<typeof entry>): boolean =>
      equalBytes(kept.agree(point).octets, partialAgreement(one.share, point).octets);
    return { clock, shares, entry, take, fits };
  };

  it("are the same for a while, and split anew after so many agreements or so long, when they are erased", async () => {
    const { clock, shares, entry, take, fits } = await agreeing({ shareAgreements: 2 });
    const one = entry("1");
    const [first, again, third] = [take(one), take(one), take(one)];
    assert.is(again, first);
    assert.is.not(third, first);
    assert.ok(fits(third, one));
    await throwsMesh(() => fits(first, one), "ERR_KEY");
    await clock.advance(defaultLimits.shareKeptMs);
    assert.is(shares.size, 0);
    await throwsMesh(() => fits(third, one), "ERR_KEY");
    assert.ok(fits(take(one), one));
    shares.close();
    assert.is(shares.size, 0);
  });

  it("are those of the entry in force: another one under the same id has its own", async () => {
    const { entry, take, fits, shares } = await agreeing();
    const [former, next] = [entry("1"), entry("1")];
    assert.ok(fits(take(former), former));
    const kept = take(next);
    assert.ok(fits(kept, next));
    assert.not(fits(kept, former));
    shares.close();
  });

  it("are bounded: the oldest goes", async () => {
    const { entry, take, fits, shares } = await agreeing({ sharesKept: 2 });
    const entries = ["1", "2", "3"].map((id) => entry(id));
    const [first] = entries.map(take);
    assert.is(shares.size, 2);
    await throwsMesh(() => fits(first!, entries[0]!), "ERR_KEY");
    shares.close();
  });
});
