/**
 * nginx's own grammar (ngx_conf_read_token), with positions, so that a directive can be changed in place without moving
 * a line. Text is latin1 here and everywhere around it: one character a byte, so what is not changed stays as it was.
 */
export interface Argument {
  value: string;
  start: number;
  end: number;
}

export interface Directive {
  name: string;
  args: Argument[];
  line: number;
  start: number;
  /** After the `;`, or after the `{` where there is a block. */
  end: number;
  block?: Directive[];
  /** After the `}` of the block. */
  blockEnd?: number;
}

export interface Parsed {
  directives: Directive[];
  /** What nginx would say, without the file. */
  error?: { message: string; line: number };
}

interface Token {
  /** Punctuation is unquoted `;`, `{`, `}`. */
  kind: "word" | "punctuation" | "end";
  value: string;
  start: number;
  end: number;
  line: number;
}

class SyntaxProblem extends Error {
  line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

export function parse(text: string): Parsed {
  const root: Directive[] = [];
  const open: Directive[] = [];
  const next = tokenizer(text);
  let words: Token[] = [];
  try {
    for (;;) {
      const token = next();
      if (token.kind === "word") {
        words.push(token);
        continue;
      }
      const [first] = words;
      if (token.kind === "end") {
        if (first) throw new SyntaxProblem('unexpected end of file, expecting ";" or "}"', token.line);
        if (open.length > 0) throw new SyntaxProblem('unexpected end of file, expecting "}"', token.line);
        return { directives: root };
      }
      if (token.value === "}") {
        const closed = open.at(-1);
        if (first || !closed) throw new SyntaxProblem('unexpected "}"', token.line);
        closed.blockEnd = token.end;
        open.pop();
        continue;
      }
      if (!first) throw new SyntaxProblem(`unexpected "${token.value}"`, token.line);
      const [name, ...args] = words as [Token, ...Token[]];
      const directive: Directive = { name: name.value, args, line: first.line, start: name.start, end: token.end };
      words = [];
      (open.at(-1)?.block ?? root).push(directive);
      if (token.value === ";") continue;
      directive.block = [];
      // Lua is no nginx configuration; its braces balance.
      if (directive.name.endsWith("_by_lua_block")) directive.blockEnd = next.skipBlock();
      else open.push(directive);
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { directives: root, error: { message: error.message, line: error.line } };
  }
}

function tokenizer(text: string): { (): Token; skipBlock(): number } {
  let position = 0;
  let line = 1;
  const isSpace = (character: string) => character === " " || character === "\t" || /[\r\n]/.test(character);
  const advance = () => {
    if (text[position] === "\n") line += 1;
    position += 1;
  };

  function skipSpaceAndComments(): void {
    for (;;) {
      const character = text[position];
      if (character === undefined) return;
      if (character === "#") while (position < text.length && text[position] !== "\n") position += 1;
      else if (isSpace(character)) advance();
      else return;
    }
  }

  function next(): Token {
    skipSpaceAndComments();
    const token: Token = { kind: "word", value: "", start: position, end: position, line };
    const character = text[position];
    if (character === undefined) return { ...token, kind: "end" };
    if (character === ";" || character === "{" || character === "}") {
      position += 1;
      return { ...token, kind: "punctuation", value: character, end: position };
    }
    token.value = character === '"' || character === "'" ? quoted(character) : bare();
    token.end = position;
    return token;
  }

  function quoted(quote: string): string {
    let value = "";
    position += 1;
    while (text[position] !== quote) {
      if (position >= text.length) throw new SyntaxProblem('unexpected end of file, expecting ";" or "}"', line);
      value += text[position] === "\\" ? readEscape() : text[position];
      advance();
    }
    position += 1;
    const after = text[position];
    if (after !== undefined && !isSpace(after) && !";{)".includes(after)) {
      throw new SyntaxProblem(`unexpected "${after}"`, line);
    }
    return value;
  }

  function bare(): string {
    let value = "";
    // Exactly nginx's: `${{` goes on, `\${` ends. A brace that only one of us takes for a block would hide what is in it.
    let variable = false;
    for (; position < text.length; advance()) {
      const character = text[position] as string;
      if (!(character === "{" && variable)) {
        if (isSpace(character) || character === ";" || character === "{") break;
        variable = character === "$";
      }
      value += character === "\\" ? readEscape() : character;
    }
    return value;
  }

  /** Leaves the position on the escaped character. */
  function readEscape(): string {
    advance();
    const character = text[position] ?? "";
    const known: Record<string, string> = { '"': '"', "'": "'", "\\": "\\", t: "\t", r: "\r", n: "\n" };
    return known[character] ?? `\\${character}`;
  }

  const skipBlock = () => {
    for (let depth = 1; depth > 0 && position < text.length; advance()) {
      if (text[position] === "{") depth += 1;
      if (text[position] === "}") depth -= 1;
    }
    return position;
  };
  return Object.assign(next, { skipBlock });
}
