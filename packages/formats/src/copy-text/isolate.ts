import type { Schema } from '@leat/connector-kit'
import type { Isolated, IsolateRequest, SqlSession } from '../api.ts'
import { drifted } from '../slow/drifted.ts'
import { quoteIdent, quoteLiteral } from '../sql.ts'
import { castExact } from '../types/conform.ts'
import { duckdbType } from '../types/duckdb-type.ts'
import { mergeSchema } from '../types/merge.ts'
import { describeChanges, sameSchema } from '../types/type.ts'
import { isNative, readCopyText, valueOf } from './read.ts'

/** Values that do not fit their declared type (`NaN` in a DECIMAL, a year that DuckDB does not have) refuse their record; the rest lands. */
export async function isolateCopyText(
  session: SqlSession,
  declared: Schema,
  request: IsolateRequest,
): Promise<Isolated> {
  const schema = targetOf(declared, request)
  const fields = declared.fields.map((field, index) => {
    const text = `c${index}`
    const typed = isNative(field.type) ? `CAST(${text} AS ${duckdbType(field.type)})` : valueOf(text, field.type)
    const wanted = schema.fields.find((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase())
    const value = wanted === undefined ? null : `TRY(${castExact(typed, field.type, wanted.type)})`
    return { field, text, value, wanted }
  })
  const misfits = fields.map(
    ({ text, value }) => `(${text} IS NOT NULL AND ${value === null ? 'true' : `${value} IS NULL`})`,
  )
  const bad = `(${misfits.join(' OR ')})`
  const rows = '_leat_copy_text'
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${rows} AS SELECT *, row_number() OVER () - 1 AS _ordinal FROM ${readCopyText([request.path], declared, false)}`,
  )
  try {
    const columns = schema.fields.map((wanted) => {
      const found = fields.find((candidate) => candidate.wanted === wanted)
      return `${found?.value ?? `CAST(NULL AS ${duckdbType(wanted.type)})`} AS ${quoteIdent(wanted.name)}`
    })
    await session.run(
      copy(`SELECT ${columns.join(', ')} FROM ${rows} WHERE NOT ${bad} ORDER BY _ordinal`, request.output),
    )
    const reasons = fields.map(
      ({ field, text, wanted }, index) =>
        `WHEN ${misfits[index]} THEN ${quoteLiteral(`${field.name}: `)} || left(${text}, 80) || ${quoteLiteral(wanted === undefined ? ' stands in a column that the nexset does not have' : ` does not fit ${duckdbType(wanted.type)}`)}`,
    )
    const line = declared.fields.map((_, index) => `coalesce(c${index}, '\\N')`).join(', ')
    await session.run(
      copy(
        `SELECT _ordinal::BIGINT AS ordinal, encode(concat_ws(chr(9), ${line})) AS raw, 'record.value_misfit' AS code, CASE ${reasons.join(' ')} END AS reason FROM ${rows} WHERE ${bad} ORDER BY _ordinal`,
        request.refused,
      ),
    )
    const refused = await session.rows(`SELECT _ordinal::BIGINT AS ordinal FROM ${rows} WHERE ${bad} ORDER BY _ordinal`)
    const [counted] = await session.rows(`SELECT count(*)::BIGINT AS n FROM ${rows}`)
    return {
      schema,
      rows: Number(counted?.['n']) - refused.length,
      refused: refused.length,
      refusedOrdinals: refused.map((row) => Number(row['ordinal'])),
      drift: request.schema === null ? [] : describeChanges(request.schema, schema),
    }
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${rows}`)
  }
}

/** The nexset's schema with what the source declares, as the drift policy has it. */
function targetOf(declared: Schema, request: IsolateRequest): Schema {
  if (request.schema === null || request.schema.fields.length === 0) return declared
  const merged = mergeSchema(request.schema, declared)
  if (request.drift === 'evolve' || sameSchema(merged, request.schema)) return merged
  if (request.drift === 'stop') throw drifted(describeChanges(request.schema, merged))
  return request.schema
}

function copy(select: string, path: string): string {
  return `COPY (${select}) TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION snappy)`
}
