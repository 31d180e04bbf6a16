import type { JsonObject } from '@leat/connector-kit'
import type { CompileTransform, CompiledTransform } from './api.ts'
import { configFault } from './config-fault.ts'
import { didYouMean } from './did-you-mean.ts'
import { operations } from './operations/operation-table.ts'
import { unknownKey } from './operations/columns.ts'
import type { ParsedOperation } from './operations/step.ts'
import { compilePipeline } from './pipeline.ts'
import { compileSql, confineTransform } from './sql/sql-transform.ts'

/** Keys of a transform that say nothing about what it does. */
const silentKeys = new Set([
  'version',
  'code_type',
  'code_encoding',
  'output_type',
  'custom_config',
  'name',
  'description',
  'data_maps',
  'transforms',
  'operations',
  'code',
])
const mostOperations = 100

type Parsed =
  | { readonly kind: 'pipeline'; readonly operations: readonly ParsedOperation[] }
  | { readonly kind: 'sql'; readonly code: string; readonly field: string }

/**
 * Checks what can be checked without a schema: names of operations and their keys, syntax of expressions and types, confinement of
 * SQL. Throws the config fault that a create or update answers with.
 */
export function checkTransform(transform: JsonObject | null): void {
  const parsed = parse(transform)
  if (parsed.kind === 'sql') confineTransform(parsed.code, parsed.field)
}

/** See `CompileTransform`. */
export const compileTransform: CompileTransform = (transform, parent): CompiledTransform => {
  const parsed = parse(transform)
  return parsed.kind === 'sql' ? compileSql(parsed.code, parsed.field) : compilePipeline(parsed.operations, parent)
}

function parse(transform: JsonObject | null): Parsed {
  if (transform === null) return { kind: 'pipeline', operations: [] }
  if (typeof transform !== 'object' || Array.isArray(transform))
    throw configFault('shape_invalid', 'transform', 'an object like {"version": 1, "operations": […]} is expected')
  const given: Readonly<Record<string, unknown>> = transform
  for (const key of Object.keys(given)) if (!silentKeys.has(key)) throw unknownKey(key, [...silentKeys], 'transform')
  const codeType = given['code_type']
  if (codeType !== undefined && codeType !== null) return parseCode(String(codeType), given)
  for (const key of ['data_maps', 'transforms']) {
    const value = given[key]
    if (Array.isArray(value) && value.length > 0)
      throw configFault(
        'shape_unsupported',
        `transform.${key}`,
        'only an empty list is known; write the steps as "operations"',
      )
  }
  const list = given['operations'] ?? []
  if (!Array.isArray(list))
    throw configFault('shape_invalid', 'operations', `a list of operations is expected, not ${JSON.stringify(list)}`)
  return parseOperations(list)
}

function parseCode(codeType: string, given: Readonly<Record<string, unknown>>): Parsed {
  const { code } = given
  if (codeType === 'sql' || codeType === 'duckdb_sql') {
    if (typeof code !== 'string')
      throw configFault('sql_invalid', 'code', 'a SELECT over {nexset_this} is expected, as text')
    const plain = given['code_encoding'] === 'base64' ? Buffer.from(code, 'base64').toString('utf8') : code
    return { kind: 'sql', code: plain, field: 'code' }
  }
  if (codeType === 'jolt_standard' || codeType === 'jolt_custom' || codeType === 'none')
    return parseOperations(Array.isArray(code) ? code : [])
  const known = ['sql', 'jolt_standard', 'jolt_custom']
  throw configFault(
    'code_type_unknown',
    'code_type',
    `"${codeType}" is not available.${didYouMean(codeType, known)} Available are ${known.join(', ')}, or "operations"`,
  )
}

function parseOperations(list: readonly unknown[]): Parsed {
  if (list.length > mostOperations)
    throw configFault('too_many_operations', 'operations', `${list.length} operations; ${mostOperations} are allowed`)
  const [only] = list
  if (list.length === 1 && isObject(only) && only['operation'] === 'sql') return sqlOperation(only)
  return { kind: 'pipeline', operations: list.map(parseOperation) }
}

function sqlOperation(values: Readonly<Record<string, unknown>>): Parsed {
  const key = values['query'] === undefined && values['code'] !== undefined ? 'code' : 'query'
  const code = values[key]
  const field = `operations[0].${key}`
  if (typeof code !== 'string')
    throw configFault('sql_invalid', field, 'a SELECT over {nexset_this} is expected, as text')
  return { kind: 'sql', code, field }
}

function parseOperation(value: unknown, index: number): ParsedOperation {
  const field = `operations[${index}]`
  if (!isObject(value))
    throw configFault(
      'operation_invalid',
      field,
      `an object like {"operation": "rename", …} is expected, not ${JSON.stringify(value)}`,
    )
  const name = value['operation'] ?? value['type'] ?? value['op']
  const known = [...operations.keys(), 'sql']
  if (typeof name !== 'string')
    throw configFault(
      'operation_missing',
      `${field}.operation`,
      `the name of an operation is expected, not ${JSON.stringify(name) ?? 'nothing'}. Operations are ${known.join(', ')}`,
    )
  if (name === 'sql')
    throw configFault(
      'sql_not_alone',
      `${field}.operation`,
      'a sql operation stands alone; put the others into further nexsets or into its query',
    )
  const operation = operations.get(name)
  if (operation === undefined)
    throw configFault(
      'operation_unknown',
      `${field}.operation`,
      `"${name}" is not an operation.${didYouMean(name, known)} Operations are ${known.join(', ')}`,
    )
  const nameKey = value['operation'] !== undefined ? 'operation' : value['type'] !== undefined ? 'type' : 'op'
  for (const key of Object.keys(value))
    if (key !== nameKey && !operation.keys.includes(key)) throw unknownKey(key, operation.keys, field)
  return operation.parse({ field, values: value })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
