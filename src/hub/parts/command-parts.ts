/** Orders: who may give them, what came of them, those that come from afar, and how the hub shows its account that it lives. */
import { newNonce } from "../../crypto/index.ts";
import { AuditLog } from "../audit/audit-log.ts";
import { CommandLog } from "../command/command-log.ts";
import { GrantBook } from "../command/grant-book.ts";
import { GrantTime } from "../command/grant-time.ts";
import { GuestLog } from "../command/guest-log.ts";
import { GuestOrders } from "../command/guest-orders.ts";
import { JudgedOrders } from "../command/judged-orders.ts";
import { Orders } from "../command/order.ts";
import { RemoteCommands } from "../command/remote.ts";
import type { Renewal } from "../command/renewal.ts";
import type { SignedIn } from "../command/standing-principal.ts";
import { principalAtTurn } from "../command/standing-principal.ts";
import { TrustedTime } from "../command/trusted-time.ts";
import { openRenewal } from "../hub-account.ts";
import { Heartbeat } from "../state/heartbeat.ts";
import { OwnWords } from "../state/own-words.ts";
import type { CredentialBook } from "../web/credential-book.ts";
import { webPrincipal } from "../web/credential-book.ts";
import type { DeviceParts } from "./device-parts.ts";
import type { StateParts } from "./state-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** The orders of a hub. */
export interface CommandParts {
  readonly audit: AuditLog;
  readonly time: TrustedTime;
  readonly renewal: Renewal;
  readonly orders: Orders;
  readonly grants: GrantBook;
  readonly signedIn: SignedIn;
  readonly judged: JudgedOrders;
  readonly remote: RemoteCommands;
  readonly guests: GuestOrders;
  /** All but what comes from afar. */
  start(): void;
}

/** A command from afar means that somebody looks: for this long the hub says more often that it lives. */
const watchingMs = 600_000;

/** Errors: those of the files of commands, audit and renewal. */
export async function openCommandParts(
  given: Surroundings,
  { devices, links, book, credentials }: DeviceParts & { readonly credentials: Pick<CredentialBook, "list"> },
  state: StateParts,
): Promise<CommandParts> {
  const { config, ports, account, alarms, onDamage, openFile, stateFile, atEnd } = given;
  const { random, log } = ports;
  const { clock } = account.ports;
  const { keeper, outbox, floor } = state;
  const describe = (udf: string) => book.describe(udf);
  const commandLog = await CommandLog.open({ path: stateFile("command.journal"), spoolCount: () => account.spoolCount("MMM_Command"), openFile });
  atEnd("commands", () => commandLog.close());
  const guestLog = await GuestLog.open({ path: stateFile("guest.journal"), openFile });
  atEnd("orders of guests", () => guestLog.close());
  const audit = await AuditLog.open({ dir: stateFile("audit"), clock, log: log.child("audit"), openFile });
  atEnd("audit", () => audit.close());
  const time = new TrustedTime(clock, commandLog.time);
  const renewal = await openRenewal({ account, path: stateFile("renewal.json"), time, onDamage });
  const grantTime = await GrantTime.open({ path: stateFile("grant-time.json"), time, clock: ports.clock, log: log.child("grant") });
  const grants = new GrantBook(account);
  const signedIn: SignedIn = (id) => {
    const found = credentials.list().find((each) => each.id === id && each.kind !== "passkey");
    return found && webPrincipal(found);
  };
  const orders = new Orders({
    devices,
    keeper,
    describe,
    placesOf: (udf) => book.placesOf(udf),
    standing: () => renewal.standing(),
    principalAtTurn: (principal) => principalAtTurn(principal, { grants, account, signedIn }),
    now: () => grantTime.now(),
    audit,
    nameOf: (udf) => book.device(udf)?.name,
    clock,
    random,
    log,
  });
  const judged = new JudgedOrders({ devices, orders, describe, clock });
  const ownWords = new OwnWords({ devices: links, keeper, describe, clock, random, log });
  const commandEpoch = newNonce(random);
  const remote = new RemoteCommands({
    account,
    log: commandLog,
    orders,
    judged,
    keeper,
    outbox,
    devices,
    describeOwn: (udf) => book.describeOwn(udf),
    commandEpoch,
    time,
    onAlarm: (alarm, evidence) => alarms.raise(alarm, evidence),
  });
  const guests = new GuestOrders({ account, log: guestLog, grants, time, from: commandLog.cursor, least: commandLog.time });
  const { heartbeatMs: watchedMs, heartbeatIdleMs: idleMs } = config.state;
  const isWatched = (): boolean => remote.lastTaken !== undefined && clock.monotonic() - remote.lastTaken < watchingMs;
  const heartbeat = new Heartbeat({ hubUdf: account.deviceUdf, commandEpoch, outbox, floor, watchedMs, idleMs, isWatched, audit, clock, log });
  const start = (): void => {
    ownWords.start();
    atEnd("heartbeat", () => heartbeat.stop());
    atEnd("own words", () => ownWords.stop());
    atEnd("grant time", () => grantTime.stop());
    grantTime.start();
    heartbeat.start();
  };
  return { audit, time, renewal, orders, grants, signedIn, judged, remote, guests, start };
}
