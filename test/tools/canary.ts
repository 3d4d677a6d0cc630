// Finds secrets in texts, in whatever form they got there.

/** Names of the secrets that a text holds, each with the form in which it does. */
export type Search = (text: string) => string[];

/**
 * @param secrets - by what to call them in a finding; a key in PEM form counts line by line
 * @param known - what everybody may see: a private key holds the public one, which stands in the certificate as well
 */
export function searchFor(secrets: Readonly<Record<string, string>>, known = ""): Search {
  const needles = Object.entries(secrets).flatMap(([name, secret]) =>
    partsOf(secret).flatMap((part) =>
      formsOf(part).map(([form, needle]) => ({ finding: `${name} (${form})`, needle })),
    ),
  );
  const telling = needles.filter(({ needle }) => !known.includes(needle));
  return (text) => [...new Set(telling.filter(({ needle }) => text.includes(needle)).map(({ finding }) => finding))];
}

/** A leak may wrap or cut a text; shorter parts would be found by chance. */
const shortest = 12;

function partsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortest && !line.startsWith("-----"));
  return [secret, ...(lines.length > 1 ? lines : [])];
}

function formsOf(text: string): [string, string][] {
  const json = JSON.stringify(text).slice(1, -1);
  const hex = Buffer.from(text).toString("hex");
  return [
    ["as it is", text],
    ["in JSON", json],
    ["in JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["URL-encoded", encodeURIComponent(text)],
    ["in a form", new URLSearchParams({ p: text }).toString().slice(2)],
    ["hexadecimal", hex],
    ["hexadecimal", hex.toUpperCase()],
    ...["", "x", "xx"].flatMap((before): [string, string][] => [
      ["base64", base64Core(text, before, "base64")],
      ["base64url", base64Core(text, before, "base64url")],
    ]),
  ];
}

/** The part of the base64 text that depends on the secret alone, whatever stands before and after it. */
function base64Core(text: string, before: string, code: "base64" | "base64url"): string {
  const start = Math.ceil((before.length * 8) / 6);
  const end = Math.floor(((before.length + Buffer.byteLength(text)) * 8) / 6);
  return Buffer.from(before + text)
    .toString(code)
    .slice(start, end);
}
