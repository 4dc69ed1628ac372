/** Public face of the account layer: what a device of an account does, and the administration of devices. */

export { runAgent } from "./agent/agent.ts";
export { type AgentEvent, attend, closeUnwanted } from "./agent/attend.ts";
export type { Notice } from "./agent/notice.ts";
export { closeWindow, currentWindow, openWindow, type Window } from "./agent/window.ts";
export { afarWay } from "./command/afar.ts";
export { type CommandOrder, type CommandOutcome, sendCommands } from "./command/command.ts";
export { lacksCommandKey, offerCommandKey } from "./command/command-key.ts";
export { askReport, giveJudgedOrder } from "./command/judged-order.ts";
export type { BroughtWord, GivenNonce, OrderWay, SealedOrder } from "./command/order-way.ts";
export { answerConfirmation } from "./confirmation/answer.ts";
export { followConfirmation } from "./confirmation/follow.ts";
export {
  type Answered,
  type GroundedOutcome as ConfirmationOutcome,
  groundedOutcome,
  outcomeOf,
  readAnswers,
} from "./confirmation/outcome.ts";
export { confirmationsWaiting, type PendingConfirmation } from "./confirmation/pending.ts";
export { confirmationMs, requestConfirmation, type SentConfirmation, sentConfirmation, sentConfirmations } from "./confirmation/request.ts";
export { type Conflict, conflicts, findConflict, keepStanding, takeLost } from "./conflict/conflict.ts";
export { type CreateAccountOptions, createAccount } from "./connect/create-account.ts";
export { deleteAccount, requireSeed } from "./connect/delete-account.ts";
export type { Authority } from "./connect/grant.ts";
export { acceptConnection, type PendingConnection, pendingConnections, rejectConnection, requestAgeMs } from "./connect/pending-connection.ts";
export { type IssuedPin, issuePin } from "./connect/pin.ts";
export { completeInstalled, installDevice, isInstalled, PreconfiguredDevice } from "./connect/preconfigured.ts";
export { type ConnectionRequested, completeConnection, requestConnection } from "./connect/request-connection.ts";
export { type ConnectedByCode, connectByCode } from "./connect/static-qr.ts";
export { type Asked, exchangeContact, requestContact } from "./contact/ask.ts";
export { type ContactCode, dynamicCode, staticCode, withdrawStaticCode } from "./contact/code.ts";
export { contactOfAddress, contacts, findContact, type KnownContact, profileOf } from "./contact/contact-book.ts";
export { addContact, deleteContact, exportContacts, setOwnContact } from "./contact/edit-contact.ts";
export { type FetchedContact, fetchContact } from "./contact/fetch.ts";
export { type ImportedCard, importCards, type ReadCard, readCards } from "./contact/import.ts";
export { refusedAddresses } from "./contact/inbound-grant.ts";
export { contactLimits } from "./contact/limit.ts";
export { lookUpProfile } from "./contact/look-up.ts";
export { acceptContact, type PendingContact, pendingContacts, rejectContact } from "./contact/pending.ts";
export { renewOwnContact } from "./contact/renew.ts";
export { type Undelivered, undeliveredContacts } from "./contact/send-again.ts";
export { isVerified, type Pin, type Way, ways } from "./contact/trust.ts";
export { administratorOf, authorityOf } from "./context/administrator.ts";
export { DeviceDirectory } from "./context/device-directory.ts";
export { type Doubt, LateFramesError } from "./context/doubt.ts";
export { acquire, exclusively } from "./context/exclusive.ts";
export type { Keyring } from "./context/keyring.ts";
export type { LocalAccount, LocalAccounts } from "./context/local-accounts.ts";
export { localAccounts } from "./context/local-accounts.ts";
export { evidenceText, meetRemoval } from "./context/removal.ts";
export { administratorsOf, waitingStores } from "./context/waiting-store.ts";
export type { OutgoingMessage, Transaction } from "./context/write.ts";
export { type ProcessedAccept, processAccepts } from "./device/accept.ts";
export { type Authorized, authorizeDevice, checkRoles } from "./device/authorize.ts";
export { type ComingOver, comingOver } from "./device/coming-over.ts";
export { renewDelegations } from "./device/delegation.ts";
export { evidenceOf, findRemoved, leaveEvidence, type RemovedDevice, removedDevices } from "./device/evidence.ts";
export { type HandedOn, handOnKeys } from "./device/hand-on.ts";
export { acceptHosted, inspectHosted, type PendingHosted, pendingHosted } from "./device/hosted.ts";
export { findDevice, nameDevice } from "./device/name.ts";
export { acceptOffer, type PendingOffer, pendingOffers } from "./device/offer.ts";
export { rejectOffer } from "./device/offer-inbox.ts";
export { type ReissueOptions, reissue } from "./device/reissue.ts";
export { releaseDevice, resetOrder } from "./device/release.ts";
export { type Revoked, revokeDevice } from "./device/revoke.ts";
export { type StrayAccess, strayAccess } from "./device/stray-access.ts";
export { dealToHub, dealWaiting, takeableDevices } from "./device/successor.ts";
export { type Compacted, compactStores } from "./epoch/compact.ts";
export type { LostMessages } from "./epoch/give-back-messages.ts";
export { type Purged, purgeEpochs } from "./epoch/purge.ts";
export type { Repaired } from "./epoch/repair.ts";
export {
  addGrant,
  findGrant,
  type Granted,
  type GrantTerms,
  grantsOf,
  isOverGrant,
  mostGrants,
  putGrant,
  requireGrants,
} from "./grant/grant.ts";
export { type AddedGuest, addGuest, endGrant } from "./grant/guest.ts";
export { type GuestOutcome, guestAnswer } from "./grant/guest-answer.ts";
export { type GuestHouse, guestHouses, guestOrderSeconds, type SentGuestOrder, sendGuestOrder } from "./grant/guest-house.ts";
export { completeGroup, groupPin, joinGroup, syncGroup } from "./group/administrators.ts";
export { createGroup, deleteGroup } from "./group/create-group.ts";
export { administeredGroups, inGroup } from "./group/group-directory.ts";
export { members } from "./group/group-key.ts";
export { acceptInvitation, rejectInvitation } from "./group/invitation.ts";
export { type AddedMember, addMember, type RenewedGroup, removeFromGroup, renewGroup } from "./group/invite.ts";
export { giveBackGroupAudits, type LostGroupAudit } from "./group/lost-audit.ts";
export {
  type GroupMachineState,
  groupMachines,
  groupsOfOthers,
  type Standing,
  standingsOf,
  strangeMachines,
  unpinMachine,
} from "./group/machines.ts";
export { removeMember } from "./group/members.ts";
export { allowEdits, allowedEdits } from "./house/allowed-edits.ts";
export { answerOrder, closeAlert } from "./house/answer-order.ts";
export { acceptEdit, rejectEdit } from "./house/edit.ts";
export { inspectHubMail } from "./house/hub-mail.ts";
export * from "./hub.ts";
export { type Preconfigured, preconfigureDevice } from "./maker/preconfigure.ts";
export { type Blocked, blockAddress, unblockAddress } from "./message/block.ts";
export { closingMessage } from "./message/closed.ts";
export { formerNames } from "./message/former-names.ts";
export { closeUnread } from "./message/refused.ts";
export { newestSent, type RecipientState, type SentMessage, sentMessages } from "./message/sent.ts";
export { findWaiting, inspectWaiting, type WaitingMessage } from "./message/waiting.ts";
export { checkOwnName } from "./naming/check.ts";
export { addPlace, deletePlace, findPlace, placeLabel } from "./place/place.ts";
export { type AuditBook, type AuditedUse, readAudit } from "./power/audit-book.ts";
export { auditLossAt } from "./power/audit-loss.ts";
export { fileSigner, keysOfPerson, knownSigners, type NamedKey } from "./power/file-keys.ts";
export { openAccountEnvelope, openingKeys } from "./power/opening-keys.ts";
export type { LostAudit } from "./power/power-client.ts";
export { appointments, bookmarks, deleteRecord, findRecord, keepRecords, networks, passwords, type RecordKind, records } from "./record/record.ts";
export { longestWifiFile, parseWifiFile, reasonAgainst, type WifiFile } from "./record/wifi-file.ts";
export { fetchRecord, parseRecordCode } from "./recovery/fetch-record.ts";
export { purgeSeed } from "./recovery/purge-seed.ts";
export { type OpenedRecord, publishRecord } from "./recovery/record.ts";
export { accountOfSeed, type RecoverOptions, recoverAccount } from "./recovery/recover.ts";
export { repairAccount } from "./recovery/repair-alone.ts";
export { keysToReplace, membersToReplace, storesToRekey } from "./removal/held.ts";
export { type Outstanding, outstanding } from "./removal/outstanding.ts";
export { isRecoverable, keepRecovery } from "./removal/recovery-copy.ts";
export { giveBackProfile, type ProfileGivenBack } from "./removal/reissue-profile.ts";
export { type Rekeyed, replaceKeys } from "./removal/replace-keys.ts";
export { addAutomation, addAutomations, automationsOf, deleteAutomation, findAutomation, pauseAutomation } from "./scene/automation.ts";
export { addDeviceGroup, deleteDeviceGroup, deviceGroupsOf } from "./scene/device-group.ts";
export { addRecipe, deleteRecipe, findRecipe, recipesOf } from "./scene/recipe.ts";
export { addScene, deleteScene, findScene, scenesOf } from "./scene/scene.ts";
export { connectBySplit, type JoinWanted, numbersLeft } from "./split/connect.ts";
export { endSplit, freezeSplit, grantSplit, type SplitTerms, thawSplit } from "./split/grant.ts";
export { type JoinedDevice, joinedDevices } from "./split/joined.ts";
export { moveJoined } from "./split/move.ts";
export { findSplit, leastOfSplitId, type StandingSplit } from "./split/standing.ts";
export { put, remove } from "./store/edit.ts";
export { decodeEntry } from "./store/entry.ts";
