/** What Pulumi's server makes of an error that has neither text nor stack. */
const nothing = ": ";

/** For the process of a plugin, whose lines Pulumi shows under the stack: a quiet error leaves none. */
export function hideQuietErrors(): void {
  const print = console.error;
  console.error = (...words) => {
    if (words.length !== 1 || words[0] !== nothing) print(...words);
  };
}
