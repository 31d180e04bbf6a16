/** SQL text of an identifier: `a"b` -> `"a""b"`. */
export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** SQL text of a string literal: `it's` -> `'it''s'`. NUL cannot stand in SQL text, so it is spliced in. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\0') ? `(${quoted.replaceAll('\0', `' || chr(0) || '`)})` : quoted
}

/** A path as DuckDB's readers take it: they would expand `*`, `?` and `[`. */
export function quotePath(path: string): string {
  return quoteLiteral(path.replace(/[*?[]/g, '[$&]'))
}

/** A list of paths: `['a', 'b']`. */
export function quotePaths(paths: readonly string[]): string {
  return `[${paths.map(quotePath).join(', ')}]`
}
