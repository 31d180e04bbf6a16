import { Fault } from '@leat/connector-kit'
import type { ListedTable, ListRequest, Table, TableColumn, TablePath } from '@leat/connector-kit/sql'
import { snowflakeFault } from './faults.ts'
import { folded, literal, quoted } from './snowflake-names.ts'
import type { SnowflakeSession, TextRow } from './snowflake-session.ts'
import { canonicalType } from './snowflake-types.ts'

/** The table or view at a path: as written, else in the names that Snowflake makes of unquoted ones. Null when there is none. */
export async function describeTable(session: SnowflakeSession, path: TablePath): Promise<Table | null> {
  for (const candidate of candidates(path)) {
    const rows = await described(session, candidate)
    if (rows !== null) return tableOf(candidate, rows)
  }
  return null
}

function candidates(path: TablePath): readonly TablePath[] {
  const { database, schema, name } = path
  const other = {
    ...(database === undefined ? {} : { database: folded(database) }),
    ...(schema === undefined ? {} : { schema: folded(schema) }),
    name: folded(name),
  }
  return path.name === other.name && database === other.database && schema === other.schema ? [path] : [path, other]
}

export function describeStatement({ database, schema, name }: TablePath): string {
  return `DESCRIBE TABLE ${[database, schema, name]
    .filter((part) => part !== undefined)
    .map(quoted)
    .join('.')}`
}

/** Columns of the answer: name, type, kind, null?, default, primary key, unique key, … */
async function described(session: SnowflakeSession, path: TablePath): Promise<readonly TextRow[] | null> {
  try {
    const rows = await session.rows(describeStatement(path))
    return rows.length === 0 ? null : rows
  } catch (error) {
    if (error instanceof Fault && /^snowflake\.(table|object)_missing$/.test(error.code)) return null
    throw error
  }
}

function tableOf(path: TablePath, rows: readonly TextRow[]): Table {
  const columns = rows.map(([name, sqlType, kind, nullable, given]): TableColumn => ({
    name: name ?? '',
    sqlType: sqlType ?? '',
    ...canonicalType(sqlType ?? ''),
    nullable: nullable === 'Y',
    hasDefault: given !== null && given !== '' && given !== undefined,
    generated: kind !== 'COLUMN' && kind !== null,
  }))
  const primaryKey = rows.filter((row) => row[5] === 'Y').map((row) => row[0] ?? '')
  // Snowflake notes keys and does not enforce them, so none of them refuses a row.
  return { path, columns, primaryKey, uniqueKeys: [], guarded: false, rows: 0, bytes: 0, kind: 'table' }
}

export function listStatement(database: string, { schema, limit }: ListRequest): string {
  const only =
    schema === undefined
      ? ''
      : ` AND TABLE_SCHEMA IN (${[...new Set([schema, folded(schema)])].map(literal).join(', ')})`
  return (
    `SELECT TABLE_SCHEMA AS "schema", TABLE_NAME AS "name", TABLE_TYPE AS "kind", BYTES AS "bytes" FROM ${quoted(database)}.INFORMATION_SCHEMA.TABLES ` +
    `WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'${only} ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT ${limit}`
  )
}

export async function listTables(
  session: SnowflakeSession,
  request: ListRequest,
  home: string | undefined,
): Promise<readonly ListedTable[]> {
  const database = request.database ?? home
  if (database === undefined) throw snowflakeFault('no_current_database', {}, { field: 'database_name' })
  const rows = await session.rows(listStatement(database, request))
  return rows.map(([schema, name, kind, bytes]) => ({
    path: { database, schema: schema ?? '', name: name ?? '' },
    kind: kind === 'VIEW' ? 'view' : 'table',
    ...(bytes === null || bytes === undefined ? {} : { bytes: Number(bytes) }),
  }))
}

/** Throws when the schema of the credential does not exist: a listing of its tables would only be empty. */
export async function requireSchema(session: SnowflakeSession, database: string, schema: string): Promise<void> {
  const [row] = await session.rows(
    `SELECT COUNT(*) AS "n" FROM ${quoted(database)}.INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ${literal(schema)}`,
  )
  if (row?.[0] === '0')
    throw snowflakeFault('schema_missing', { object: `"${database}.${schema}"` }, { field: 'schema_name' })
}
