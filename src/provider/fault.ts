/** Named points of a commit where tests stop the process, so that each can be shown to leave all or nothing. */

/** Points in the order in which a commit passes them; `store-appended` once per store. */
export type FaultPoint = "commit-begun" | "commit-recorded" | "store-appended" | "commit-applied" | "message-delivered";

/** Called at each point; does nothing outside tests. */
export type FaultHook = (point: FaultPoint) => void;

export const noFault: FaultHook = () => undefined;
