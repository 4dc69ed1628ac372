/** What meshman shows of an account's devices beside their names: roles, and the state that their hubs have reported; from this device's copies alone. */
import type { AccountContext } from "../../account/index.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import { packagePath } from "../../base/package-root.ts";
import { loadDrivers } from "../../driver/index.ts";
import type { BookEntry } from "../../names/name-book.ts";
import { NameBook } from "../../names/name-book.ts";
import type { OwnWord } from "../../names/own-word.ts";
import { OwnWords } from "../../names/own-word.ts";
import { loadVerified, saveVerified } from "../../names/verified-file.ts";
import type { CatalogedState, StateValue } from "../../schema/index.ts";
import { stateCatalog } from "../../schema/index.ts";

/** One device. */
export interface Member extends BookEntry {
  readonly kind: "this" | "hub" | "full" | "constrained" | "hosted";
  readonly roles: readonly string[];
  readonly state: CatalogedState | undefined;
  /** What the device itself has signed last. */
  readonly word: OwnWord | undefined;
  /** What is known of it now: a hub that has gone silent vouches for nothing. */
  readonly status: CatalogedState["Status"] | undefined;
}

/** All of them, with their names. */
export interface House {
  readonly members: readonly Member[];
  readonly byUdf: ReadonlyMap<string, Member>;
  readonly book: NameBook;
}

/** A hub reports at least every 15 minutes (extensions §7); after this it counts as silent. */
const silentMs = 20 * 60_000;

/** The house of an account. @param language tag of the words that its devices are told in. Errors: ERR_DRIVER for one that is not there. */
export async function houseOf(context: AccountContext, language = "en"): Promise<House> {
  const { clock, log } = context.ports;
  const verified = await loadVerified(context.dir);
  const now = clock.now();
  const states = new Map(listStates(context).map((state) => [state.DeviceUdf, state]));
  const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log });
  const book = new NameBook({
    account: context,
    drivers: drivers.values(),
    isOnline: (udf) => {
      const status = byUdf.get(udf)?.status;
      return status && status === "Online";
    },
    log,
    verified,
    language,
  });
  const words = await OwnWords.load(context.dir, log);
  const members = book.entries().map((entry) => memberOf(context, entry, { states, words, now }));
  await words.save(context.dir);
  const byUdf: ReadonlyMap<string, Member> = new Map(members.map((member) => [member.udf, member]));
  if (book.verified.size !== verified.size || [...book.verified].some((digest) => !verified.has(digest)))
    await saveVerified(context.dir, book.verified, log);
  return { members, byUdf, book };
}

/** States are for those who may read them; the names are for all. */
function listStates(context: AccountContext): readonly CatalogedState[] {
  try {
    return context.list(stateCatalog).map(({ value }) => value);
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return [];
    throw error;
  }
}

function memberOf(
  context: AccountContext,
  entry: BookEntry,
  { states, words, now }: { readonly states: ReadonlyMap<string, CatalogedState>; readonly words: OwnWords; readonly now: number },
): Member {
  const { udf } = entry;
  const connection = context.directory.find(udf)?.connection;
  const roles = connection?.Roles ?? [];
  const state = states.get(udf);
  const hub = states.get(roles.includes("hub") ? udf : (entry.entry.HubUdf ?? ""));
  const isSilent = hub === undefined || now - fromDateTime(hub.Updated) > silentMs;
  return {
    ...entry,
    kind: kindOf(context, entry, roles),
    roles,
    state,
    word: connection && entry.entry.Constrained ? words.of(connection, state) : undefined,
    status: state === undefined ? undefined : isSilent ? "Unknown" : state.Status,
  };
}

/** Values as people say them. */
export function inWords({ book }: House, { udf }: Member, values: readonly StateValue[]): string {
  return values.map((value) => book.show(udf, value)).join(", ");
}

/** Whose word a value is. */
export type Source = "device" | "hub" | "hosted";

/**
 * What is known of a device, and whose word it is: its own where it has signed just that, or where the account shows an older word of it than this
 * machine has seen. What a hub says beyond it is the hub's.
 */
export function saidOf({ state, word, kind }: Member): { readonly values: readonly StateValue[]; readonly source: Source } | undefined {
  if (word?.isWithheld) return { values: word.report.Values, source: "device" };
  const { Values: values } = state?.Reported ?? {};
  if (!values) return undefined;
  const isOwn = word !== undefined && values.every(({ Name, Value }) => word.report.Values.some((own) => own.Name === Name && own.Value === Value));
  return { values, source: isOwn ? "device" : kind === "hosted" ? "hosted" : "hub" };
}

function kindOf(context: AccountContext, { udf, entry }: BookEntry, roles: readonly string[]): Member["kind"] {
  if (udf === context.deviceUdf) return "this";
  if (roles.includes("hub")) return "hub";
  if (roles.includes("hosted")) return "hosted";
  return entry.Constrained ? "constrained" : "full";
}
