/** What stands in a message in place of a secret. */
const placeholder = "[secret]";

/** Shorter ones would be found by chance, and the message could no longer be read. */
const shortest = { secret: 4, line: 12 };

/**
 * Takes secrets out of a text that people will see: a server may show in its error what it was sent. A secret is found
 * whole or, where it has several lines, by each of them; as it is, in JSON, in a URL, in a form and in base64.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const needles = secrets.flatMap(partsOf).flatMap(formsOf);
  // The longest first: a part that was taken out of a whole would leave the rest of it.
  return needles
    .toSorted((a, b) => b.length - a.length)
    .reduce((clean, needle) => clean.replaceAll(needle, placeholder), text);
}

function partsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortest.line && !line.startsWith("-----"));
  return [secret, ...lines].filter((part) => part.length >= shortest.secret);
}

function formsOf(part: string): string[] {
  const json = JSON.stringify(part).slice(1, -1);
  return [
    part,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(part.toWellFormed()),
    new URLSearchParams({ part }).toString().slice("part=".length),
    ...["", "x", "xx"].flatMap((before) => inBase64(part, before)),
  ];
}

/** Of the base64 text of something that holds the part behind so many bytes, what depends on nothing but the part. */
function inBase64(part: string, before: string): string[] {
  const begin = Math.ceil((before.length * 8) / 6);
  const end = Math.floor(((before.length + Buffer.byteLength(part)) * 8) / 6);
  const forms = (["base64", "base64url"] as const).map((form) => Buffer.from(before + part).toString(form));
  return forms.map((form) => form.slice(begin, end)).filter((core) => core.length >= shortest.secret);
}
