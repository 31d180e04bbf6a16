import { Fault, type JsonObject, type Schema } from '@leat/connector-kit'
import { quoteIdent } from '@leat/formats'

/**
 * The K-FILE `mapping` as a SELECT: `{mode: 'manual', mapping: {attr: [column, …]}, fields_order: [...], tracker_mode, tracker_name}`.
 * Null when rows pass as they are.
 */
export function mapSelect(options: JsonObject, schema: Schema, relation = '(SELECT 1)'): string | null {
  const mapping = options['mapping'] as JsonObject | undefined
  if (mapping === undefined) return null
  const tracker = mapping['tracker_mode'] === 'RECORD' ? quoteIdent(String(mapping['tracker_name'] ?? 'nexla_tracker_id')) : null
  if (mapping['mode'] !== 'manual' && tracker === null) return null
  const columns = mapping['mode'] === 'manual' ? manualColumns(mapping, schema) : schema.fields.map(({ name }) => ({ name, as: name }))
  const selected = columns.map(({ name, as }) => `${quoteIdent(name)} AS ${quoteIdent(as)}`)
  if (tracker !== null) selected.push(`${'md5(to_json(leat_row)::VARCHAR)'} AS ${tracker}`)
  return `SELECT ${selected.join(', ')} FROM ${relation} AS leat_row`
}

function manualColumns(mapping: JsonObject, schema: Schema): { name: string; as: string }[] {
  const known = new Set(schema.fields.map((field) => field.name))
  const columns: { name: string; as: string }[] = []
  for (const [name, targets] of Object.entries((mapping['mapping'] ?? {}) as JsonObject)) {
    if (!known.has(name)) throw unknownAttribute(name, [...known])
    for (const as of Array.isArray(targets) ? targets : [targets]) columns.push({ name, as: String(as) })
  }
  const order = (mapping['fields_order'] ?? []) as readonly string[]
  const place = (column: string): number => (order.includes(column) ? order.indexOf(column) : order.length)
  return columns.toSorted((a, b) => place(a.as) - place(b.as))
}

function unknownAttribute(name: string, known: readonly string[]): Fault {
  return new Fault({
    kind: 'config', code: 'sink.unknown_attribute', field: 'mapping',
    message: `The mapping names "${name}", which the nexset does not have. Its attributes are: ${known.join(', ')}.`,
  })
}
