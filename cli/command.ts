import { type ParseArgsConfig, parseArgs } from "node:util";

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

/** The options of a command. @throws a {@link UsageError} for what is none of them, and for what counts once and stands twice */
export function readArgs<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: string,
  args: string[],
  options: Options,
) {
  const see = `see "pulumi-nginx-nsx ${command} --help"`;
  const { values, tokens } = (() => {
    try {
      return parseArgs({ args, options, tokens: true });
    } catch (error) {
      throw new UsageError(`${(error as Error).message.split(". ")[0]}; ${see}`);
    }
  })();
  const given = tokens.flatMap((token) =>
    token.kind === "option" && !options[token.name]?.multiple ? token.name : [],
  );
  const twice = given.find((name, index) => given.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice; ${see}`);
  return values;
}
