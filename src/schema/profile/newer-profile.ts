/** Which of two issues of a profile counts: a profile is reissued under the same ProfileSignature when its address, service or keys change. schema-08 §4.1 */
import { fromDateTime } from "../../base/clock.ts";
import type { ProfileUser } from "./profile.ts";

/** True when `other` was issued after `profile`. A time that is missing is before all others. */
export function isNewerProfile(other: ProfileUser, profile: ProfileUser): boolean {
  const time = ({ Updated }: ProfileUser): number => (Updated === undefined ? 0 : fromDateTime(Updated));
  return time(other) > time(profile);
}
