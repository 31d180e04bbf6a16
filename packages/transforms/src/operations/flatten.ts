import type { Field, Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import { isJson, isUnknown, json, shownType } from '../expression/types.ts'
import { raise } from '../expression/value.ts'
import { quoteText } from '../quote.ts'
import { editColumns, editsOf, findPath, outputName, pathOf, read, refuseDuplicates, unchanged } from './columns.ts'
import type { Column, Operation, Spec, Step } from './step.ts'

/**
 * A list: one row for each element. The element takes the list's place under `alias` (else the last name of the path). A record
 * whose list is empty or null stays as one row with a null element: counting orders counts all of them.
 * A struct: its fields take its place as `<path>_<field>` or `<alias>_<field>`.
 */
export const flatten: Operation = {
  name: 'flatten',
  keys: ['path', 'alias', 'field', 'as'],
  parse(spec) {
    const path = read(spec, 'path', 'field')
    const names = pathOf(path.value, path.field)
    const alias = read(spec, 'alias', 'as')
    const chosen = alias.value === undefined || alias.value === null ? null : outputName(alias.value, alias.field)
    return { plan: (schema) => plan(spec, names, chosen, path.field, schema) }
  },
}

function plan(spec: Spec, names: readonly string[], alias: string | null, field: string, schema: Schema): Step {
  const found = findPath(names, schema, field)
  if (found.type.kind === 'struct') return liftFields(spec, found.sql, found.type.fields, found.names, alias, schema)
  const element = elementOf(found.sql, found.type, names.join('.'), field)
  const name = alias ?? (found.names.at(-1) as string)
  const nested = found.names.length > 1
  const rest = nested
    ? editColumns(schema, editsOf([[found.names, () => null]]))
    : schema.fields.map((each) => (each.name === found.names[0] ? { ...element, name } : unchanged(each)))
  const columns: readonly Column[] = nested ? [...rest, { ...element, name }] : rest
  refuseDuplicates(columns, alias === null ? `${spec.field}.path` : `${spec.field}.alias`)
  return { kind: 'unnest', columns, name }
}

/** The list to unnest; a JSON value is a list when it holds an array. */
function elementOf(sql: string, type: Field['type'], path: string, field: string): Omit<Column, 'name'> {
  if (type.kind === 'list') return { sql, type: type.element }
  if (!isJson(type) && !isUnknown(type))
    throw configFault('not_a_list', field, `"${path}" is ${shownType(type)}; only lists and structs can be flattened`)
  const list = `CASE WHEN coalesce(json_type(${sql}), 'NULL') = 'NULL' THEN NULL WHEN json_type(${sql}) = 'ARRAY' THEN CAST(${sql} AS JSON[]) ELSE ${notAList(sql)} END`
  return {
    sql: list,
    type: json,
    failure: { what: `flatten ${path}: the value is not a list`, inputs: [{ name: path, sql }] },
  }
}

function notAList(sql: string): string {
  return `CAST(${raise('not a list', sql, json)} AS JSON[])`
}

function liftFields(
  spec: Spec,
  sql: string,
  fields: readonly Field[],
  names: readonly string[],
  alias: string | null,
  schema: Schema,
): Step {
  const prefix = alias ?? names.join('_')
  const lifted = fields.map((each): Column => ({
    name: `${prefix}_${each.name}`,
    type: each.type,
    sql: `struct_extract(${sql}, ${quoteText(each.name)})`,
  }))
  const columns =
    names.length > 1
      ? [...editColumns(schema, editsOf([[names, () => null]])), ...lifted]
      : schema.fields.flatMap((each) => (each.name === names[0] ? lifted : [unchanged(each)]))
  refuseDuplicates(columns, `${spec.field}.${alias === null ? 'path' : 'alias'}`)
  return { kind: 'project', columns }
}
