/** A DuckDB identifier: quoted, so that no name can become SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A DuckDB string literal. DuckDB knows no backslash escapes in plain literals. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
