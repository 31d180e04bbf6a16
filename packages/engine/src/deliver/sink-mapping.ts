import { Fault, type Field, type JsonObject, type Schema } from '@leat/connector-kit'
import { quoteIdent } from '@leat/formats'

/** What a sink's `mapping` makes of the rows. */
export interface Mapped {
  readonly schema: Schema
  /** `also`: a column of the relation that passes as it is. */
  select(relation: string, also?: string): string
}

/**
 * The `mapping` of K-FILE, `{mode: 'manual', mapping: {attr: [column, …]}, fields_order: [...], tracker_mode, tracker_name}`, or of K-DB, with
 * `{attr: {column: TYPE}}`. Null when rows
 * pass as they are. `tracker_mode: RECORD` adds a column that identifies the record by its content.
 */
export function sinkMapping(options: JsonObject, schema: Schema): Mapped | null {
  const mapping = options['mapping'] as JsonObject | undefined
  if (mapping === undefined) return null
  const tracks = mapping['tracker_mode'] === 'RECORD'
  if (mapping['mode'] !== 'manual' && !tracks) return null
  const columns =
    mapping['mode'] === 'manual'
      ? manualColumns(mapping, schema)
      : schema.fields.map((field) => ({ field, as: field.name }))
  const selected = columns.map(({ field, as }) => `${quoteIdent(field.name)} AS ${quoteIdent(as)}`)
  const fields: Field[] = columns.map(({ field, as }) => ({ name: as, type: field.type }))
  if (tracks) {
    const name = String(mapping['tracker_name'] ?? 'nexla_tracker_id')
    selected.push(`md5(to_json(leat_row)::VARCHAR) AS ${quoteIdent(name)}`)
    fields.push({ name, type: { kind: 'scalar', name: 'VARCHAR' } })
  }
  return {
    schema: { fields },
    select: (relation, also) =>
      `SELECT ${[...selected, ...(also === undefined ? [] : [also])].join(', ')} FROM ${relation} AS leat_row`,
  }
}

function manualColumns(mapping: JsonObject, schema: Schema): { field: Field; as: string }[] {
  const byName = new Map(schema.fields.map((field) => [field.name, field]))
  const columns: { field: Field; as: string }[] = []
  for (const [name, targets] of Object.entries((mapping['mapping'] ?? {}) as JsonObject)) {
    const field = byName.get(name)
    if (field === undefined) throw unknownAttribute(name, [...byName.keys()])
    for (const as of columnNames(targets)) columns.push({ field, as: String(as) })
  }
  const order = (mapping['fields_order'] ?? []) as readonly string[]
  const place = (column: string): number => (order.includes(column) ? order.indexOf(column) : order.length)
  return columns.toSorted((a, b) => place(a.as) - place(b.as))
}

/** One column, a list of them, or columns with their types. */
function columnNames(targets: unknown): readonly unknown[] {
  if (Array.isArray(targets)) return targets
  return targets !== null && typeof targets === 'object' ? Object.keys(targets) : [targets]
}

function unknownAttribute(name: string, known: readonly string[]): Fault {
  return new Fault({
    kind: 'config',
    code: 'sink.unknown_attribute',
    field: 'mapping',
    message: `The mapping names "${name}", which the nexset does not have. Its attributes are: ${known.join(', ')}.`,
  })
}
