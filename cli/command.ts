/** A subcommand of `pulumi-nginx-nsx`. */
export interface Command {
  /** One line for the list of commands. */
  summary: string;
  help(): string;
  /** Runs with the arguments after the command's name and gives the exit code. */
  run(args: string[]): Promise<number>;
}

/** The command line cannot be understood: its message goes to the user as it is, with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
