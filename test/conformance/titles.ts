// Which tests a file has, as its text says it: nothing is run for that.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

export interface Found {
  /** From the outermost group to the test. */
  readonly path: readonly string[];
  /** `sometimes`: only where the machine has what it needs. */
  readonly runs: "always" | "sometimes" | "never";
  /** Whether its table, or one of a group around it, has that text or number. */
  hasRow(row: string): boolean;
}

interface Around {
  readonly path: readonly string[];
  readonly runs: Found["runs"];
  readonly tables: readonly ts.Node[];
}

const parsed = new Map<string, ts.SourceFile>();

function parse(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true);
  parsed.set(file, source);
  return source;
}

const tests = new Map<string, readonly Found[]>();

/** @param file - an absolute path */
export function testsIn(file: string): readonly Found[] {
  const known = tests.get(file) ?? findTests(parse(file));
  tests.set(file, known);
  return known;
}

function findTests(source: ts.SourceFile): Found[] {
  const found: Found[] = [];

  const visit = (node: ts.Node, around: Around): void => {
    const call = ts.isCallExpression(node) ? readCall(node) : undefined;
    if (!call) {
      ts.forEachChild(node, (child) => visit(child, around));
      return;
    }
    const inner: Around = {
      path: [...around.path, call.title],
      runs: [around.runs, call.runs].includes("never") ? "never" : call.runs === "always" ? around.runs : call.runs,
      tables: [...around.tables, ...call.tables],
    };
    if (call.isGroup) for (const argument of call.rest) visit(argument, inner);
    else found.push({ path: inner.path, runs: inner.runs, hasRow: (row) => hasText(inner.tables, row, source) });
  };

  visit(source, { path: [], runs: "always", tables: [] });
  return found;
}

interface Call {
  readonly isGroup: boolean;
  readonly title: string;
  readonly runs: Found["runs"];
  readonly tables: readonly ts.Node[];
  readonly rest: readonly ts.Node[];
}

/** `it(…)`, `test.each(table)(…)`, `describe.skipIf(…)(…)`, and functions of ours that begin like describe. */
function readCall({ expression, arguments: [title, ...rest] }: ts.CallExpression): Call | undefined {
  const words: string[] = [];
  const tables: ts.Node[] = [];
  let callee: ts.Expression = expression;
  while (!ts.isIdentifier(callee)) {
    if (ts.isCallExpression(callee)) {
      if (ts.isPropertyAccessExpression(callee.expression) && callee.expression.name.text === "each") {
        tables.push(...callee.arguments);
      }
    } else if (ts.isPropertyAccessExpression(callee)) words.push(callee.name.text);
    else return undefined;
    callee = callee.expression;
  }
  const name = callee.text;
  const isGroup = /^describe([A-Z]\w*)?$/.test(name);
  if (!title || (!isGroup && !/^(it|test)$/.test(name))) return undefined;
  const text = ts.isStringLiteralLike(title) ? title.text : title.getText().slice(1, -1);
  const isOff = words.some((word) => ["skip", "todo", "fails"].includes(word)) || rest.length === 0;
  const isConditional = words.some((word) => /^(skipIf|runIf)$/.test(word)) || /^describe[A-Z]/.test(name);
  return { isGroup, title: text, runs: isOff ? "never" : isConditional ? "sometimes" : "always", tables, rest };
}

/** Also what the tables get from elsewhere, by the names in them. */
function hasText(tables: readonly ts.Node[], text: string, source: ts.SourceFile): boolean {
  const seen = new Set<ts.Node>();
  /** @param follows - whether a name may stand for rows: those of a list that is written out are in it themselves */
  const look = (node: ts.Node, file: ts.SourceFile, follows = true): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text === text;
    if (ts.isIdentifier(node)) {
      const meant = follows ? declarationOf(node.text, file) : undefined;
      return node.text === text || (meant !== undefined && look(meant.node, meant.file));
    }
    const below = (child: ts.Node) =>
      look(child, file, ts.isSpreadElement(child) || (follows && !ts.isArrayLiteralExpression(node)));
    return ts.forEachChild(node, (child) => below(child) || undefined) ?? false;
  };
  return tables.some((table) => look(table, source));
}

const declared = new Map<ts.SourceFile, Map<string, ts.Node>>();

/** The variables and functions of a file, at whatever depth; of two of one name the first. */
function declarationsIn(file: ts.SourceFile): Map<string, ts.Node> {
  const known = declared.get(file);
  if (known) return known;
  const found = new Map<string, ts.Node>();
  const visit = (node: ts.Node): void => {
    const isVariable = ts.isVariableDeclaration(node) && ts.isIdentifier(node.name);
    const body = isVariable ? node.initializer : ts.isFunctionDeclaration(node) ? node.body : undefined;
    const name = isVariable ? node.name.getText(file) : ts.isFunctionDeclaration(node) ? node.name?.text : undefined;
    if (name !== undefined && body && !found.has(name)) found.set(name, body);
    ts.forEachChild(node, visit);
  };
  visit(file);
  declared.set(file, found);
  return found;
}

/** What a name stands for, in the file or in the one that it is imported from. */
function declarationOf(name: string, file: ts.SourceFile): { node: ts.Node; file: ts.SourceFile } | undefined {
  const node = declarationsIn(file).get(name);
  if (node) return { node, file };
  for (const statement of file.statements) {
    const isFrom = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    if (!isFrom || !statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const target = statement.moduleSpecifier.text;
    if (!target.startsWith(".") || !new RegExp(`\\b${name}\\b`).test(statement.getText(file))) continue;
    return declarationOf(name, parse(join(dirname(file.fileName), target)));
  }
  return undefined;
}
