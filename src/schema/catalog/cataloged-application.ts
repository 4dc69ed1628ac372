/**
 * Entries of the Application catalog: SSH, mail, networks, groups. schema-08 §5 leaves all but groups without fields of their own; those
 * of SSH and mail, the rights and the escrow are of 2022. Application keys are not derived from the account's seed: they are escrowed.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { type ActivationAccount, ActivationShare } from "../activation/activation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";
import type { ProfileUser } from "../profile/profile.ts";
import type { GroupMachine } from "./group-machine.ts";

/** What every application has. */
export interface CatalogedApplication {
  readonly Labels?: readonly string[];
  readonly Key?: string;
  readonly EnvelopedCapabilities?: readonly DareEnvelope[];
  readonly Default?: number;
  /** Roles whose devices are given the keys, and roles whose devices are not. */
  readonly Grant?: readonly string[];
  readonly Deny?: readonly string[];
  /** Private keys, sealed to EscrowEncryption. */
  readonly EnvelopedEscrow?: readonly Enveloped<KeyData>[];
}

const applicationFields = {
  Labels: optional(list(string)),
  Key: optional(string),
  EnvelopedCapabilities: optional(list(envelope)),
  Default: optional(integer),
  Grant: optional(list(string)),
  Deny: optional(list(string)),
  EnvelopedEscrow: optional(list(enveloped<KeyData>())),
};
export const CatalogedApplication: Struct<CatalogedApplication> = struct<CatalogedApplication>("CatalogedApplication", applicationFields);

/** SSH: one client key, shared by the devices that are granted it. */
export interface CatalogedApplicationSsh extends CatalogedApplication {
  readonly ClientKey?: KeyData;
}
export const CatalogedApplicationSsh: Struct<CatalogedApplicationSsh> = struct<CatalogedApplicationSsh>(
  "CatalogedApplicationSSH",
  { ...applicationFields, ClientKey: optional(KeyData) },
  { tags: ["CatalogedApplicationSsh"] },
);

/** Mail: an address, its servers and four public keys. */
export interface CatalogedApplicationMail extends CatalogedApplication {
  readonly AccountAddress?: string;
  readonly InboundConnect?: readonly string[];
  readonly OutboundConnect?: readonly string[];
  readonly SmimeSign?: KeyData;
  readonly SmimeEncrypt?: KeyData;
  readonly OpenpgpSign?: KeyData;
  readonly OpenpgpEncrypt?: KeyData;
}
export const CatalogedApplicationMail: Struct<CatalogedApplicationMail> = struct<CatalogedApplicationMail>("CatalogedApplicationMail", {
  ...applicationFields,
  AccountAddress: optional(string),
  InboundConnect: optional(list(string)),
  OutboundConnect: optional(list(string)),
  SmimeSign: optional(KeyData),
  SmimeEncrypt: optional(KeyData),
  OpenpgpSign: optional(KeyData),
  OpenpgpEncrypt: optional(KeyData),
});

/** A network. */
export const CatalogedApplicationNetwork: Struct<CatalogedApplication> = struct<CatalogedApplication>(
  "CatalogedApplicationNetwork",
  applicationFields,
);

/** A group that the account administers or is a member of; primary key "mmm/CatalogedGroup/" + address. */
export interface CatalogedGroup extends CatalogedApplication {
  /** Of a group of ours in the form of a user's, which has all the keys of an account. */
  readonly EnvelopedProfileGroup?: Enveloped<ProfileUser>;
  readonly EnvelopedActivationAccount?: Enveloped<ActivationAccount>;
  /** The member's share of the group's key, and when it was dealt. */
  readonly Share?: ActivationShare;
  readonly Dealt?: string;
  /** Shares of the group's former keys, oldest first. */
  readonly FormerShares?: readonly ActivationShare[];
  /** Machines of the account that administer the group, each by its own word. */
  readonly Machines?: readonly Enveloped<GroupMachine>[];
}
export const CatalogedGroup: Struct<CatalogedGroup> = struct<CatalogedGroup>(
  "CatalogedGroup",
  {
    ...applicationFields,
    EnvelopedProfileGroup: optional(enveloped<ProfileUser>()),
    EnvelopedActivationAccount: optional(enveloped<ActivationAccount>()),
    Share: optional(ActivationShare),
    Dealt: optional(dateTime),
    FormerShares: optional(list(ActivationShare)),
    Machines: optional(list(enveloped<GroupMachine>())),
  },
  { fields: { EnvelopedActivationAccount: ["EnvelopedActivationCommon"] } },
);
