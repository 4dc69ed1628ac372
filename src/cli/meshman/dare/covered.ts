/** What signatures and digests of DARE files stand for, as people are told. dare-12 §5: the octets of a body, and nothing of its header. */

export const coveredText = {
  envelope: "signature and digest cover the content alone: its file name and type are what the writer of the file says, not who signed",
  sequence:
    "signatures and digests cover the contents of entries alone: names, types, times, and what was replaced or deleted are what the writer of the file says, not who signed",
} as const;
