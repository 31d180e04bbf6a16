import type { DataType, Field, Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import type { Node } from '../expression/ast.ts'
import {
  checkExpression,
  compileExpression,
  resolvePath,
  type CompiledExpression,
} from '../expression/compile-expression.ts'
import { ExpressionError } from '../expression/expression-error.ts'
import { parseExpression } from '../expression/parse.ts'
import { duckType, structOf } from '../expression/types.ts'
import { didYouMean } from '../did-you-mean.ts'
import { quoteName, quoteText } from '../quote.ts'
import type { Column, Failure, Spec } from './step.ts'

/** Names that the platform adds to rows for its own use. */
const ownPrefix = '_leat_'

export function unchanged(field: Field): Column {
  return { name: field.name, type: field.type, sql: quoteName(field.name) }
}

/** DuckDB's column names ignore case, so two that differ only in case cannot stand side by side. */
export function refuseDuplicates(columns: readonly Column[], field: string): void {
  const seen = new Map<string, string>()
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined) {
      const differ = other === name ? `"${name}" would stand twice` : `"${other}" and "${name}" differ only in case`
      throw configFault('duplicate_field', field, `${differ}; choose another name`)
    }
    seen.set(name.toLowerCase(), name)
  }
}

/** A name for an output field: one name, not a path. */
export function outputName(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.trim() === '')
    throw configFault('name_missing', field, `a field name is expected, not ${JSON.stringify(value) ?? 'nothing'}`)
  if (value.includes('\0')) throw configFault('name_invalid', field, 'a NUL character cannot stand in a name')
  if (value.toLowerCase().startsWith(ownPrefix))
    throw configFault(
      'name_reserved',
      field,
      `names that begin with ${ownPrefix} belong to the platform; choose another than "${value}"`,
    )
  return value
}

/** A dotted path as written in a config key: names with dots in them stand in double quotes or backticks. */
export function pathOf(value: unknown, field: string): readonly string[] {
  if (typeof value !== 'string' || value.trim() === '')
    throw configFault(
      'path_missing',
      field,
      `the path of a field is expected, not ${JSON.stringify(value) ?? 'nothing'}`,
    )
  const plain = value
    .trim()
    .replace(/^\$\./, '')
    .replace(/\[\*?\]$/, '')
  if (!/["`]/.test(plain)) {
    const names = plain.split('.')
    if (names.some((name) => name.trim() === ''))
      throw configFault('path_invalid', field, `"${value}" has an empty name in it`)
    return names
  }
  const node = parsed(plain, field)
  if (node.kind !== 'path') throw configFault('path_invalid', field, `"${value}" is not the path of a field`)
  return node.names
}

/** A field whose own name has dots wins over the path: `{"a.b": 1}`. */
export function findPath(
  names: readonly string[],
  schema: Schema,
  field: string,
): { readonly sql: string; readonly type: DataType; readonly names: readonly string[] } {
  const whole = names.join('.')
  const exact = names.length > 1 && schema.fields.some((each) => each.name === whole) ? [whole] : names
  return { ...resolvePath(exact, schema, (message) => configFault('field_unknown', field, message)), names: exact }
}

/** Parses an expression of a config key; mistakes that need no schema are faults already. */
export function expressionOf(value: unknown, field: string): Node {
  if (typeof value !== 'string')
    throw configFault(
      'expression_missing',
      field,
      `an expression is expected, as text, not ${JSON.stringify(value) ?? 'nothing'}`,
    )
  const node = parsed(value, field)
  try {
    checkExpression(node)
  } catch (thrown) {
    throw located(thrown, value, field)
  }
  return node
}

function parsed(source: string, field: string): Node {
  try {
    return parseExpression(source)
  } catch (thrown) {
    throw located(thrown, source, field)
  }
}

export function compiled(node: Node, source: string, schema: Schema, field: string): CompiledExpression {
  try {
    return compileExpression(node, schema)
  } catch (thrown) {
    throw located(thrown, source, field)
  }
}

/** `operations[2].condition: statu != 'X': column 1: there is no field "statu". Did you mean "status"?` */
function located(thrown: unknown, source: string, field: string): unknown {
  if (!(thrown instanceof ExpressionError)) return thrown
  const shown = source.length > 200 ? `${source.slice(0, 200)}…` : source
  return configFault(
    'expression_invalid',
    field,
    `${JSON.stringify(shown)}, column ${thrown.at + 1}: ${thrown.message}`,
    thrown,
  )
}

export function computed(name: string, expression: CompiledExpression, what: string): Column {
  // A cast to the type that it has already costs nothing, and binds DuckDB to the schema that we declare.
  const sql = /JSON|UNKNOWN/.test(duckType(expression.type))
    ? expression.sql
    : `CAST(${expression.sql} AS ${duckType(expression.type)})`
  const column = { name, type: expression.type, sql }
  return expression.fails ? { ...column, failure: { what, inputs: expression.inputs } } : column
}

export function failureOf(expression: CompiledExpression, what: string): { readonly failure?: Failure } {
  return expression.fails ? { failure: { what, inputs: expression.inputs } } : {}
}

/** The value of the first of several spellings of a key. */
export function read(spec: Spec, ...keys: readonly string[]): { readonly value: unknown; readonly field: string } {
  const key = keys.find((each) => spec.values[each] !== undefined && spec.values[each] !== null) ?? (keys[0] as string)
  return { value: spec.values[key], field: `${spec.field}.${key}` }
}

export function objectOf(value: unknown, field: string, example: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    throw configFault(
      'fields_missing',
      field,
      `an object like ${example} is expected, not ${JSON.stringify(value) ?? 'nothing'}`,
    )
  return Object.entries(value)
}

/** What becomes of one field: another column in its place, or nothing. */
export type Edit = (sql: string, field: Field) => Column | null
type Edits = ReadonlyMap<string, Edit>

/** Edits by path, at any depth. Paths come from `findPath`. */
export function editsOf(entries: readonly (readonly [readonly string[], Edit])[]): Edits {
  return new Map(entries.map(([path, edit]) => [keyOf(path), edit]))
}

/** All columns of `schema` with the edits made. A NULL struct stays NULL; a struct that loses its last field is gone. */
export function editColumns(schema: Schema, edits: Edits): readonly Column[] {
  return schema.fields.flatMap((field) => editField([field.name], quoteName(field.name), field, edits) ?? [])
}

function editField(path: readonly string[], sql: string, field: Field, edits: Edits): Column | null {
  const key = keyOf(path)
  const edit = edits.get(key)
  if (edit !== undefined) return edit(sql, field)
  const inner = `${key.slice(0, -1)},`
  if (field.type.kind !== 'struct' || ![...edits.keys()].some((each) => each.startsWith(inner)))
    return { name: field.name, type: field.type, sql }
  const kept = field.type.fields.flatMap(
    (each) => editField([...path, each.name], `struct_extract(${sql}, ${quoteText(each.name)})`, each, edits) ?? [],
  )
  if (kept.length === 0) return null
  const packed = kept.map((each) => `${quoteName(each.name)} := ${each.sql}`).join(', ')
  const failures = kept.flatMap((each) => each.failure ?? [])
  const column = {
    name: field.name,
    type: structOf(kept.map(({ name, type }) => ({ name, type }))),
    sql: `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${packed}) END`,
  }
  if (failures.length === 0) return column
  return {
    ...column,
    failure: { what: failures.map((each) => each.what).join('; '), inputs: failures.flatMap((each) => each.inputs) },
  }
}

/** `["a","b"]`: a prefix of the path is a prefix of the key. */
function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}

export function unknownKey(key: string, keys: readonly string[], field: string): Error {
  return configFault(
    'key_unknown',
    `${field}.${key}`,
    `is not a key of this operation.${didYouMean(key, keys)} Keys are ${keys.join(', ')}`,
  )
}
