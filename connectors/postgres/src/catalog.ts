import {
  quoteName,
  type ListedTable,
  type ListRequest,
  type Table,
  type TableColumn,
  type TablePath,
} from '@leat/connector-kit/sql'
import { postgresDialect } from './dialect.ts'
import { literal } from './literal.ts'
import type { PostgresSession } from './session.ts'
import { readType } from './types.ts'

/** Domains are their base type, arrays are told by their element. */
const typeColumns = `
  coalesce(e.typname, b.typname) AS type_name, coalesce(e.typtype, b.typtype) AS type_kind, (e.oid IS NOT NULL) AS is_array`
const typeJoins = (type: string): string => `
  JOIN pg_type t ON t.oid = ${type}
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A' AND b.typelem <> 0`

/** The table as the catalog has it, by the exact name, else by the name in lower case. */
export async function describeTable(session: PostgresSession, path: TablePath): Promise<Table | null> {
  for (const name of new Set([path.name, path.name.toLowerCase()])) {
    const found = await describeExactly(session, { ...path, name })
    if (found !== null) return found
  }
  return null
}

async function describeExactly(session: PostgresSession, { schema, name }: TablePath): Promise<Table | null> {
  const quoted = [schema, name]
    .flatMap((part) => (part === undefined ? [] : quoteName(postgresDialect, part)))
    .join('.')
  const [row] = await session.query(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, greatest(c.reltuples, 0)::bigint AS rows, pg_table_size(c.oid) AS bytes,
      (EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'x'))
        OR EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal) OR c.relkind = 'p'
        OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))) AS guarded,
      (c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT c.relrowsecurity) AS loadable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(${literal(quoted)}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`)
  if (row === undefined) return null
  const columns = await session.query(`
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS sql_type, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier,
      (a.attnotnull OR t.typnotnull) AS required, (a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL) AS has_default,
      (a.attgenerated <> '' OR a.attidentity = 'a') AS generated, ${typeColumns}
    FROM pg_attribute a ${typeJoins('a.atttypid')}
    WHERE a.attrelid = ${row['oid']} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`)
  const keys = await session.query(`
    SELECT i.indisprimary AS is_primary, array_to_json(array_agg(a.attname ORDER BY k.position))::text AS names
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(attnum, position), pg_attribute a
    WHERE i.indrelid = ${row['oid']} AND i.indisunique AND i.indexprs IS NULL AND i.indpred IS NULL AND k.position <= i.indnkeyatts
      AND a.attrelid = i.indrelid AND a.attnum = k.attnum GROUP BY i.indexrelid, i.indisprimary ORDER BY i.indexrelid`)
  const names = (key: (typeof keys)[number]): string[] => JSON.parse(key['names'] ?? '[]') as string[]
  const primary = keys.find((key) => key['is_primary'] === 't')
  return {
    path: { schema: row['schema'] ?? '', name: row['name'] ?? '' },
    columns: columns.map(columnOf),
    primaryKey: primary === undefined ? [] : names(primary),
    uniqueKeys: keys.map(names),
    guarded: row['guarded'] === 't',
    rows: Number(row['rows']),
    bytes: Number(row['bytes']),
    loadable: row['loadable'] === 't',
    kind: row['kind'] === 'r' || row['kind'] === 'p' ? 'table' : 'view',
  }
}

function columnOf(row: Readonly<Record<string, string | null>>): TableColumn {
  const sqlType = row['sql_type'] ?? ''
  return {
    name: row['name'] ?? '',
    sqlType,
    ...readType({
      sqlType,
      name: row['type_name'] ?? '',
      kind: row['type_kind'] ?? 'b',
      isArray: row['is_array'] === 't',
      modifier: Number(row['modifier'] ?? -1),
    }),
    nullable: row['required'] !== 't',
    hasDefault: row['has_default'] === 't',
    generated: row['generated'] === 't',
  }
}

/** Columns of a query, which is planned and not run. */
export async function describeSelect(session: PostgresSession, query: string): Promise<readonly TableColumn[]> {
  const fields = await session.fields(`SELECT * FROM (${query}\n) leat_query LIMIT 0`)
  if (fields.length === 0) return []
  const ids = [...new Set(fields.map(({ typeId }) => typeId))].join(', ')
  const types = await session.query(
    `SELECT t.oid AS id, t.typtypmod AS modifier, t.typtype = 'd' AS is_domain, ${typeColumns} FROM unnest('{${ids}}'::oid[]) u(id) ${typeJoins('u.id')}`,
  )
  const shown = await session.query(
    `SELECT n, format_type(id, modifier) AS sql_type FROM unnest('{${fields.map(({ typeId }) => typeId).join(',')}}'::oid[], '{${fields.map(({ modifier }) => modifier).join(',')}}'::int[]) WITH ORDINALITY u(id, modifier, n) ORDER BY n`,
  )
  return fields.map(({ name, typeId, modifier }, index) => {
    const type = types.find((candidate) => Number(candidate['id']) === typeId)
    const own = type?.['is_domain'] === 't' ? (type['modifier'] ?? '-1') : String(modifier)
    return columnOf({
      ...type,
      name,
      sql_type: shown[index]?.['sql_type'] ?? '',
      modifier: own,
      required: 'f',
      has_default: 'f',
      generated: 'f',
    })
  })
}

export async function listTables(session: PostgresSession, request: ListRequest): Promise<readonly ListedTable[]> {
  const where =
    request.schema === undefined
      ? `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`
      : `n.nspname = ${literal(request.schema)}`
  const rows = await session.query(`
    SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, pg_table_size(c.oid) AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${where} AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1, 2 LIMIT ${request.limit}`)
  return rows.map((row) => ({
    path: { schema: row['schema'] ?? '', name: row['name'] ?? '' },
    kind: row['kind'] === 'r' || row['kind'] === 'p' ? 'table' : 'view',
    bytes: Number(row['bytes']),
  }))
}
