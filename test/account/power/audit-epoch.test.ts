/** An audit that goes on in a next epoch: a device that has seen more of the former one than the service says it ended with, or another, finds it out. */
import { AuditHead } from "../../../src/account/power/audit-head.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { EncodedFrame } from "../../../src/dare/index.ts";
import { parseFrame, TreeFrontier } from "../../../src/dare/index.ts";
import { auditGroup, nextAuditEpoch } from "../../../src/provider/operate/audit-frames.ts";
import type { Head } from "../../../src/schema/index.ts";
import { auditHead } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";

const signature = generatePrivateKey("Ed448", ports.random);
const writer = { identity: { signature, udf: signature.public.udf }, random: ports.random, accountUdf: "MALICE", time: "2026-11-29T00:00:00Z" };
const use = (KeyId: string) => ({ Operation: "KeyAgreement", KeyId, LinkUdf: "MPHONE" });

/** What a service has written, one group for each use. */
class Service {
  readonly #frontier = new TreeFrontier();
  readonly heads: Head[] = [];

  constructor(...uses: readonly string[]) {
    for (const id of uses) this.heads.push(headOf(auditGroup(writer, [use(id)], { frontier: this.#frontier, epoch: 0 })));
  }

  next(): Head {
    const { count, last } = this.#frontier;
    return headOf(
      nextAuditEpoch(writer, [use("next")], { epoch: 0, count, octets: 0, ...(last === undefined ? {} : { digest: last }) }, this.heads.at(-1)!),
    );
  }
}

function headOf(frames: readonly EncodedFrame[]): Head {
  return auditHead(parseFrame(frames.at(-1)!));
}

async function seen(head: Head): Promise<AuditHead> {
  const audit = new AuditHead(tempDirectory());
  await audit.take(head);
  return audit;
}

describe("the next epoch of an audit", (it) => {
  const honest = new Service("one", "two", "three");

  it("is taken by who has seen all of the former one, or less", async () => {
    for (const head of honest.heads) {
      const audit = await seen(head);
      await audit.take(honest.next());
      assert.is((await audit.highest())!.Epoch, 1);
    }
  });

  it("is refused when the service has dropped what was last", async () => {
    const audit = await seen(honest.heads[2]!);
    await throwsMesh(() => audit.take(new Service("one", "two").next()), "ERR_ROLLBACK");
    assert.is((await audit.highest())!.Epoch, undefined);
  });

  it("is refused when the service has another entry in the place", async () => {
    const audit = await seen(honest.heads[2]!);
    await throwsMesh(() => audit.take(new Service("one", "two", "other").next()), "ERR_FORK");
  });

  it("is refused when it does not say where the former one ended", async () => {
    const audit = await seen(honest.heads[2]!);
    const frames = auditGroup(writer, [use("next")], { frontier: new TreeFrontier(), epoch: 1 });
    await throwsMesh(() => audit.take(headOf(frames)), "ERR_ROLLBACK");
  });
});
