/** What stands in a message in place of a secret. */
export const placeholder = "[secret]";

/** Shorter ones would be found by chance, and the message could no longer be read. */
const shortest = { secret: 4, line: 12, looksSecret: 16 };

/** What a process knows that no message may show. */
export interface Secrets {
  /** A secret of its own, such as a password or a key: it is found whole and, where it has several lines, by each of them. */
  keep(secret: string): void;
  /** A secret text in which a server finds fault word by word, such as a config. */
  keepWords(text: string): void;
  /** A text of which nobody says whether it is secret: what looks like a secret in it is one. */
  keepWithin(text: string): void;
  /** The text without any of them: as they are, in JSON, in a URL, in a form and in base64. */
  clean(text: string): string;
}

interface Needle {
  readonly text: string;
  /** Whether it counts only where it is not a part of a longer word. */
  readonly isWord: boolean;
}

/**
 * Secrets of all operations of a process together: a server may answer one request with what another one has carried.
 * Most processes have nothing to say, so a secret is prepared for the search when there is a text to be cleaned.
 */
export function createSecrets(): Secrets {
  let unprepared: (() => Needle[])[] = [];
  /** By the first characters, so that a text is gone through once, however many secrets there are. */
  const byBeginning = new Map<string, Map<string, Needle>>();

  /** Each operation of a resource brings the same texts again. */
  function once(needlesOf: (text: string) => Needle[]): (text: string) => void {
    const known = new Set<string>();
    return (text) => {
      if (known.has(text)) return;
      known.add(text);
      unprepared.push(() => needlesOf(text));
    };
  }

  function prepare(): void {
    for (const needle of unprepared.flatMap((needlesOf) => needlesOf())) {
      const beginning = needle.text.slice(0, shortest.secret);
      const alike = byBeginning.get(beginning) ?? new Map<string, Needle>();
      byBeginning.set(beginning, alike);
      const isWord = needle.isWord && (alike.get(needle.text)?.isWord ?? true);
      alike.set(needle.text, { ...needle, isWord });
    }
    unprepared = [];
  }

  return {
    keep: once(wholeAndLines),
    keepWords: once((text) => [...wholeAndLines(text), ...wordsOf(text).flatMap(asWord)]),
    // A server that shows what it was sent shows the whole text as it was sent.
    keepWithin: once((text) => [...wordsOf(text).filter(looksSecret).flatMap(formsOf), ...inBody(text)]),
    clean(text) {
      prepare();
      let [clean, end] = ["", 0];
      for (const [from, to] of found(text, byBeginning)) {
        if (to <= end) continue;
        // One that reaches into another one is covered by the same placeholder, so that no rest of it stays.
        if (from >= end) clean += text.slice(end, from) + placeholder;
        end = to;
      }
      return clean + text.slice(end);
    },
  };
}

function* found(text: string, byBeginning: ReadonlyMap<string, ReadonlyMap<string, Needle>>) {
  for (let at = 0; at + shortest.secret <= text.length; at += 1) {
    let end = at;
    for (const needle of byBeginning.get(text.slice(at, at + shortest.secret))?.values() ?? []) {
      const to = at + needle.text.length;
      if (to > end && text.startsWith(needle.text, at) && !(needle.isWord && isPart(text, at, to))) end = to;
    }
    if (end > at) yield [at, end] as const;
  }
}

function isPart(text: string, from: number, to: number): boolean {
  return /\w/.test(text[from - 1] ?? "") || /\w/.test(text[to] ?? "");
}

function wholeAndLines(secret: string): Needle[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortest.line && !line.startsWith("-----"));
  return [secret, ...lines].filter((part) => part.length >= shortest.secret).flatMap(formsOf);
}

/** As nginx reads a config. */
function wordsOf(text: string): string[] {
  return text.split(/[\s;{}"']+/).filter((word) => word.length >= shortest.secret);
}

/** A word as any language has it would make messages unreadable; nginx quotes what it finds fault with. */
function asWord(word: string): Needle[] {
  return /^[a-z_]+$/.test(word)
    ? [{ text: `"${word}"`, isWord: false }]
    : formsOf(word).map(({ text }) => ({ text, isWord: text === word }));
}

/** Keys, hashes and tokens mix all kinds of characters; paths and names of hosts hardly ever. */
function looksSecret(word: string): boolean {
  const isMixed = /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word);
  return isMixed && word.length >= shortest.looksSecret && !word.startsWith("/");
}

function formsOf(part: string): Needle[] {
  const json = JSON.stringify(part).slice(1, -1);
  const forms = [
    part,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(part.toWellFormed()),
    new URLSearchParams({ part }).toString().slice("part=".length),
    ...["", "x", "xx"].flatMap((before) => inBase64(part, before)),
  ];
  return [...new Set(forms)].map((text) => ({ text, isWord: false }));
}

/** A whole file as it goes into a body. */
function inBody(file: string): Needle[] {
  return inBase64(file, "").map((text) => ({ text, isWord: false }));
}

/** Of the base64 text of something that holds the part behind so many bytes, what depends on nothing but the part. */
function inBase64(part: string, before: string): string[] {
  const begin = Math.ceil((before.length * 8) / 6);
  const end = Math.floor(((before.length + Buffer.byteLength(part)) * 8) / 6);
  const forms = (["base64", "base64url"] as const).map((form) => Buffer.from(before + part).toString(form));
  return forms.map((form) => form.slice(begin, end)).filter((core) => core.length >= shortest.secret);
}
