/** An nginx that NIM knows. */
export interface InstanceReference {
  /** Uid of the system that it runs on. */
  systemUid: string;
  /** Its own uid. */
  instanceUid: string;
}

/** All instances of a group. */
export interface GroupReference {
  /** Uid of the instance group. */
  instanceGroup: string;
}

/** How one instance took a publish. */
export interface InstanceOutcome {
  /** The instance's name in NIM. */
  name: string;
  /** `success`, `failure`, `pending`; `changed` when somebody edited it apart from its group. */
  status: string;
  /** nginx's own words when it refused the config. */
  message: string;
}
