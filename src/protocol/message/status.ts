/** Status (protocol-09 §6.2): how far the stores have grown. Wait and Known make it a long poll, which brings along what came (extensions §8). */
import type { Struct } from "../../codec/field.ts";
import { boolean, count, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import type { CatalogedDevice, Enveloped, ProfileUser } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { ContainerStatus } from "./container.ts";
import { ConstraintsSelect, ContainerUpdate } from "./download.ts";
import { type Response, responseFields } from "./response.ts";

/** Asks for the state of stores; without a list, of all that the caller may read. */
export interface StatusRequest {
  readonly Account: string;
  readonly Catalogs?: readonly string[];
  readonly Spools?: readonly string[];
  /** Seconds to wait for a difference from Known; the service may answer earlier. */
  readonly Wait?: number;
  readonly Known?: readonly ContainerStatus[];
  /** Stores that are told of with news and that nobody is woken for. */
  readonly Beside?: readonly string[];
  /** Wants the frames from there on along with news, as by Download. */
  readonly Select?: readonly ConstraintsSelect[];
  /** Wants to know what the account uses of its service. */
  readonly Budgets?: boolean;
  /** Wants the sequences of single writers too, of the stores it asks for ("writer/1"). */
  readonly Writers?: boolean;
}
export const StatusRequest: Struct<StatusRequest> = struct<StatusRequest>("StatusRequest", {
  Account: string,
  Catalogs: optional(list(string)),
  Spools: optional(list(string)),
  Wait: optional(count),
  Known: optional(list(ContainerStatus)),
  Beside: optional(list(string)),
  Select: optional(list(ConstraintsSelect)),
  Budgets: optional(boolean),
  Writers: optional(boolean),
});

/** What an account may hold at its service, and what it does: of one store, or of all. */
export interface AccountBudget {
  readonly Container?: string;
  readonly Unit: string;
  readonly Used: number;
  /** How far whoever asks may fill it. */
  readonly Most: number;
  /** Told to administrators: how far everybody else may. */
  readonly Others?: number;
}
export const AccountBudget: Struct<AccountBudget> = struct<AccountBudget>("AccountBudget", {
  Container: optional(string),
  Unit: string,
  Used: count,
  Most: count,
  Others: optional(count),
});

/** State of the stores. */
export interface StatusResponse extends Response {
  readonly ContainerStatus: readonly ContainerStatus[];
  readonly EnvelopedProfileAccount?: Enveloped<ProfileUser>;
  /** The caller's own device entry, from its Access entry; sealed to it alone. */
  readonly EnvelopedCatalogedDevice?: Enveloped<CatalogedDevice>;
  /** First pages of selected stores that have grown. */
  readonly Updates?: readonly ContainerUpdate[];
  readonly Budgets?: readonly AccountBudget[];
  /** The service's time. */
  readonly Time: string;
}
export const StatusResponse: Struct<StatusResponse> = struct<StatusResponse>("StatusResponse", {
  ...responseFields,
  ContainerStatus: list(ContainerStatus),
  EnvelopedProfileAccount: optional(enveloped<ProfileUser>()),
  EnvelopedCatalogedDevice: optional(enveloped<CatalogedDevice>()),
  Updates: optional(list(ContainerUpdate)),
  Budgets: optional(list(AccountBudget)),
  Time: dateTime,
});
