/** What the service bounds, so that no caller can use it up. Sizes in octets, times in milliseconds. */
import { maxRequestOctets } from "../protocol/index.ts";

/** Bounds of one service. */
export interface Limits {
  /** Body of a message to Inbound or Outbound (architecture-17 §4.3). */
  readonly messageOctets: number;
  /** A message as a whole, with header, signatures and trailer. */
  readonly envelopeOctets: number;
  /** JSON of a request. */
  readonly requestOctets: number;
  /** Frames of one Download page. */
  readonly pageOctets: number;
  readonly pageFrames: number;
  /** Messages of one Transact or Post, and recipients of one. */
  readonly messages: number;
  readonly recipients: number;
  /** How long answers to a RequestId are kept, how many of each device, and how many and how many octets of an account. */
  readonly answerMs: number;
  readonly answersEach: number;
  readonly answers: number;
  readonly answerOctets: number;
  /** What an account may hold: octets and frames of all its stores, and frames of those that fill up by messages and publications. */
  readonly accountOctets: number;
  readonly accountFrames: number;
  /**
   * What of these figures, and of `stages` and `keptEpochs`, administrators alone may use, and what of the frames of one store: others can fill so much
   * that they are removed all the same, and that what they wrote is written once more under other keys, for two removals in a row.
   */
  readonly reservedPercent: number;
  readonly reservedStorePercent: number;
  /** Octets of Inbound that strangers may fill; the rest is its owner's. */
  readonly strangerInboundOctets: number;
  /** Frames of the Access catalog, link keys of an entry, and octets that its live entries take: all of them are kept in memory. */
  readonly accessFrames: number;
  readonly accessLinks: number;
  readonly accessOctets: number;
  readonly inboundFrames: number;
  readonly outboundFrames: number;
  readonly localFrames: number;
  readonly commandFrames: number;
  readonly publicationFrames: number;
  readonly joinedFrames: number;
  /** Of one epoch: beyond it the next one begins. */
  readonly auditFrames: number;
  /** Staged sequences and former epochs of an account; both count in its octets and frames. And former epochs of one sequence that a hub compacts: once an hour for a month, and some more. */
  readonly stages: number;
  readonly keptEpochs: number;
  readonly keptEpochsEach: number;
  /** How long a staged sequence waits for its next page or its switch, and how long a former epoch of MMM_State is kept. */
  readonly stageMs: number;
  readonly keepStateMs: number;
  /** The same of MMM_Audit: nobody washes it away by using powers. */
  readonly keepAuditMs: number;
  /** How long every former epoch is kept, whatever its owner orders. */
  readonly formerMs: number;
  /** How long MMM_Command keeps the bodies of commands and their answers. */
  readonly commandBodyMs: number;
  /** Frames that one look at an account reads for that, and how often it is looked which accounts are due. */
  readonly sweepFrames: number;
  readonly upkeepMs: number;
  /** Space of the disk that is kept for accounts that exist, and the last of it, for changes that were begun. */
  readonly reserveOctets: number;
  readonly lastReserveOctets: number;
  /** Descriptors that the files of accounts may keep open, and accounts kept in memory although nobody uses them. */
  readonly openFiles: number;
  readonly openAccounts: number;
  /** Longest wait of a long poll. */
  readonly waitMs: number;
  readonly waitersPerAccount: number;
  readonly waiters: number;
  /** Waits of strangers for an answer: at one account, in all, and of one network. */
  readonly strangerWaitersPerAccount: number;
  readonly strangerWaiters: number;
  readonly strangerWaitersEach: number;
  /**
   * What strangers may leave in an account's Inbound within `strangerMs`: all of them, those of one domain (devices that ask to be connected count
   * as one), and each of them.
   */
  readonly strangerMs: number;
  readonly strangerMessages: number;
  readonly strangerMessagesOfSite: number;
  readonly strangerMessagesEach: number;
  /** What those whom an account lets write to it may leave within the same time, all of them and each of them. */
  readonly contactMessages: number;
  readonly contactMessagesEach: number;
  /** Requests to connect under one PIN of the account within `strangerMs`: places of their own, which strangers cannot take. */
  readonly pinRequests: number;
  /** Requests to connect without such a PIN, of one network to one account: so many at once, then one every so often. */
  readonly connectBurst: number;
  readonly connectEveryMs: number;
  /** New accounts of one network, and renewals of profiles: so many at once, then one every so often. */
  readonly bindBurst: number;
  readonly bindEveryMs: number;
  readonly rebindBurst: number;
  readonly rebindEveryMs: number;
  /** Claims, releases and confirmations of one network. */
  readonly claimBurst: number;
  readonly claimEveryMs: number;
  /** Messages between accounts from one network: in all, and to one account. */
  readonly postBurst: number;
  readonly postEveryMs: number;
  readonly introduceBurst: number;
  readonly introduceEveryMs: number;
  /** Questions of one network for the profiles of accounts. */
  readonly profileBurst: number;
  readonly profileEveryMs: number;
  /** Messages of one account to other services: so many at once, then one every so often; and those that may be under way, and to how many services. */
  readonly sendBurst: number;
  readonly sendEveryMs: number;
  readonly openDeliveries: number;
  readonly openPeers: number;
  /** Messages under way to other services, of all accounts, and services that some wait for. */
  readonly waitingDeliveries: number;
  readonly waitingPeers: number;
  /** How long it is tried to bring one, and the pauses between attempts: the first, and the longest. */
  readonly deliveryMs: number;
  readonly peerRetryMs: number;
  readonly peerRetryMostMs: number;
  /** One exchange with another service, and the octets of its answer. */
  readonly peerTimeoutMs: number;
  /** Posts under way to another service that answers, each of another account, and messages or recipients of one. */
  readonly peerPosts: number;
  readonly peerTogether: number;
  /** How long it is remembered that a link key is of a host of a service. */
  readonly peerProofMs: number;
  readonly peerAnswerOctets: number;
  /** Messages from one other service: in all, and to one account. */
  readonly peerPostBurst: number;
  readonly peerPostEveryMs: number;
  readonly peerIntroduceBurst: number;
  readonly peerIntroduceEveryMs: number;
  /** Services of domains that were never met, looked up because one network names them; and how many are remembered. */
  readonly lookupBurst: number;
  readonly lookupEveryMs: number;
  readonly pinnedPeers: number;
  /** Claims and releases of one publication that are filed within `strangerMs`: of all, of one account, and with the device's word. */
  readonly claimsPerPublication: number;
  readonly claimsEach: number;
  readonly claimsConfirmed: number;
  /** How long a claim holds without the device's confirmation. */
  readonly provisionalMs: number;
  /** Connections that no device of an account has used, and those of one network. */
  readonly strangerSockets: number;
  readonly strangerSocketsEach: number;
  /** Connections of accounts' devices. */
  readonly memberSockets: number;
  /** Requests that one connection may have under way. */
  readonly requestsUnderWay: number;
  /** Octets of requests under way and of answers not yet sent: of strangers, of those of one network. */
  readonly strangerOctets: number;
  readonly strangerOctetsEach: number;
  /** The same of members, and of those of one account. */
  readonly memberOctets: number;
  readonly memberOctetsEach: number;
  /** Requests of one link key of an account, and of all of an account: so many at once, then one every so often. */
  readonly memberRequestBurst: number;
  readonly memberRequestEveryMs: number;
  readonly accountRequestBurst: number;
  readonly accountRequestEveryMs: number;
  /** Messages of one link key to the spools of its account, a larger one for every 4 kB: so many at once, then one every so often. What is there stays. */
  readonly memberMessageBurst: number;
  readonly memberMessageEveryMs: number;
  /** Requests of one network whose senders are no devices of the account they speak for: so many at once, then one every so often. */
  readonly strangerRequestBurst: number;
  readonly strangerRequestEveryMs: number;
  /** Such a request, and the values in its JSON: more would hold up everybody while it is read. */
  readonly strangerRequestOctets: number;
  readonly strangerRequestItems: number;
  /** Until the ticket of a request, or a packet of another kind as a whole, has to be there. */
  readonly headMs: number;
  /** Handshakes of one address: so many at once, then one every so often. */
  readonly handshakeBurst: number;
  readonly handshakeEveryMs: number;
  /** Handshakes of all addresses before cookies are asked for. */
  readonly cookieBurst: number;
  readonly cookieEveryMs: number;
  /** Operations of one Operate, and octets of the bodies that it shows for signing. */
  readonly operations: number;
  readonly operateOctets: number;
  /** Operations with the keys of one account: so many at once, then one every so often. */
  readonly operateBurst: number;
  readonly operateEveryMs: number;
  /** Operations under one capability, in a minute and in a day, where its entry says nothing; and capabilities that are counted, of one account and of all. */
  readonly powerPerMinute: number;
  readonly powerPerDay: number;
  readonly powersEach: number;
  readonly powers: number;
  /** How long an opened share is kept for agreements, for how many of them, and how many shares are. */
  readonly shareKeptMs: number;
  readonly shareAgreements: number;
  readonly sharesKept: number;
  /** How long a signing session waits for its second round, and how many do, of one account and of all. */
  readonly signMs: number;
  readonly signSessionsEach: number;
  readonly signSessions: number;
  /** Messages that a spool takes under one EnvelopeId: whoever asks for one by its name has them read. */
  readonly messagesOfId: number;
  /** Journal octets after which it is written anew. */
  readonly journalOctets: number;
}

const day = 24 * 3600_000;

export const defaultLimits: Limits = {
  messageOctets: 32_768,
  envelopeOctets: 65_536,
  requestOctets: maxRequestOctets,
  pageOctets: 1 << 20,
  pageFrames: 4096,
  messages: 64,
  recipients: 64,
  answerMs: day,
  answersEach: 64,
  answers: 1024,
  answerOctets: 1 << 20,
  accountOctets: 4 * 2 ** 30,
  accountFrames: 8_000_000,
  reservedPercent: 70,
  reservedStorePercent: 12,
  strangerInboundOctets: 2 ** 30,
  accessFrames: 16_384,
  accessLinks: 16,
  accessOctets: 16 << 20,
  inboundFrames: 262_144,
  outboundFrames: 262_144,
  localFrames: 262_144,
  commandFrames: 1_000_000,
  publicationFrames: 262_144,
  joinedFrames: 16_384,
  auditFrames: 1_000_000,
  stages: 160,
  keptEpochs: 4096,
  keptEpochsEach: 768,
  stageMs: day,
  keepStateMs: 30 * day,
  keepAuditMs: 30 * day,
  formerMs: day,
  commandBodyMs: day,
  sweepFrames: 512,
  upkeepMs: 60_000,
  reserveOctets: 256 << 20,
  lastReserveOctets: 64 << 20,
  openFiles: 128,
  openAccounts: 256,
  waitMs: 55_000,
  waitersPerAccount: 128,
  waiters: 4096,
  strangerWaitersPerAccount: 64,
  strangerWaiters: 1024,
  strangerWaitersEach: 32,
  strangerMs: day,
  strangerMessages: 256,
  strangerMessagesOfSite: 64,
  strangerMessagesEach: 16,
  contactMessages: 1024,
  contactMessagesEach: 64,
  pinRequests: 8,
  connectBurst: 16,
  connectEveryMs: 3600_000,
  bindBurst: 16,
  bindEveryMs: 600_000,
  rebindBurst: 32,
  rebindEveryMs: 60_000,
  claimBurst: 64,
  claimEveryMs: 60_000,
  postBurst: 256,
  postEveryMs: 10_000,
  introduceBurst: 32,
  introduceEveryMs: 1800_000,
  profileBurst: 128,
  profileEveryMs: 10_000,
  sendBurst: 256,
  sendEveryMs: 10_000,
  openDeliveries: 1024,
  openPeers: 32,
  waitingDeliveries: 65_536,
  waitingPeers: 4096,
  deliveryMs: 2 * day,
  peerRetryMs: 1000,
  peerRetryMostMs: 1800_000,
  peerTimeoutMs: 10_000,
  peerPosts: 8,
  peerTogether: 16,
  peerProofMs: 600_000,
  peerAnswerOctets: 128 << 10,
  peerPostBurst: 4096,
  peerPostEveryMs: 100,
  peerIntroduceBurst: 64,
  peerIntroduceEveryMs: 600_000,
  lookupBurst: 32,
  lookupEveryMs: 60_000,
  pinnedPeers: 16_384,
  claimsPerPublication: 24,
  claimsEach: 8,
  claimsConfirmed: 24,
  provisionalMs: day,
  strangerSockets: 512,
  strangerSocketsEach: 128,
  memberSockets: 8192,
  requestsUnderWay: 8,
  strangerOctets: 16 << 20,
  strangerOctetsEach: 4 << 20,
  memberOctets: 128 << 20,
  memberOctetsEach: 16 << 20,
  memberRequestBurst: 2000,
  memberRequestEveryMs: 5,
  accountRequestBurst: 8000,
  accountRequestEveryMs: 2,
  memberMessageBurst: 16_384,
  memberMessageEveryMs: 4000,
  strangerRequestBurst: 256,
  strangerRequestEveryMs: 50,
  strangerRequestOctets: 128 << 10,
  strangerRequestItems: 2048,
  headMs: 5000,
  handshakeBurst: 60,
  handshakeEveryMs: 100,
  cookieBurst: 200,
  cookieEveryMs: 10,
  operations: 64,
  operateOctets: 256 << 10,
  operateBurst: 2000,
  operateEveryMs: 20,
  powerPerMinute: 600,
  powerPerDay: 20_000,
  powersEach: 1024,
  powers: 65_536,
  shareKeptMs: 5000,
  shareAgreements: 256,
  sharesKept: 256,
  signMs: 30_000,
  signSessionsEach: 64,
  signSessions: 4096,
  messagesOfId: 64,
  journalOctets: 2 << 20,
};
