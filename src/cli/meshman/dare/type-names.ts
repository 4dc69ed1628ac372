/** Words of options for types and uses of sequences, apart from what they mean, so that the list of commands loads nothing of it. */

/** Types of sequence (dare-12 §4.2). */
export const typeNames = ["list", "digest", "chain", "tree", "merkle"] as const;

/** What a sequence is for. */
export const useNames = ["archive", "catalog", "spool", "log"] as const;
