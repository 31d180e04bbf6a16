import { Fault } from '@leat/connector-kit'

/** Longest identifier. https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export const longestName = 255

/** An identifier as it stands, quoted: https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text literal. The backslash begins an escape in Snowflake. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** A plain identifier is folded to capitals, as Snowflake does when it stands unquoted; any other keeps its case. */
export function folded(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name.toUpperCase() : name
}

/** Parts of `db.schema."Odd.Name"`, folded unless quoted. Throws when a quote does not end. */
export function nameParts(path: string): readonly string[] {
  const parts: string[] = []
  let rest = path.trim()
  for (;;) {
    const found = /^\s*(?:"((?:[^"]|"")*)"|([^".]+?))\s*(\.|$)/.exec(rest)
    if (found === null) throw badName(path)
    parts.push(found[1] === undefined ? folded((found[2] ?? '').trim()) : found[1].replaceAll('""', '"'))
    if (parts.some((part) => part === '' || part.length > longestName)) throw badName(path)
    rest = rest.slice(found[0].length)
    if (found[3] === '') return parts
    if (rest === '') throw badName(path)
  }
}

/** `"DB"."SCHEMA"."TABLE"` */
export function qualified(...parts: readonly string[]): string {
  return parts.map(quoted).join('.')
}

function badName(path: string): Fault {
  const message = `table "${path}" cannot be read as a name. Write TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE, with "…" around names with dots.`
  return new Fault({ kind: 'config', code: 'snowflake.table_name', field: 'table', message })
}
