/**
 * Why a step of onboarding fails, in plain words, and what to do: the one table behind every message of the hub about it. docs/errors.md shows
 * the same rows (a test compares them). Codes that are not in the table keep the catalogue's remedy.
 */
import type { ErrorCode, MeshError } from "../../base/errors.ts";
import type { Step } from "./step.ts";

/** One cause of a failure. */
export interface ErrorRow {
  readonly step: Step;
  readonly code: ErrorCode;
  /** A sentence for the owner. */
  readonly cause: string;
  readonly remedy: string;
}

/** Known failures in the order of the steps. */
export const errorTable: readonly ErrorRow[] = [
  {
    step: "scan",
    code: "ERR_CODE_KIND",
    cause: "This is not the code of a Mesh device: it is a PIN, a Wi-Fi code or a code of another system.",
    remedy: "Scan the code on the device that starts with mcu://.",
  },
  {
    step: "scan",
    code: "ERR_CODE_DAMAGED",
    cause: "The code can only be read in part.",
    remedy: "Scan it again in better light, or type the text that is printed below it.",
  },
  {
    step: "scan",
    code: "ERR_USAGE",
    cause: "Too many devices are being connected at the same time.",
    remedy: "Wait until some of them are done, then scan again.",
  },
  {
    step: "find",
    code: "ERR_DEVICE_NOT_FOUND",
    cause: "No device answered to this code.",
    remedy:
      "Power it, bring it near, put it and the hub into the same network without a guest or client isolation setting; if it was connected before, reset it by its button.",
  },
  {
    step: "find",
    code: "ERR_ADAPTER",
    cause: "None of the hub's ways to reach devices works: no broker and no network.",
    remedy: "Run 'mesh-hub doctor' to see which one is missing and why.",
  },
  {
    step: "describe",
    code: "ERR_DESCRIPTION",
    cause: "What answered describes another device than the one whose code was scanned.",
    remedy: "Check that the code belongs to this very device; if it does, return the device: somebody has replaced it or its code.",
  },
  {
    step: "describe",
    code: "ERR_TIMEOUT",
    cause: "The device was heard, but does not say what it is.",
    remedy: "Power it off and on, bring it nearer, then scan again.",
  },
  {
    step: "describe",
    code: "ERR_LINK",
    cause: "The connection broke before the device said what it is.",
    remedy: "Power it off and on, bring it nearer, then scan again.",
  },
  {
    step: "describe",
    code: "ERR_DEVICE_OFFLINE",
    cause: "The device was heard and then left.",
    remedy: "Check its power supply and the network, then scan again.",
  },
  {
    step: "link",
    code: "ERR_VERIFICATION",
    cause: "Something answers in the name of this device without holding its keys.",
    remedy: "Look for a strange device in your network and switch it off; then scan again.",
  },
  {
    step: "link",
    code: "ERR_LINK",
    cause: "What answers to this code refuses the connection: it is busy, or it is not the device.",
    remedy: "Power the device off and on; if it goes on, look for a strange device in your network.",
  },
  {
    step: "link",
    code: "ERR_TIMEOUT",
    cause: "What answers to this code does not finish the handshake.",
    remedy: "Power the device off and on, bring it nearer, then scan again.",
  },
  {
    step: "link",
    code: "ERR_REJECTED",
    cause: "The device does not want to be connected now.",
    remedy: "Reset it by its button, then scan again.",
  },
  {
    step: "offer",
    code: "ERR_SERVICE_UNREACHABLE",
    cause: "The service of your account cannot be reached, so nobody can accept the device.",
    remedy: "Check the Internet connection of the hub, then scan again; the device keeps what it has.",
  },
  {
    step: "offer",
    code: "ERR_NOT_AUTHORIZED",
    cause: "This hub may not offer devices to the account.",
    remedy: "Connect the hub to the account again with a PIN of 'meshman account pin --role hub'.",
  },
  {
    step: "offer",
    code: "ERR_REVOKED",
    cause: "This hub was removed from the account.",
    remedy: "Connect the hub to the account again with 'mesh-hub init'.",
  },
  {
    step: "accept",
    code: "ERR_OFFER_EXPIRED",
    cause: "Nobody accepted the device in time.",
    remedy:
      "Open a window with 'meshman device window 10m', or accept by hand with 'meshman device pending' and 'meshman device accept'; then scan again.",
  },
  {
    step: "accept",
    code: "ERR_REJECTED",
    cause: "An administration device refused the device.",
    remedy: "Its reason is in the details; ask whoever refused it, then scan again.",
  },
  {
    step: "deliver",
    code: "ERR_DELIVERY",
    cause: "The device refused what the owner sent to it.",
    remedy: "Reset it by its button and scan again.",
  },
  {
    step: "deliver",
    code: "ERR_OWNED",
    cause: "The device is locked to another owner.",
    remedy:
      "It belonged to somebody else, who has to release it ('meshman device release'); within a day of its connection its reset button frees it as well.",
  },
  {
    step: "deliver",
    code: "ERR_DEVICE_OFFLINE",
    cause: "The device was accepted but cannot be reached any more.",
    remedy: "Power it near the hub and scan again: it goes on from here, nobody has to accept it again.",
  },
  {
    step: "deliver",
    code: "ERR_TIMEOUT",
    cause: "The device was accepted but does not answer any more.",
    remedy: "Power it off and on and scan again: it goes on from here, nobody has to accept it again.",
  },
  {
    step: "deliver",
    code: "ERR_LINK",
    cause: "The connection with the accepted device broke.",
    remedy: "Power it off and on and scan again: it goes on from here, nobody has to accept it again.",
  },
  {
    step: "commit",
    code: "ERR_DEVICE_OFFLINE",
    cause: "The device has its new keys but has not shown them yet.",
    remedy: "Power it near the hub: it goes on by itself, without another scan.",
  },
  {
    step: "commit",
    code: "ERR_SERVICE_UNREACHABLE",
    cause: "The device works under its new keys, but the service of your account cannot be reached to note it.",
    remedy: "Check the Internet connection of the hub: it goes on by itself, without another scan.",
  },
  {
    step: "register",
    code: "ERR_PENDING",
    cause: "The device works, but no administration device has confirmed it yet.",
    remedy: "Run 'meshman agent', or 'meshman account sync', on an administration device.",
  },
];

/** The row of a failure, or the error's own words where there is none. */
export function explain(step: Step, error: MeshError): { readonly cause: string; readonly remedy: string } {
  const row = errorTable.find((candidate) => candidate.step === step && candidate.code === error.code);
  return row ?? { cause: error.message, remedy: error.hint };
}
