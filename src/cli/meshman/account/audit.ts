/** `account audit`: what the service has done with its shares of the account's keys, or of a group's, read and checked frame by frame. */
import type { AccountContext, AuditBook, AuditedUse } from "../../../account/index.ts";
import { inGroup, readAudit } from "../../../account/index.ts";
import { toHex } from "../../../base/bytes.ts";
import { accountAddress, auditLost, capabilityKey, deviceCatalog, powerCatalog } from "../../../schema/index.ts";
import { showTime } from "../../term/age.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";

const usual = 50;
const mostShown = 10_000;

/** What `account audit` takes. */
export interface AuditFlags {
  readonly most?: string;
}

/** `account audit [GROUP]`. */
export async function accountAudit(call: Invocation, text: string | undefined, flags: AuditFlags): Promise<void> {
  const { output, ports } = call;
  const most = flags.most === undefined ? usual : numberOf(flags.most, { name: "--most", least: 1, most: mostShown });
  const group = text === undefined ? undefined : accountAddress(text);
  await inAccount(call, { doing: "reading the audit", sync: "needed" }, async (own) => {
    const read = async (of: AccountContext): Promise<{ readonly book: AuditBook; readonly shown: readonly ShownUse[] }> => {
      const book = await readAudit(of, { most });
      return { book, shown: book.uses.map((use) => shownUse(of, use)) };
    };
    const { book, shown } = group === undefined ? await read(own) : await inGroup(own, group, read);
    const { epoch, count, former } = book;
    const result = {
      account: group ?? own.address,
      epoch,
      count,
      lost: shown.filter(({ operation }) => operation === auditLost).length,
      uses: shown,
      ...(former ? { former: { epoch: former.Epoch ?? 0, index: former.Index, treeDigest: toHex(former.TreeDigest) } } : {}),
    };
    report(output, result, () =>
      printTable(
        output,
        ["when", "who", "what", "key", "of the body"],
        shown.map(({ time, who, account, operation, key, digest }) => [
          showTime(output, time, ports.clock.now()),
          account ?? who,
          told(operation),
          key,
          digest?.slice(0, 16) ?? "",
        ]),
      ),
    );
    for (const { time } of shown.filter(({ operation }) => operation === auditLost))
      output.say(`at ${time} the service went on after a head that it had lost: what it did before that is told nowhere`);
    output.say(
      count === 0
        ? "the service has used no share of this account's keys"
        : `${counted(count, "use")} in this epoch, each under the service's signature${count > shown.length ? `; the newest ${shown.length} are shown, '--most N' shows more` : ""}`,
    );
    if (former) output.say(`epoch ${epoch} goes on from frame ${former.Index} of epoch ${former.Epoch ?? 0}, which is not shown here`);
  });
}

/** A use as it is shown. */
interface ShownUse {
  readonly time: string;
  readonly operation: string;
  /** Device of the account, or its link key where it is none any more. */
  readonly who: string;
  /** Another account, of whose device it was. */
  readonly account?: string;
  readonly key: string;
  readonly keyId: string;
  readonly digest?: string;
}

function shownUse(of: AccountContext, { Time: time, Operation: operation, KeyId: keyId, LinkUdf, GranteeAccount, Digest }: AuditedUse): ShownUse {
  const device = of.directory.connected.find(({ connection }) => connection.Link.some(({ Udf }) => Udf === LinkUdf));
  const power = keyId === "" ? undefined : of.get(powerCatalog, capabilityKey(keyId))?.Capability;
  return {
    time,
    operation,
    who: device ? (of.get(deviceCatalog, device.udf)?.LocalName ?? device.udf) : LinkUdf,
    ...(GranteeAccount === undefined ? {} : { account: GranteeAccount }),
    key: power && power.tag !== "NullCapability" ? (power.value.Resource ?? "") : "",
    keyId,
    ...(Digest === undefined ? {} : { digest: toHex(Digest) }),
  };
}

const words: Readonly<Record<string, string>> = {
  CryptographicOperationKeyAgreement: "opened",
  CryptographicOperationSignCommit: "began to sign",
  CryptographicOperationSignShare: "signed",
  CryptographicOperationGenerate: "made a key",
  CryptographicOperationShare: "dealt a share",
  [auditLost]: "had lost its audit",
};

function told(operation: string): string {
  return words[operation] ?? operation;
}
