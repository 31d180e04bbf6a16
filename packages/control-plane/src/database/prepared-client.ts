import pg from 'pg'

/** Texts that get a name, of all connections of this process: what is put together anew for each call must not fill the server's memory. */
const mostNames = 400
const names = new Map<string, string | null>()

/**
 * A name for a statement that comes again, so that PostgreSQL parses it once for each connection. None for `select *`: its columns change with
 * a migration, and PostgreSQL then refuses the statement.
 */
export function statementName(text: string): string | null {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= mostNames) return null
  const name = text.replaceAll('count(*)', '').includes('*') ? null : `leat_${names.size}`
  names.set(text, name)
  return name
}

/** A connection whose statements with parameters are parsed once; each is planned for its parameters, as tables grow fast here. */
export class PreparedClient extends pg.Client {
  // One implementation for all of pg's overloads, of which callers keep seeing the types.
  override query(...given: unknown[]): never {
    const [text, values, ...rest] = given
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? statementName(text) : null
    const all = name === null ? given : [{ name, text, values }, ...rest]
    return Reflect.apply(pg.Client.prototype.query, this, all) as never
  }
}
