/**
 * Messages of other accounts, and of the account's hubs, that every device answers which speaks for the account (roles message, web, admin), and not administrators alone.
 * schema-08 §9; extensions §11.
 */
import { ConfirmOrder, DeviceAlert, GroupInvitation, GuestAnswer, RequestConfirmation, ResponseConfirmation } from "../../schema/index.ts";

const mailTypes: readonly string[] = [
  RequestConfirmation.tag,
  ResponseConfirmation.tag,
  GroupInvitation.tag,
  GuestAnswer.tag,
  ConfirmOrder.tag,
  DeviceAlert.tag,
];

/** True for a type of such a message. */
export function isMail(messageType: string | undefined): boolean {
  return messageType !== undefined && mailTypes.includes(messageType);
}
