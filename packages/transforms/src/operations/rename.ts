import type { Schema } from '@leat/connector-kit'
import { configFault } from '../config-fault.ts'
import { editColumns, editsOf, findPath, objectOf, outputName, pathOf, read, refuseDuplicates } from './columns.ts'
import type { Operation, Step } from './step.ts'

interface Renaming {
  readonly from: readonly string[]
  readonly to: string
  readonly field: string
}

/**
 * `{fields: {from: to}}`. All `from` name fields of the input, so two fields can swap names. A renamed field keeps its place; a
 * field inside a struct leaves it and stands at the end: `{"customer.name": "customer_name"}`.
 */
export const rename: Operation = {
  name: 'rename',
  keys: ['fields', 'mapping'],
  parse(spec) {
    const fields = read(spec, 'fields', 'mapping')
    const renamings = objectOf(fields.value, fields.field, '{"old_name": "new_name"}').map(([from, to]): Renaming => {
      const field = `${fields.field}.${from}`
      return { from: pathOf(from, field), to: outputName(to, field), field }
    })
    return { plan: (schema) => plan(renamings, fields.field, schema) }
  },
}

function plan(renamings: readonly Renaming[], field: string, schema: Schema): Step {
  const found = renamings.map((each) => ({ ...each, ...findPath(each.from, schema, each.field) }))
  for (const each of found) {
    const inside = found.find((other) => other !== each && startsWith(other.names, each.names))
    if (inside !== undefined)
      throw configFault(
        'rename_overlaps',
        inside.field,
        `"${each.names.join('.')}" is renamed as a whole in the same operation; use two rename operations`,
      )
  }
  const edits = editsOf(
    found.map((each) => [
      each.names,
      (sql, { type }) => (each.names.length === 1 ? { name: each.to, type, sql } : null),
    ]),
  )
  const lifted = found
    .filter((each) => each.names.length > 1)
    .map((each) => ({ name: each.to, type: each.type, sql: each.sql }))
  const columns = [...editColumns(schema, edits), ...lifted]
  refuseDuplicates(columns, field)
  return { kind: 'project', columns }
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return path.length >= start.length && start.every((name, index) => path[index] === name)
}
