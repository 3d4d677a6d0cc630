/**
 * Which requests are meant: `"PUT /policy/api/v1/infra/segments/*"`, `"* /api/**"`, `"/_api/certs"` or a RegExp over
 * `METHOD path?query`. In a glob `*` stays within one path segment and `**` does not; a glob without `?` ignores the query.
 */
export type Pattern = string | RegExp;

export function matches(pattern: Pattern, method: string, path: string): boolean {
  if (pattern instanceof RegExp) return pattern.test(`${method} ${path}`);
  const space = pattern.indexOf(" ");
  const methodPart = space < 0 ? "*" : pattern.slice(0, space);
  const pathPart = pattern.slice(space + 1);
  if (methodPart !== "*" && methodPart !== method) return false;
  return globToRegExp(pathPart).test(pathPart.includes("?") ? path : (path.split("?")[0] ?? path));
}

const compiled = new Map<string, RegExp>();

function globToRegExp(glob: string): RegExp {
  let regExp = compiled.get(glob);
  if (!regExp) {
    const source = glob
      .replace(/[.+^${}()|[\]\\?]/g, "\\$&")
      .replace(/\*\*|\*/g, (stars) => (stars === "**" ? ".*" : "[^/?]*"));
    regExp = new RegExp(`^${source}$`);
    compiled.set(glob, regExp);
  }
  return regExp;
}
