/** What the state keeps of an object besides arguments and outputs that a program may use. */
export interface Remembered {
  /** Which resource of which stack made the object, and which object it is: the owner mark that the object carries. */
  ownerMark: string;
  /**
   * What the server made of arguments, by path: the value it filled in for one that the program left out, and what it has
   * put in the place of one that it did not take as it was; and what others have set where the program says nothing, as a
   * refresh has shown it. Missing in states of versions before 0.2.
   */
  effective?: Record<string, unknown>;
  /** The stamp of the object as this stack last saw it whole; missing while others' changes are in it unseen. */
  seen?: string;
}
