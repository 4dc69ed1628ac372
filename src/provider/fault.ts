/** Named points of a change where tests stop the process, so that each can be shown to leave all or nothing. */

/** Points in the order in which a change passes them: of a commit (`store-appended`, `store-switched` once per store), of a page, of what is removed. */
export type FaultPoint =
  | "commit-begun"
  | "commit-recorded"
  | "store-appended"
  | "store-switched"
  | "commit-applied"
  | "message-delivered"
  | "parcel-answered"
  | "parcel-told"
  | "stage-begun"
  | "stage-noted"
  | "stage-appended"
  | "drop-recorded"
  | "body-erased";

/** Called at each point; does nothing outside tests. */
export type FaultHook = (point: FaultPoint) => void;

export const noFault: FaultHook = () => undefined;
