/** Changes to a text by position, all made at once; a removed stretch keeps its line breaks, so line numbers stay. */
export interface Edits {
  replace(start: number, end: number, text: string): void;
  insert(position: number, text: string): void;
  remove(start: number, end: number): void;
  apply(): string;
}

export function createEdits(text: string): Edits {
  const changes: { start: number; end: number; text: string }[] = [];
  const replace = (start: number, end: number, replacement: string) => {
    changes.push({ start, end, text: replacement });
  };
  return {
    replace,
    insert: (position, inserted) => replace(position, position, inserted),
    remove: (start, end) => replace(start, end, text.slice(start, end).replace(/[^\n]/g, "")),
    apply: () => {
      let result = "";
      let position = 0;
      for (const change of changes.sort((a, b) => a.start - b.start)) {
        // What lies within something removed goes with it.
        if (change.start < position) continue;
        result += text.slice(position, change.start) + change.text;
        position = change.end;
      }
      return result + text.slice(position);
    },
  };
}

/** An argument as it has to stand in a configuration. */
export function quote(value: string): string {
  return /^[\w./:$*?,=@%+-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
