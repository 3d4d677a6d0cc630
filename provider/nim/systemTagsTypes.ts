/** Arguments of the tags of a system. */
export interface SystemTagsInputs {
  /** The system's uid, as `getSystem` finds it. A change takes the tags off the one and puts them on the other. */
  systemUid: string;
  /** Tags that the system is to have, such as `env:prod`, each once and in any order; others that it has stay. */
  tags: string[];
}

export interface SystemTagsOutputs {
  /** The system's host name. */
  hostname: string;
  /** Which resource of which stack put the tags there. NIM does not have it. */
  ownerMark: string;
}
