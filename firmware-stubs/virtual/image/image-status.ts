/** What an image shows of its owner and state, for whoever stands at the device; no secret. */
import type { DeviceImage } from "./image.ts";

/** Code, mode, epochs, hub and owner. */
export function imageStatus({ factory, lock, active, stored, storedEpoch, memory }: DeviceImage): Readonly<Record<string, unknown>> {
  return {
    publicationId: factory.PublicationId,
    class: factory.Class,
    mode: lock.Connected ? "linked" : "onboard",
    dealEpoch: storedEpoch,
    hubUdf: active?.Connection.HubUdf ?? null,
    stored: stored?.Connection.DealEpoch ?? null,
    accountUdf: lock.AccountUdf ?? null,
    accepted: active !== undefined && memory.AcceptedEpoch === active.Connection.DealEpoch,
  };
}
