import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataType, Schema } from '@leat/connector-kit'
import { checkedText, guard, onlyNull } from '../checks.ts'
import { fastLineBytes } from '../limits.ts'
import { quoteIdent, quotePaths } from '../sql.ts'
import { duckdbType } from '../types/duckdb-type.ts'
import { keyOf } from '../types/keys.ts'
import { typedKeysOf, type TypedKey } from './typed-keys.ts'

/**
 * The fast path. `read_json` with `columns` drops unknown keys and rounds 8.7 into 9; with a detected schema it raises on unknown
 * keys, duplicate keys and wrong structure. So the schema is "detected" from a seed file whose rows force the read types, its rows
 * are filtered out by a column that only the seed has, and every value that the reader may have bent is checked in SQL.
 *
 * What the reader does with scalars (DuckDB 1.5.6): in a number or boolean column it would accept "1.5", true and 1e400. Under the keys of
 * `typedKeysOf` a look at the bytes excludes that (`TokenScan`, which the caller must have asked), so they are read with their type: half of the cost
 * of this path. Other numbers and booleans are read as JSON text; that text prints 64-bit and longer integers verbatim and fractions as the shortest
 * decimal of their binary64 value. A line `null` gives a row of NULLs, so rows without any value raise.
 */
export async function strictJsonSelect(
  paths: readonly string[],
  given: Schema,
  scratch: string,
  coercion = true,
): Promise<string> {
  const schema: Reading = { fields: given.fields, coercion, typed: typedKeysOf(given) }
  if (schema.fields.length === 0) return `SELECT error('the schema has no columns yet') AS "_"`
  const id = randomUUID().replaceAll('-', '')
  const marker = `_leat_seed_${id}`
  const seed = join(scratch, `seed-${id}.json`)
  await writeFile(seed, seedRows(schema, marker))
  const names = schema.fields.map((_, index) => `c${index}`)
  // Beside the first column the check costs nothing while that has a value; a filter would copy every row.
  const empty = (first: string) =>
    `CASE WHEN ${names.map((name) => `${name} IS NULL`).join(' AND ')} THEN error('a record without any value') ELSE ${first} END`
  const columns = schema.fields.map((field, index) => {
    const value = checked(`c${index}`, field.type, 0, schema, keyOf(field.name, schema.fields))
    return `${index === 0 ? empty(value) : value} AS ${quoteIdent(field.name)}`
  })
  return `SELECT ${columns.join(', ')} FROM read_json(${quotePaths([seed, ...paths])}, ${options}) AS t(${names.join(', ')}, marker) WHERE marker IS NULL`
}

const options = [
  `format = 'newline_delimited'`,
  `records = true`,
  `auto_detect = true`,
  `sample_size = -1`,
  `maximum_sample_files = 1`,
  `maximum_depth = -1`,
  `map_inference_threshold = -1`,
  `field_appearance_threshold = 0`,
  `convert_strings_to_integers = false`,
  `hive_partitioning = false`,
  `union_by_name = false`,
  `ignore_errors = false`,
  `compression = 'uncompressed'`,
  `maximum_object_size = ${fastLineBytes}`,
].join(', ')

interface Reading extends Schema {
  /** False: a number or an object in a text column raises (`scalar.coercion`). */
  readonly coercion: boolean
  readonly typed: ReadonlyMap<string, TypedKey>
}

/** Two rows: where they differ in shape (number against object), DuckDB decides for JSON. */
function seedRows(schema: Reading, marker: string): string {
  const row = (shape: 'plain' | 'mixed') =>
    `{${schema.fields
      .map((field) => keyOf(field.name, schema.fields))
      .map((key, index) => `${JSON.stringify(key)}:${seedValue(schema.fields[index]!.type, shape, schema, key)}`)
      .join(',')},${JSON.stringify(marker)}:1}\n`
  return row('plain') + row('mixed')
}

/** `key`: the value stands directly under it; null inside of a list. */
function seedValue(type: DataType, shape: 'plain' | 'mixed', reading: Reading, key: string | null): string {
  if (type.kind === 'list') return `[${seedValue(type.element, shape, reading, null)}]`
  if (type.kind === 'struct')
    return `{${type.fields.map((field) => `${JSON.stringify(field.name)}:${seedValue(field.type, shape, reading, field.name)}`).join(',')}}`
  const typed = typedRead(reading, key)
  if (typed !== null) return typed.seed
  if (readsAsText(type) && (reading.coercion || !isText(type))) return '"s"'
  return shape === 'plain' ? '1' : '{}'
}

/** What DuckDB detects from `seed`, and so reads. */
const typedReads = {
  whole: { type: 'BIGINT', seed: '9007199254740993' },
  fraction: { type: 'DOUBLE', seed: '1.5' },
  decimal: { type: 'DOUBLE', seed: '1.5' },
  boolean: { type: 'BOOLEAN', seed: 'true' },
  anything: null,
} as const

function typedRead(reading: Reading, key: string | null): (typeof typedReads)['whole' | 'fraction' | 'boolean'] | null {
  return typedReads[(key === null ? undefined : reading.typed.get(key)?.kind) ?? 'anything']
}

function readsAsText(type: DataType): boolean {
  return type.kind === 'scalar' && textTypes.has(type.name)
}
const textTypes: ReadonlySet<string> = new Set(['VARCHAR', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMPTZ', 'UUID'])

/** SQL that turns what was read into `type`, or raises. */
function checked(value: string, type: DataType, depth: number, reading: Reading, key: string | null): string {
  const read = readType(type, reading, key)
  if (read !== null) return read === duckdbType(type) ? value : `CAST(${value} AS ${duckdbType(type)})`
  switch (type.kind) {
    case 'list': {
      const name = `x${depth}`
      return `list_transform(${value}, lambda ${name}: ${checked(name, type.element, depth + 1, reading, null)})`
    }
    case 'struct':
      // struct_pack of a NULL struct would be a struct of NULLs.
      return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${type.fields
        .map(
          (field) =>
            `${quoteIdent(field.name)} := ${checked(`${value}.${quoteIdent(field.name)}`, field.type, depth, reading, field.name)}`,
        )
        .join(', ')}) END`
    case 'decimal':
      return type.scale === 0 ? wholeNumber(value, duckdbType(type)) : decimal(value, duckdbType(type), type.scale)
    case 'map':
      return onlyNull(value, type)
    case 'scalar':
      return checkedScalar(value, type.name, type)
  }
}

/** The type in which a value comes out of the reader when no more than a cast is left to do; null when it must be checked. */
function readType(type: DataType, reading: Reading, key: string | null): string | null {
  if (type.kind === 'list') {
    const element = readType(type.element, reading, null)
    return element === null ? null : `${element}[]`
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map((field) => [field.name, readType(field.type, reading, field.name)] as const)
    if (fields.some(([, read]) => read === null)) return null
    return `STRUCT(${fields.map(([name, read]) => `${quoteIdent(name)} ${read}`).join(', ')})`
  }
  return typedRead(reading, key)?.type ?? (reading.coercion && isText(type) ? 'VARCHAR' : null)
}

function isText(type: DataType): boolean {
  return type.kind === 'scalar' && type.name === 'VARCHAR'
}

function checkedScalar(value: string, name: string, type: DataType): string {
  const text = `CAST(${value} AS VARCHAR)`
  switch (name) {
    case 'JSON':
      // NaN and Infinity pass the reader, and are no JSON. The words inside of a text are doubted too.
      return guard(value, `NOT (contains(${text}, 'NaN') OR contains(${text}, 'Inf'))`, value, 'JSON')
    case 'VARCHAR':
      return guard(value, `prefix(${text}, '"')`, `${value} ->> '$'`, 'VARCHAR')
    case 'BOOLEAN':
      return `CASE ${text} WHEN 'true' THEN true WHEN 'false' THEN false ELSE CASE WHEN ${value} IS NULL THEN NULL ELSE error('no boolean') END END`
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'HUGEINT':
    case 'UTINYINT':
    case 'USMALLINT':
    case 'UINTEGER':
    case 'UBIGINT':
      return wholeNumber(value, name)
    case 'DOUBLE':
      return double(value)
    default:
      return checkedText(value, name) ?? onlyNull(value, type)
  }
}

/**
 * Text of a JSON string starts with a quote and `true` has no digit, so the cast itself refuses both. The reader prints a fraction
 * with a point, an exponent with `e`; literals beyond binary64 stay as they are and are beyond these types too.
 */
function wholeNumber(value: string, type: string): string {
  const text = `CAST(${value} AS VARCHAR)`
  return `CASE WHEN contains(${text}, '.') OR contains(${text}, 'e') THEN error('no ${type}') ELSE CAST(${text} AS ${type}) END`
}

/**
 * A fraction is exact when it prints with at most 15 digits (then decimal and binary64 name each other) and at most `scale` of them behind the point.
 * Whole numbers print verbatim at any length. The first branch takes what is common at little cost: without a point it sees only texts that
 * are at most `scale` long, and an exponent (`1e-7`, `1.5e-7`) takes at least four characters there.
 */
function decimal(value: string, type: string, scale: number): string {
  const text = `CAST(${value} AS VARCHAR)`
  const cast = `CAST(${text} AS ${type})`
  const short = `strlen(${text}) <= 16 AND strlen(${text}) - strpos(${text}, '.') <= ${scale}${scale < 3 ? '' : ` AND NOT contains(${text}, 'e')`}`
  const integer = `strpos(${text}, '.') = 0 AND NOT contains(${text}, 'e') AND NOT contains(${text}, 'E')`
  return `CASE WHEN ${short} THEN ${cast} WHEN ${value} IS NULL OR ${integer} THEN ${cast} ELSE error('no ${type}') END`
}

/** Whole numbers of more than 15 digits may be no binary64 value; 1e400 would become Infinity. */
function double(value: string): string {
  const text = `CAST(${value} AS VARCHAR)`
  return guard(
    value,
    `(strlen(${text}) <= 15 OR contains(${text}, '.') OR contains(${text}, 'e')) AND isfinite(CAST(${text} AS DOUBLE))`,
    `CAST(${text} AS DOUBLE)`,
    'DOUBLE',
  )
}
