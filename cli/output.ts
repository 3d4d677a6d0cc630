/** `1 server`, `2 servers`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Names can have hundreds of characters; in a table they leave room for what is said of them. */
export function shortened(name: string): string {
  const most = 40;
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

/** Ends the process where its output ends: with 0 where its reader has seen enough (`| head`), else with 1 and the reason. */
export function endWithOutput(): void {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0);
    process.stderr.write(`pulumi-nginx-nsx: The output cannot be written: ${message}\n`);
    process.exit(1);
  });
}

/** A server's words may hold what moves a terminal's cursor. */
export function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

/** Lines whose columns stand below each other, the first one above them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map(inOneLine));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
