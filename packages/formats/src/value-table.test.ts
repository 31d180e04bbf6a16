import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import type { DataType, Json, JsonObject } from '@leat/connector-kit'
import {
  canonicalText,
  decodeRows,
  encodeRows,
  valueCases,
  valueRows,
  valueSchema,
} from '@leat/connector-kit/conformance'
import { encodeSelect, planFor } from './encode-select.ts'
import { planEncoding } from './encode.ts'
import { quoteIdent, quoteLiteral } from './sql.ts'
import { openBench } from './testing/duckdb.ts'
import { duckdbType } from './types/duckdb-type.ts'

/** A canonical value as a literal of DuckDB. */
function literal(type: DataType, value: Json): string {
  const typed = duckdbType(type)
  if (value === null) return `NULL::${typed}`
  switch (type.kind) {
    case 'list':
      return `[${(value as readonly Json[]).map((item) => literal(type.element, item)).join()}]::${typed}`
    case 'struct': {
      const members = value as JsonObject
      return `struct_pack(${type.fields.map(({ name, type: inner }) => `${quoteIdent(name)} := ${literal(inner, members[name] ?? null)}`).join()})`
    }
    case 'map': {
      const entries = Object.entries(value as JsonObject)
      const keys = entries.map(([key]) => literal(type.key, key))
      return `MAP([${keys.join()}], [${entries.map(([, item]) => literal(type.value, item)).join()}])::${typed}`
    }
    default:
      return type.kind === 'scalar' && type.name === 'BLOB'
        ? `from_base64(${text(String(value))})`
        : `CAST(${text(String(value))} AS ${typed})`
  }
}

/** A NUL cannot stand in a statement. */
function text(value: string): string {
  return value.split('\u0000').map(quoteLiteral).join(' || chr(0) || ')
}

const schema = valueSchema()
const rows = valueRows()
const relation = `(${rows.map((row) => `SELECT ${schema.fields.map(({ name, type }) => `${literal(type, row[name] ?? null)} AS ${quoteIdent(name)}`).join()}`).join(' UNION ALL ')}) AS t`

async function written(data_format: string): Promise<string> {
  await using bench = await openBench()
  const plan = planFor(planEncoding({ data_format }), schema)
  const path = join(bench.folder, `out.${plan.extension}`)
  await bench.session.run(`CREATE TABLE values_table AS FROM ${relation}`)
  await bench.session.run(
    `COPY (${encodeSelect(plan, schema, '(FROM values_table ORDER BY id) AS t')}) TO '${path}' ${plan.copyOptions}`,
  )
  return (await readFile(path)).toString()
}

test('PROMISE-VALUE-TABLE: delimited files hold the value table byte for byte as the suite of connectors expects it', async () => {
  assert.ok(rows.length === valueCases.length && rows.length > 60)
  for (const format of ['csv', 'tsv'] as const) {
    const lines = (await written(format)).split('\n')
    const expected = Buffer.from(encodeRows(format, schema, rows))
      .toString()
      .split('\n')
    for (const [index, line] of expected.entries()) assert.equal(lines[index], line, `${format}, line ${index + 1}`)
    assert.equal(lines.length, expected.length)
  }
})

test('PROMISE-VALUE-TABLE: JSON lines hold the value table, but for NaN and the infinities, which JSON has not', async () => {
  const records = decodeRows('ndjson', await written('json'))
  assert.equal(records.length, valueCases.length)
  for (const [index, one] of valueCases.entries()) {
    const shown = records[index]?.[one.column]
    const expected = ['NaN', 'Infinity', '-Infinity'].includes(String(one.value)) ? null : one.value
    assert.equal(canonicalText(one.type, shown), canonicalText(one.type, expected), one.id)
  }
})
