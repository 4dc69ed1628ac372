/**
 * A lock that judges orders, looked through by spin: every order of what phones, a hostile hub with two sessions, time and a loss of power do. No order
 * opens twice or late, no nonce answers two messages, one order has one outcome, and a phone that the lock knows to be removed opens nothing.
 */
import { describeModel } from "./spin.ts";

describeModel("a lock that judges orders", {
  file: "lock-challenge.pml",
  rules: {
    NO_SINGLE: "opened|answered",
    NO_END: "late",
    NO_REBOOT: "opened|answered",
    NO_ATOMIC: "opened|answered|late",
    NO_QUIET: "rejected",
    NO_DELEGATE: "metRemoval",
  },
});
